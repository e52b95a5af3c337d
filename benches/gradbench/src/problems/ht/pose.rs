//! The steps from angles to places, each over any number type.
//!
//! Arrays are spelt out: `array::from_fn` and `map` are not inlined where the number is large (a dual number of many
//! tangents), and copy it about.

use wengert::Scalar;

/// Homogeneous coordinates.
pub(super) type Matrix<T> = [[T; 4]; 4];
/// Angles of a finger.
pub(super) const ANGLES: usize = 4;
pub(super) const FINGERS: usize = 5;

/// Which finger's angles turn a bone, and as which of the finger's three joints.
pub(super) fn joint(bone: usize) -> Option<(usize, usize)> {
    let (finger, joint) = (bone.checked_sub(2)? / 4, (bone - 2) % 4);
    (finger < FINGERS && joint < 3).then_some((finger, joint))
}

/// The angles about x, y and z of a finger's joint: the first joint turns about two axes.
pub(super) fn turn<T: Scalar>(angles: &[T; ANGLES], joint: usize) -> [T; 3] {
    let zero = T::lit(0.0);
    match joint {
        0 => [angles[0], zero, angles[1]],
        j => [angles[j + 1], zero, zero],
    }
}

/// `Rz·Ry·Rx`.
pub(super) fn rotation<T: Scalar>([x, y, z]: [T; 3]) -> Matrix<T> {
    let ((sx, cx), (sy, cy), (sz, cz)) = (x.sin_cos(), y.sin_cos(), z.sin_cos());
    let (zero, one) = (T::lit(0.0), T::lit(1.0));
    [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx, zero],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx, zero],
        [-sy, cy * sx, cy * cx, zero],
        [zero, zero, zero, one],
    ]
}

/// The rotation about an axis by the axis' length; none where that is tiny.
pub(super) fn rodrigues<T: Scalar>(r: [T; 3]) -> [[T; 3]; 3] {
    let (zero, one) = (T::lit(0.0), T::lit(1.0));
    let angle = (r[0] * r[0] + r[1] * r[1] + r[2] * r[2]).sqrt();
    if angle < T::lit(1e-4) {
        return [[one, zero, zero], [zero, one, zero], [zero, zero, one]];
    }
    let [x, y, z] = r.map(|r| r / angle);
    let (s, c) = angle.sin_cos();
    let v = one - c;
    [
        [x * x * v + c, x * y * v - z * s, x * z * v + y * s],
        [x * y * v + z * s, y * y * v + c, y * z * v - x * s],
        [x * z * v - y * s, y * z * v + x * s, z * z * v + c],
    ]
}

#[inline(always)]
pub(super) fn product<T: Scalar>(a: &Matrix<T>, b: &Matrix<T>) -> Matrix<T> {
    let element =
        |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j] + a[i][3] * b[3][j];
    let row = |i: usize| [element(i, 0), element(i, 1), element(i, 2), element(i, 3)];
    [row(0), row(1), row(2), row(3)]
}

#[inline(always)]
pub(super) fn constant<T: Scalar>(a: &Matrix<f64>) -> Matrix<T> {
    let row = |[a, b, c, d]: [f64; 4]| [T::lit(a), T::lit(b), T::lit(c), T::lit(d)];
    [row(a[0]), row(a[1]), row(a[2]), row(a[3])]
}

/// A point of the hand's own frame, in space.
#[inline(always)]
pub(super) fn place<T: Scalar>(turn: &[[T; 3]; 3], shift: &[T; 3], p: [T; 3]) -> [T; 3] {
    let at = |i: usize| turn[i][0] * p[0] + turn[i][1] * p[1] + turn[i][2] * p[2] + shift[i];
    [at(0), at(1), at(2)]
}

/// How far a coordinate is from the measured one.
#[inline(always)]
pub(super) fn error<T: Scalar>(measured: f64, at: T) -> T {
    T::lit(measured) - at
}

/// A coordinate of the point of a triangle with two coordinates there and the third that they leave.
#[inline(always)]
pub(super) fn blend<T: Scalar>(corners: [T; 3], [u, v]: [T; 2]) -> T {
    u * corners[0] + v * corners[1] + (T::lit(1.0) - u - v) * corners[2]
}
