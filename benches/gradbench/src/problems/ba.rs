//! *ba*: bundle adjustment, the errors of points seen by cameras, and their sparse Jacobian.
//!
//! Derivative: the observations as the rows of a batch, which name cameras and points, and write their Jacobians where they stand
//! in the sparse one. Recorded anew, forward mode, observation by observation: two numbers pass from the pinhole to the lens, so
//! each is read at dual numbers of its own and the two Jacobians are multiplied: 6 and 8 tangents and not 15.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wengert::batch::{By, Rows};
use wengert::{Batch, Dual, Scalar};

use crate::chain::{along, join};
use crate::failure::Failure;
use crate::problem::{Problem, Reverse};
use crate::runs::{Runs, answer};
use crate::shape;

/// Entries of the Jacobian in a row of a reprojection error: 11 of the camera, 3 of the point, the weight.
const ENTRIES: usize = 15;

#[derive(Deserialize)]
pub(crate) struct Input {
    n: usize,
    m: usize,
    p: usize,
    cam: [f64; 11],
    x: [f64; 3],
    w: f64,
    feat: [f64; 2],
}

pub(crate) struct Bundle {
    /// Rotation (3), centre (3), focal length, principal point (2), radial distortion (2).
    cameras: Vec<[f64; 11]>,
    points: Vec<[f64; 3]>,
    weights: Vec<f64>,
    features: Vec<[f64; 2]>,
}

/// Where the ray from the camera's centre to a point (`offset`) meets the plane at distance 1.
#[inline(always)]
fn pinhole<T: Scalar>(rotation: [T; 3], offset: [T; 3]) -> [T; 2] {
    let square = dot(rotation, rotation);
    let [x, y, z] = if square == T::lit(0.0) {
        let turned = cross(rotation, offset);
        [offset[0] + turned[0], offset[1] + turned[1], offset[2] + turned[2]]
    } else {
        let angle = square.sqrt();
        let (sin, cos) = angle.sin_cos();
        let inverse = angle.recip();
        let axis = [rotation[0] * inverse, rotation[1] * inverse, rotation[2] * inverse];
        let turned = cross(axis, offset);
        let along = dot(axis, offset) * (T::lit(1.0) - cos);
        let rotated = |k: usize| offset[k] * cos + turned[k] * sin + axis[k] * along;
        [rotated(0), rotated(1), rotated(2)]
    };
    let inverse = z.recip();
    [x * inverse, y * inverse]
}

/// The weighted distance of the feature from where the lens (focal length, principal point, distortion) puts `p`.
#[inline(always)]
fn lens<T: Scalar>(p: [T; 2], lens: [T; 5], weight: T, feature: [T; 2]) -> [T; 2] {
    let [focus, u, v, k1, k2] = lens;
    let s = p[0] * p[0] + p[1] * p[1];
    let zoom = (T::lit(1.0) + k1 * s + k2 * (s * s)) * focus;
    [(p[0] * zoom + u - feature[0]) * weight, (p[1] * zoom + v - feature[1]) * weight]
}

fn weight_error<T: Scalar>(weight: T) -> T {
    T::lit(1.0) - weight * weight
}

#[inline(always)]
fn dot<T: Scalar>(a: [T; 3], b: [T; 3]) -> T {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[inline(always)]
fn cross<T: Scalar>(a: [T; 3], b: [T; 3]) -> [T; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// An observation's camera in its parts, and the point from its centre.
struct Seen {
    rotation: [f64; 3],
    offset: [f64; 3],
    lens: [f64; 5],
}

impl Seen {
    fn new(camera: &[f64; 11], point: &[f64; 3]) -> Self {
        let [r0, r1, r2, c0, c1, c2, lens @ ..] = *camera;
        Self { rotation: [r0, r1, r2], offset: [point[0] - c0, point[1] - c1, point[2] - c2], lens }
    }
}

/// The two rows of an observation in the Jacobian.
fn rows(seen: &Seen, weight: f64, feature: [f64; 2]) -> [[f64; ENTRIES]; 2] {
    let Seen { rotation: r, offset: o, lens: l } = seen;
    let p = pinhole::<Dual<f64, 6>>(
        [along(r[0], 0), along(r[1], 1), along(r[2], 2)],
        [along(o[0], 3), along(o[1], 4), along(o[2], 5)],
    );
    let errors = lens::<Dual<f64, 8>>(
        [along(p[0].value, 0), along(p[1].value, 1)],
        [along(l[0], 2), along(l[1], 3), along(l[2], 4), along(l[3], 5), along(l[4], 6)],
        along(weight, 7),
        feature.map(Dual::constant),
    );
    let row = |t: [f64; 8]| {
        let [r0, r1, r2, x, y, z] = join(&t[..2], [&p[0].tangent, &p[1].tangent]);
        // The offset is point minus centre.
        [r0, r1, r2, -x, -y, -z, t[2], t[3], t[4], t[5], t[6], x, y, z, t[7]]
    };
    [row(errors[0].tangent), row(errors[1].tangent)]
}

#[derive(Serialize)]
struct Objective {
    reproj_error: Repeated<[f64; 2]>,
    w_err: Element,
}

#[derive(Serialize)]
struct Repeated<E> {
    elements: E,
    repeated: usize,
}

#[derive(Serialize)]
struct Element {
    element: f64,
    repeated: usize,
}

/// Compressed sparse rows.
#[derive(Default)]
struct Sparse {
    rows: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f64>,
}

/// Of each array its first thirty elements and its last.
#[derive(Serialize)]
struct Excerpt {
    rows: Vec<u32>,
    cols: Vec<u32>,
    vals: Vec<f64>,
}

impl Sparse {
    fn excerpt(&self) -> Excerpt {
        fn of<T: Copy>(x: &[T]) -> Vec<T> {
            x.iter().take(30).chain(x.last()).copied().collect()
        }
        Excerpt { rows: of(&self.rows), cols: of(&self.columns), vals: of(&self.values) }
    }
}

impl Bundle {
    /// Camera and point of an observation.
    fn seen(&self, i: usize) -> (usize, usize) {
        (i % self.cameras.len(), i % self.points.len())
    }

    /// All errors, into memory that is kept between runs.
    fn objective(&self, errors: &mut Vec<[f64; 2]>, weight_errors: &mut Vec<f64>) -> Objective {
        errors.clear();
        weight_errors.clear();
        for (i, (weight, feature)) in self.weights.iter().zip(&self.features).enumerate() {
            let (camera, point) = self.seen(i);
            let seen = Seen::new(&self.cameras[camera], &self.points[point]);
            errors.push(lens(pinhole(seen.rotation, seen.offset), seen.lens, *weight, *feature));
        }
        weight_errors.extend(self.weights.iter().map(|w| weight_error(*w)));
        Objective {
            reproj_error: Repeated { elements: errors[0], repeated: errors.len() },
            w_err: Element { element: weight_errors[0], repeated: weight_errors.len() },
        }
    }

    /// The whole Jacobian, into memory that is kept between runs.
    fn jacobian(&self, into: &mut Sparse) {
        self.structure(into);
        into.values.clear();
        for (i, (weight, feature)) in self.weights.iter().zip(&self.features).enumerate() {
            let (camera, point) = self.seen(i);
            let seen = Seen::new(&self.cameras[camera], &self.points[point]);
            for row in rows(&seen, *weight, *feature) {
                into.values.extend_from_slice(&row);
            }
        }
        into.values.extend(self.weight_slopes());
    }

    /// The derivatives of the weights' errors.
    fn weight_slopes(&self) -> impl Iterator<Item = f64> + '_ {
        self.weights.iter().map(|weight| weight_error(Dual::<f64>::variable(*weight)).tangent[0])
    }

    /// Where the entries of the Jacobian are.
    fn structure(&self, into: &mut Sparse) {
        into.rows.clear();
        into.columns.clear();
        into.rows.push(0);
        let (first_point, first_weight) =
            (11 * self.cameras.len(), 11 * self.cameras.len() + 3 * self.points.len());
        // In turns, as `seen` says, without its divisions.
        let (mut camera, mut point) = (0, 0);
        for i in 0..self.weights.len() {
            if camera == self.cameras.len() {
                camera = 0;
            }
            if point == self.points.len() {
                point = 0;
            }
            let (at_camera, at_point, weight_column) =
                (11 * camera, first_point + 3 * point, first_weight + i);
            (camera, point) = (camera + 1, point + 1);
            let columns: [u32; ENTRIES] = core::array::from_fn(|k| match k {
                0..11 => (at_camera + k) as u32,
                11..14 => (at_point + k - 11) as u32,
                _ => weight_column as u32,
            });
            for _ in 0..2 {
                into.columns.extend_from_slice(&columns);
                into.rows.push(into.columns.len() as u32);
            }
        }
        for i in 0..self.weights.len() {
            into.columns.push((first_weight + i) as u32);
            into.rows.push(into.columns.len() as u32);
        }
    }
}

/// The errors of one observation: camera, point, weight, and the feature beside them.
fn errors_of_row<T: Scalar>(x: &[T]) -> [T; 2] {
    let offset = [x[11] - x[3], x[12] - x[4], x[13] - x[5]];
    let lens_of = [x[6], x[7], x[8], x[9], x[10]];
    lens(pinhole([x[0], x[1], x[2]], offset), lens_of, x[14], [x[15], x[16]])
}

impl Problem for Bundle {
    type Input = Input;
    const FUNCTIONS: &'static str = "`objective` and `jacobian`";

    fn prepare(input: Input) -> Result<Self, Failure> {
        let Input { n, m, p, cam, x, w, feat } = input;
        // Entries and columns have 32-bit numbers.
        let limit = u32::MAX as usize;
        shape::within("input.n", n, 1..limit / 44)?;
        shape::within("input.m", m, 1..limit / 12)?;
        shape::within("input.p", p, 1..limit / (2 * ENTRIES + 2))?;
        let mut cameras = shape::room("cameras", n)?;
        cameras.resize(n, cam);
        let mut points = shape::room("points", m)?;
        points.resize(m, x);
        let mut weights = shape::room("weights", p)?;
        weights.resize(p, w);
        let mut features = shape::room("features", p)?;
        features.resize(p, feat);
        Ok(Self { cameras, points, weights, features })
    }

    fn evaluate(
        &self,
        function: &str,
        runs: &mut Runs,
        reverse: &mut Reverse,
    ) -> Option<Result<Value, Failure>> {
        match function {
            "objective" => Some(self.run_objective(runs)),
            "jacobian" if reverse.one_shot => Some(self.run_jacobian(runs)),
            "jacobian" => Some(self.run_batch(runs)),
            _ => None,
        }
    }
}

impl Bundle {
    fn run_objective(&self, runs: &mut Runs) -> Result<Value, Failure> {
        let mut errors = shape::room("errors", self.weights.len())?;
        let mut weight_errors = shape::room("errors", self.weights.len())?;
        runs.repeat(|| Ok(self.objective(&mut errors, &mut weight_errors)))
    }

    fn room(&self) -> Result<Sparse, Failure> {
        let (p, entries) = (self.weights.len(), (2 * ENTRIES + 1) * self.weights.len());
        Ok(Sparse {
            rows: shape::room("the Jacobian's rows", 3 * p + 1)?,
            columns: shape::room("the Jacobian's columns", entries)?,
            values: shape::room("the Jacobian's values", entries)?,
        })
    }

    fn run_jacobian(&self, runs: &mut Runs) -> Result<Value, Failure> {
        let mut sparse = self.room()?;
        runs.mode = "duals, forward";
        runs.time(|| {
            self.jacobian(&mut sparse);
            Ok(())
        })?;
        answer(&sparse.excerpt())
    }

    fn run_batch(&self, runs: &mut Runs) -> Result<Value, Failure> {
        let mut sparse = self.room()?;
        let p = self.weights.len();
        let (cameras, points) = (self.cameras.as_flattened(), self.points.as_flattened());
        let index = |of: fn((usize, usize)) -> usize| (0..p).map(|i| of(self.seen(i)) as u32).collect();
        let (camera, point): (Vec<u32>, Vec<u32>) = (index(|seen| seen.0), index(|seen| seen.1));
        let itself: Vec<u32> = (0..p as u32).collect();
        let rows = Rows::count(p)
            .and(cameras, 11, &camera)
            .and(points, 3, &point)
            .and(&self.weights, 1, &itself)
            .beside(self.features.as_flattened(), 2);
        let mut batch = Batch::new(|_, x| errors_of_row(x)).on_one_thread();
        let mut errors = vec![0.0; 2 * p];
        sparse.values.resize(2 * ENTRIES * p + p, 0.0);
        runs.time(|| {
            self.structure(&mut sparse);
            let (of_rows, of_weights) = sparse.values.split_at_mut(2 * ENTRIES * p);
            batch.jacobian_into(&[], &rows, By::Row, &mut errors, of_rows)?;
            of_weights.iter_mut().zip(self.weight_slopes()).for_each(|(value, slope)| *value = slope);
            Ok(())
        })?;
        runs.by_batch(&batch);
        answer(&sparse.excerpt())
    }
}
