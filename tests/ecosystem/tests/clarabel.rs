//! `clarabel` is an interior-point solver for convex problems: quadratic programmes, second-order and exponential cones.
//! It runs at any number type that meets the bounds of its `FloatT`: `num_traits`' `Float`, `FloatConst`, `NumAssign` and
//! `FromPrimitive`, and `Default`, `Display`, `Debug`, `LowerExp`, `Send` and `Sync`.
//!
//! The tests solve whole problems at `Var` and at `Dual`, all iterations recorded, and differentiate the solution by the
//! problem's data. Derivatives are compared with the optimality conditions solved by hand, and with central differences of
//! the same solver at `f64`.

use clarabel::algebra::{CscMatrix, FloatT};
use clarabel::solver::{
    DefaultSettings, DefaultSolution, DefaultSolver, IPSolver, SolverStatus, SupportedConeT,
};
use wengert::{Function, Recorder, Var, forward, gradient, jacobian};
use wengert_ecosystem::{assert_near, assert_rows_near, differences};

fn lit<T: FloatT>(x: f64) -> T {
    T::from_f64(x).unwrap()
}

/// Solves `min ½xᵀPx + qᵀx` subject to `Ax + s = b`, `s` in the cones, to tolerances that are near the rounding of `f64`.
fn solved<T: FloatT>(
    p: &CscMatrix<T>,
    q: &[T],
    a: &CscMatrix<T>,
    b: &[T],
    cones: &[SupportedConeT<T>],
) -> DefaultSolution<T> {
    let tight = lit(1e-11);
    let settings = DefaultSettings {
        verbose: false,
        tol_gap_abs: tight,
        tol_gap_rel: tight,
        tol_feas: tight,
        ..DefaultSettings::default()
    };
    let mut solver = DefaultSolver::new(p, q, a, b, cones, settings).unwrap();
    solver.solve();
    assert_eq!(solver.solution.status, SolverStatus::Solved);
    solver.solution
}

/// The data of [`quadratic`]: two numbers of `q`, three of `b`, the three of the upper triangle of `P`, the four of `A` that
/// are not 0.
const DATA: [f64; 12] = [-4.0, -3.0, 1.2, 2.0, 0.5, 3.0, 1.0, 2.0, 1.0, 1.0, 1.0, -1.0];

/// `min ½(3x² + 2xy + 2y²) − 4x − 3y` subject to `x + y ≤ 1.2`, `x ≤ 2`, `−y ≤ 0.5`. Without constraints the solution is
/// `(1, 1)`, so that the first constraint is active, and the two others are not.
fn quadratic<T: FloatT>(
    [q0, q1, b0, b1, b2, p00, p01, p11, a00, a10, a01, a21]: [T; 12],
) -> DefaultSolution<T> {
    let p = CscMatrix::new(2, 2, vec![0, 1, 3], vec![0, 0, 1], vec![p00, p01, p11]);
    let a = CscMatrix::new(3, 2, vec![0, 2, 4], vec![0, 1, 0, 2], vec![a00, a10, a01, a21]);
    solved(&p, &[q0, q1], &a, &[b0, b1, b2], &[SupportedConeT::NonnegativeConeT(3)])
}

/// The solution alone, as a function of `q` and `b`.
fn minimiser<T: FloatT>([q0, q1, b0, b1, b2]: [T; 5]) -> Vec<T> {
    let mut data = DATA.map(lit::<T>);
    data[..5].copy_from_slice(&[q0, q1, b0, b1, b2]);
    quadratic(data).x
}

const POINT: [f64; 5] = [DATA[0], DATA[1], DATA[2], DATA[3], DATA[4]];

/// With `a = (1, 1)` active: `x = −P⁻¹(q + aλ)` and `aᵀx = b₀`.
const SENSITIVITY: [[f64; 5]; 2] =
    [[-1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.0, 0.0], [1.0 / 3.0, -1.0 / 3.0, 2.0 / 3.0, 0.0, 0.0]];

#[test]
fn the_solution_of_a_quadratic_programme_by_its_data() {
    let (x, reverse) = jacobian(&POINT, minimiser::<Var>).unwrap();
    let plain = minimiser(POINT);
    for (recorded, plain) in x.iter().zip(&plain) {
        assert_eq!(recorded.to_bits(), plain.to_bits(), "a recording changes no value");
    }
    assert_near(x[0], 11.0 / 15.0, 1e-9);
    assert_near(x[1], 7.0 / 15.0, 1e-9);
    assert_rows_near(&reverse, &SENSITIVITY, 1e-7);
    assert_rows_near(&reverse, &differences(&POINT, 1e-4, minimiser::<f64>), 1e-6);
    let (at_dual, forwards) = forward::jacobian(&POINT, minimiser).unwrap();
    assert_eq!(at_dual, x);
    assert_rows_near(&forwards, &SENSITIVITY, 1e-7);
}

/// The objective's slopes at the optimum are those of the Lagrangian: `x` by `q`, `−z` by `b`, `½x²` and `xy` by `P`,
/// `zᵢxⱼ` by `A`. Here `z` is `(4/3, 0, 0)`.
#[test]
fn the_optimal_value_by_all_data() {
    let [x, y, z] = [11.0 / 15.0, 7.0 / 15.0, 4.0 / 3.0];
    let wanted = [x, y, -z, 0.0, 0.0, x * x / 2.0, x * y, y * y / 2.0, z * x, 0.0, z * y, 0.0];
    let (_, found) = gradient(&DATA, |data| quadratic::<Var>(data).obj_val).unwrap();
    assert_rows_near(&[found], &[wanted], 1e-7);
    let (_, found) = forward::gradient(&DATA, |data| quadratic(data).obj_val).unwrap();
    assert_rows_near(&[found], &[wanted], 1e-7);
    assert_rows_near(&differences(&DATA, 1e-5, |data| vec![quadratic(data).obj_val]), &[wanted], 1e-6);
}

/// What the solver asks of numbers are comparisons, which the tape keeps as guards; it takes no value out of the recording
/// whose derivative would be lost.
#[test]
fn a_solve_leaves_guards_and_no_reads() {
    let mut recorder = Recorder::new();
    let (inputs, y) = recorder
        .record(|s| {
            let data = s.inputs(&POINT);
            (data, minimiser(data)[1])
        })
        .unwrap();
    assert!(!recorder.tape().guards().is_empty());
    assert_eq!(recorder.tape().lossy_reads(), []);
    let adjoints = recorder.reverse(y).unwrap();
    for (input, wanted) in inputs.into_iter().zip(SENSITIVITY[1]) {
        assert_near(adjoints.of(input).unwrap(), wanted, 1e-7);
    }
}

/// Where the active set changes, the recorded solve is not replayed: the slopes are those of the new active set.
#[test]
fn another_active_set_is_another_trace() {
    let mut f = Function::new(|data: &[Var]| minimiser::<Var>(data.try_into().unwrap()));
    let (_, rows) = f.jacobian(&POINT).unwrap();
    assert_rows_near(&[rows[..5].try_into().unwrap(), rows[5..].try_into().unwrap()], &SENSITIVITY, 1e-7);
    // No constraint is active: x = −P⁻¹q.
    let mut roomy = POINT;
    roomy[2] = 5.0;
    let (x, rows) = f.jacobian(&roomy).unwrap();
    assert_near(x[0], 1.0, 1e-9);
    assert_near(x[1], 1.0, 1e-9);
    let inverse = [[-0.4, 0.2, 0.0, 0.0, 0.0], [0.2, -0.6, 0.0, 0.0, 0.0]];
    assert_rows_near(&[rows[..5].try_into().unwrap(), rows[5..].try_into().unwrap()], &inverse, 1e-7);
}

/// The point of the ball `|x| ≤ r` that is nearest to `c`: `r·c/|c|`, by a second-order cone.
fn on_ball<T: FloatT>([c0, c1, r]: [T; 3]) -> Vec<T> {
    let one = T::one();
    let p = CscMatrix::new(2, 2, vec![0, 1, 2], vec![0, 1], vec![one, one]);
    let a = CscMatrix::new(3, 2, vec![0, 1, 2], vec![1, 2], vec![-one, -one]);
    let cones = [SupportedConeT::SecondOrderConeT(3)];
    solved(&p, &[-c0, -c1], &a, &[r, T::zero(), T::zero()], &cones).x
}

#[test]
fn a_projection_by_a_second_order_cone() {
    let point = [3.0, 4.0, 2.0];
    // r·(I − ĉĉᵀ)/|c| and ĉ, with ĉ = (0.6, 0.8).
    let wanted = [[0.4 * 0.64, -0.4 * 0.48, 0.6], [-0.4 * 0.48, 0.4 * 0.36, 0.8]];
    let (x, rows) = jacobian(&point, on_ball::<Var>).unwrap();
    assert_near(x[0], 1.2, 1e-9);
    assert_near(x[1], 1.6, 1e-9);
    assert_rows_near(&rows, &wanted, 1e-7);
    assert_rows_near(&forward::jacobian(&point, on_ball).unwrap().1, &wanted, 1e-7);
    assert_rows_near(&differences(&point, 1e-4, on_ball::<f64>), &wanted, 1e-6);
}

/// The least `x` with `(a, 1, x)` in the exponential cone: `e^a`.
fn exponential<T: FloatT>(a: T) -> T {
    let none = CscMatrix::new(1, 1, vec![0, 0], vec![], vec![]);
    let matrix = CscMatrix::new(3, 1, vec![0, 1], vec![2], vec![-T::one()]);
    let b = [a, T::one(), T::zero()];
    solved(&none, &[T::one()], &matrix, &b, &[SupportedConeT::ExponentialConeT()]).x[0]
}

#[test]
fn an_exponential_by_its_cone() {
    let a = 0.7_f64;
    let (value, slope) = gradient(&a, exponential::<Var>).unwrap();
    assert_near(value, a.exp(), 1e-9);
    assert_near(slope, a.exp(), 1e-6);
    assert_near(forward::gradient(&a, exponential).unwrap().1, a.exp(), 1e-6);
}
