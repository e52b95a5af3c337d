//! nalgebra's factorisations run on matrices of our numbers, and their slopes are those of matrix calculus.
//!
//! With `A x = b` and `f = wᵀx`: `∂f/∂b = A⁻ᵀw =: λ` and `∂f/∂A = −λxᵀ`, whatever factorisation has solved.

use nalgebra::{
    Cholesky, ColPivQR, DMatrix, DVector, Matrix3, RealField, Rotation2, Rotation3, SMatrix, SymmetricEigen,
    Vector2, Vector3,
};
use num_traits::Zero;
use wengert::{Dual, Parameters, Recorder, Var, gradient, tape::Test};

fn near(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-11 * (1.0 + b.abs()), "{a} is not {b}");
}

fn near_all<'a>(a: impl IntoIterator<Item = &'a f64>, b: impl IntoIterator<Item = &'a f64>) {
    let (a, b): (Vec<_>, Vec<_>) = (a.into_iter().collect(), b.into_iter().collect());
    assert_eq!(a.len(), b.len());
    for (a, b) in a.into_iter().zip(b) {
        near(*a, *b);
    }
}

fn weights<T: RealField>(n: usize) -> DVector<T> {
    DVector::from_fn(n, |k, _| nalgebra::convert(1.0 + 0.5 * k as f64 * k as f64))
}

/// The point with one direction as tangent.
fn dual<P: Parameters>(at: &P, direction: &P) -> P::With<Dual> {
    let mut tangents = direction.flatten().into_iter();
    at.map_numbers(&mut |value| Dual { value, tangent: [tangents.next().unwrap()] })
}

type System<T> = (DMatrix<T>, DVector<T>);

/// Value, gradient and forward slope of `wᵀA⁻¹b` against matrix calculus.
fn solves(
    a: &DMatrix<f64>,
    at_var: impl Fn(System<Var>) -> DVector<Var>,
    at_dual: impl Fn(System<Dual>) -> DVector<Dual>,
    at_f64: impl Fn(System<f64>) -> DVector<f64>,
) {
    let n = a.nrows();
    let b = DVector::from_fn(n, |k, _| 0.7 - k as f64);
    let w = weights::<f64>(n);
    let x = at_f64((a.clone(), b.clone()));
    near_all((a * &x).iter(), b.iter());

    let (value, (da, db)) = gradient(&(a.clone(), b.clone()), |s| at_var(s).dot(&weights(n))).unwrap();
    assert_eq!(value.to_bits(), x.dot(&w).to_bits());
    let inverse = a.clone().try_inverse().unwrap();
    let multiplier = inverse.transpose() * &w;
    let expected = -&multiplier * (&inverse * &b).transpose();
    near_all(db.iter(), multiplier.iter());
    near_all(da.iter(), expected.iter());

    let towards =
        (DMatrix::from_fn(n, n, |i, j| (i as f64 - 1.5 * j as f64).sin()), DVector::repeat(n, 0.25));
    let y = at_dual(dual(&(a.clone(), b), &towards)).dot(&weights(n));
    near(y.value, value);
    near(y.tangent[0], da.dot(&towards.0) + db.dot(&towards.1));
}

/// Row 1 has the largest first entry, so that LU must exchange rows.
fn pivoting() -> DMatrix<f64> {
    DMatrix::from_row_slice(
        4,
        4,
        &[
            0.1, 2.0, -1.0, 0.5, //
            -3.0, 0.2, 0.4, 1.0, //
            1.0, 1.5, 2.5, -0.3, //
            0.7, -0.6, 0.8, 4.0,
        ],
    )
}

#[test]
fn lu_solves() {
    fn solve<T: RealField>((a, b): System<T>) -> DVector<T> {
        a.lu().solve(&b).unwrap()
    }
    solves(&pivoting(), solve, solve, solve);
}

#[test]
fn full_pivoting_lu_solves() {
    fn solve<T: RealField>((a, b): System<T>) -> DVector<T> {
        a.full_piv_lu().solve(&b).unwrap()
    }
    solves(&pivoting(), solve, solve, solve);
}

#[test]
fn qr_solves() {
    fn solve<T: RealField>((a, b): System<T>) -> DVector<T> {
        a.qr().solve(&b).unwrap()
    }
    solves(&pivoting(), solve, solve, solve);
    // The first reflection starts at an entry 0, where |x| has no slope but the reflection does.
    let mut a = pivoting();
    a[(0, 0)] = 0.0;
    solves(&a, solve, solve, solve);
    solves(&-a, solve, solve, solve);
}

#[test]
fn column_pivoting_qr_solves() {
    fn solve<T: RealField>((a, b): System<T>) -> DVector<T> {
        ColPivQR::new(a).solve(&b).unwrap()
    }
    solves(&pivoting(), solve, solve, solve);
}

#[test]
fn cholesky_solves() {
    fn solve<T: RealField>((a, b): System<T>) -> DVector<T> {
        // Symmetric by construction, so that the slope by A is that of x = (AAᵀ)⁻¹Ab = A⁻ᵀb.
        let s = &a * a.transpose();
        Cholesky::new(s).unwrap().solve(&(&a * b))
    }
    let a = pivoting();
    let transposed = |at: &System<f64>| (at.0.transpose(), at.1.clone());
    let (n, b) = (4, DVector::from_fn(4, |k, _| 0.7 - k as f64));
    let at = (a.clone(), b.clone());
    let x = solve(at.clone());
    near_all((a.transpose() * &x).iter(), b.iter());
    let (value, (da, db)) = gradient(&at, |s| solve(s).dot(&weights(n))).unwrap();
    near(value, x.dot(&weights(n)));
    let inverse = transposed(&at).0.try_inverse().unwrap();
    let multiplier = inverse.transpose() * weights::<f64>(n);
    near_all(db.iter(), multiplier.iter());
    near_all(da.iter(), (-x * multiplier.transpose()).iter());
    let y = solve(dual(&at, &at)).dot(&weights(n));
    near(y.tangent[0], da.dot(&at.0) + db.dot(&at.1));
}

#[test]
fn cholesky_of_a_static_matrix() {
    // ln det S = 2 Σ ln Lₖₖ with slope S⁻¹, S = B + Bᵀ; only the lower triangle is read.
    fn log_det<T: RealField>(b: &Matrix3<T>) -> T {
        let s = b + b.transpose();
        let l = s.cholesky().unwrap().unpack();
        l.diagonal().iter().fold(T::zero(), |sum, x| sum + x.clone().ln()) * nalgebra::convert(2.0)
    }
    let b = Matrix3::new(2.0, 0.3, -0.4, 0.1, 1.5, 0.2, 0.6, -0.2, 1.0);
    let s = b + b.transpose();
    let (value, slope) = gradient(&b, |b| log_det(&b)).unwrap();
    near(value, s.determinant().ln());
    near_all(slope.iter(), (2.0 * s.try_inverse().unwrap()).iter());
    let along = log_det(&dual(&b, &Matrix3::identity()));
    near(along.tangent[0], slope.trace());
    // What is not positive definite is refused at each type alike.
    let mut recorder = Recorder::new();
    let refused = recorder.record(|s| s.inputs(&-b).cholesky().is_none()).unwrap();
    assert!(refused && !recorder.tape().guards().is_empty());
}

#[test]
fn eigenvalues_of_a_symmetric_matrix() {
    // ∂λ/∂S = vvᵀ, through an iteration with its own stopping test.
    fn largest<T: RealField + Copy>(b: Matrix3<T>) -> T {
        SymmetricEigen::new(b + b.transpose()).eigenvalues.max()
    }
    let b = Matrix3::new(2.0, 0.3, -0.4, 0.1, -1.5, 0.2, 0.6, -0.2, 1.0);
    let eigen = SymmetricEigen::new(b + b.transpose());
    let v = eigen.eigenvectors.column(eigen.eigenvalues.imax()).into_owned();
    let (value, slope) = gradient(&b, largest).unwrap();
    assert_eq!(value.to_bits(), eigen.eigenvalues.max().to_bits());
    near_all(slope.iter(), (2.0 * v * v.transpose()).iter());
    let along = largest(dual(&b, &Matrix3::new(0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.5, 0.0, 0.0)));
    near(along.tangent[0], slope[(0, 1)] + 2.0 * slope[(1, 2)] + 0.5 * slope[(2, 0)]);
}

#[test]
fn singular_values() {
    // ∂ Σσ/∂A = UVᵀ.
    let a = SMatrix::<f64, 3, 2>::new(1.0, 2.0, -0.5, 0.3, 0.8, -1.1);
    let svd = a.svd(true, true);
    let (value, slope) = gradient(&a, |a| a.svd(true, true).singular_values.iter().sum()).unwrap();
    near(value, svd.singular_values.sum());
    near_all(slope.iter(), (svd.u.unwrap() * svd.v_t.unwrap()).iter());
}

#[test]
fn determinant_inverse_product_norm() {
    let a = Matrix3::new(2.0, 0.3, -0.4, 0.1, 1.5, 0.2, 0.6, -0.2, 1.0);
    let inverse = a.try_inverse().unwrap();
    let (_, slope) = gradient(&a, |a| a.determinant()).unwrap();
    near_all(slope.iter(), (a.determinant() * inverse.transpose()).iter());
    let (_, slope) = gradient(&a, |a| a.try_inverse().unwrap().trace()).unwrap();
    near_all(slope.iter(), (-(inverse * inverse).transpose()).iter());
    let (_, slope) = gradient(&a, |a| (a * a).trace()).unwrap();
    near_all(slope.iter(), (2.0 * a.transpose()).iter());
    let v = Vector3::new(1.0, -2.0, 2.0);
    let (value, slope) = gradient(&v, |v| v.norm()).unwrap();
    assert_eq!(value, 3.0);
    near_all(slope.iter(), (v / 3.0).iter());
}

#[test]
fn rotations() {
    let (value, slope) =
        gradient(&0.4, |angle| (Rotation2::new(angle) * Vector2::new(1.0, 2.0).map(Var::from)).x).unwrap();
    near(value, 0.4_f64.cos() - 2.0 * 0.4_f64.sin());
    near(slope, -0.4_f64.sin() - 2.0 * 0.4_f64.cos());
    // exp of a rotation vector keeps lengths.
    let (value, slope) = gradient(&[0.3, -0.2, 0.9], |[x, y, z]| {
        (Rotation3::new(Vector3::new(x, y, z)) * Vector3::new(1.0, 2.0, 2.0).map(Var::from)).norm_squared()
    })
    .unwrap();
    near(value, 9.0);
    near_all(&slope, &[0.0; 3]);
}

#[test]
fn functions_that_f64_branches_in() {
    /// Calls each through the trait, and not by the inherent method.
    fn all<T: RealField>(x: T) -> Vec<T> {
        let (modulus, sign) = x.clone().to_exp();
        vec![
            x.clone().argument(),
            modulus,
            sign,
            x.clone().sinc(),
            x.clone().sinhc(),
            x.clone().signum(),
            x.clone().modulus_squared(),
            x.clone().clamp(-T::one(), T::one()),
            x.clone().max(T::one()),
            x.clone().copysign(-T::one()),
            x.clone().powf(x.clone()),
            x.clone().hypot(T::one()),
            x.clone().atan2(T::pi()),
            x.try_sqrt().unwrap_or(-T::one()),
        ]
    }
    let bits = |x: f64| x.to_bits();
    for x in [2.5, -0.75, 0.0, -0.0, 1e-310] {
        let plain: Vec<u64> = all(x).into_iter().map(bits).collect();
        let mut recorder = Recorder::new();
        let taped = recorder.record(|s| all(s.input(x))).unwrap();
        assert_eq!(taped.iter().map(|y| bits(y.value())).collect::<Vec<_>>(), plain, "at {x}");
        let duals: Vec<u64> = all(Dual::<f64>::constant(x)).iter().map(|y| bits(y.value)).collect();
        assert_eq!(duals, plain, "at {x}");
    }
    // sinc″(0) = −1/3: the value at 0 is no constant.
    let y = nalgebra::ComplexField::sinc(Dual::<Dual>::variable(Dual::variable(0.0)));
    near(y.tangent[0].tangent[0], -1.0 / 3.0);
    let y = nalgebra::ComplexField::sinhc(Dual::<Dual>::variable(Dual::variable(0.0)));
    near(y.tangent[0].tangent[0], 1.0 / 3.0);
    let (value, slope) = gradient(&0.0, nalgebra::ComplexField::sinc).unwrap();
    assert_eq!((value, slope), (1.0, 0.0));
}

#[test]
fn parameters_keep_their_shape() {
    let a = DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(a.flatten(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_eq!(a.restore(&a.flatten()).unwrap(), a);
    assert_eq!(a.restore(&[Dual::variable(1.0); 6]).unwrap(), DMatrix::repeat(2, 3, Dual::variable(1.0)));
    assert!(a.restore(&[1.0; 5]).is_none() && a.restore(&[1.0; 7]).is_none());
    let v = DVector::from_vec(vec![1.0, 2.0]);
    assert_eq!(v.restore(&[3.0, 4.0]).unwrap(), DVector::from_vec(vec![3.0, 4.0]));
    assert!(DMatrix::<f64>::zeros(0, 3).restore::<f64>(&[]).is_some());
    let fixed = SMatrix::<f64, 2, 2>::new(1.0, 2.0, 3.0, 4.0);
    assert_eq!(fixed.flatten(), [1.0, 3.0, 2.0, 4.0]);

    let (_, slope): (f64, DMatrix<f64>) = gradient(&a, |m| m[(0, 1)] * m[(1, 2)]).unwrap();
    assert_eq!(slope, DMatrix::from_row_slice(2, 3, &[0.0, 6.0, 0.0, 0.0, 0.0, 2.0]));
    let (_, slope): (f64, [Vector2<f64>; 2]) =
        gradient(&[Vector2::new(1.0, 2.0), Vector2::new(3.0, 4.0)], |[u, v]| u.dot(&v)).unwrap();
    assert_eq!(slope, [Vector2::new(3.0, 4.0), Vector2::new(1.0, 2.0)]);
}

#[test]
fn pivots_are_guards_and_constants_record_nothing() {
    let mut recorder = Recorder::new();
    recorder
        .record(|_| {
            let identity = DMatrix::<Var>::identity(3, 3);
            assert!((&identity * &identity).lu().determinant().is_constant());
            assert_eq!(nalgebra::convert::<f64, Var>(2.5).value(), 2.5);
        })
        .unwrap();
    assert!(recorder.tape().is_empty() && recorder.tape().guards().is_empty());

    let line = recorder
        .record(|s| {
            let a = s.inputs(&pivoting());
            assert!(!a.clone().lu().determinant().is_zero());
            // A comparison in the user's own code is at the user's line, among those of nalgebra.
            assert!(a[(0, 0)] < a[(0, 1)]);
            line!() - 1
        })
        .unwrap();
    let guards = recorder.tape().guards();
    let own: Vec<_> = guards.iter().filter(|guard| guard.at.file == file!()).collect();
    assert!(own.iter().any(|guard| (guard.test, guard.at.line) == (Test::Less(true), line)));
    assert!(guards.len() > own.len(), "the search for pivots compares");
}
