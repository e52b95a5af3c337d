//! Three operations that are in no table, each with every derivative: an orbit's eccentricity from observed positions, where
//! each position takes a solution of Kepler's equation; the resistance of a network, by a linear solve of faer's; and an
//! adsorption isotherm as a rule of one's own, its Hessian against differences.
//!
//! ```text
//! cargo run --release -p wengert --example own_operations --features faer
//! ```

use std::error::Error;

use faer::linalg::solvers::PartialPivLu;
use faer::prelude::Solve as _;
use faer::{MatMut, MatRef};
use wengert::{
    Program, Var, Work,
    call::{Callee, Factorized, Outcome, Solver, evaluate, implicit},
    ops::Real as _,
    rule,
};

type Boxed = Box<dyn Error + Send + Sync>;

/// `E − e·sin E = M`: the unknown is the angle `E`, given the angle `M`, which grows evenly in time, and the eccentricity `e`.
struct Kepler;

impl Solver for Kepler {
    fn name(&self) -> &'static str {
        "kepler"
    }

    /// Newton's method, in plain floats: no derivative looks into it.
    fn solve(&self, p: &[f64], unknown: &mut [f64]) -> Outcome {
        let (m, e) = (p[0], p[1]);
        if !(0.0..1.0).contains(&e) {
            return Err(format!("an ellipse has an eccentricity from 0 to 1, and not {e}").into());
        }
        let mut angle = m + e * m.sin();
        for _ in 0..50 {
            let step = (angle - e * angle.sin() - m) / (1.0 - e * angle.cos());
            angle -= step;
            if step.abs() < 1e-14 * angle.abs().max(1.0) {
                unknown[0] = angle;
                return Ok(());
            }
        }
        Err(format!("Newton's method found no angle for M = {m}, e = {e}").into())
    }
}

fn kepler() -> Result<Callee, Box<dyn Error>> {
    let equation = Program::record(&[1.0, 1.0, 0.5], |x| vec![x[0] - x[2] * x[0].sin() - x[1]])?;
    Ok(implicit(Kepler, equation)?)
}

/// Positions `x, y` at some times, in the plane of the orbit, the sun in the origin: of the semi-major axis in astronomical
/// units, the eccentricity, and the time of perihelion in years.
fn positions(orbit: &[Var], times: &[f64], kepler: &Callee) -> Vec<Var> {
    let &[a, e, begin] = orbit else { return Vec::new() };
    // Kepler's third law: a period of a^(3/2) years.
    let speed = std::f64::consts::TAU * a.powf(-1.5);
    let mean: Vec<Var> = times.iter().map(|t| speed * (*t - begin)).collect();
    let angles = kepler.map(&mean, &[e]);
    let minor = a * (1.0 - e * e).sqrt();
    angles.iter().flat_map(|angle| [a * (angle.cos() - e), minor * angle.sin()]).collect()
}

/// Fits an orbit to positions that are known to two digits.
fn eccentricity() -> Result<(), Box<dyn Error>> {
    let (kepler, truth) = (kepler()?, [1.458, 0.223, 0.31]);
    let times: Vec<f64> = (0..15).map(|k| 0.13 * f64::from(k)).collect();
    let orbit = Program::record(&truth, |p| positions(p, &times, &kepler))?;
    let mut observed = vec![0.0; 2 * times.len()];
    orbit.values_into(&mut Work::new(), &truth, &mut observed)?;
    for x in &mut observed {
        *x = (*x * 100.0).round() / 100.0;
    }

    println!("An orbit from {} positions, known to 0.01 astronomical units", times.len());
    let errors = Program::record(&truth, |p| {
        positions(p, &times, &kepler).iter().zip(&observed).map(|(x, seen)| *x - *seen).collect::<Vec<_>>()
    })?;
    let (mut p, n) = ([1.3, 0.05, 0.2], truth.len());
    let (mut r, mut jacobian) = (vec![0.0; observed.len()], vec![0.0; observed.len() * n]);
    let (mut work, mut matrices) = (Work::new(), Work::new());
    for step in 0..8 {
        errors.values_into(&mut work, &p, &mut r)?;
        errors.jacobian_into(&mut matrices, &p, &mut vec![0.0; errors.outputs()], &mut jacobian)?;
        let rms = (r.iter().map(|r| r * r).sum::<f64>() / r.len() as f64).sqrt();
        println!(
            "  step {step}: a = {:.5}, e = {:.5}, perihelion {:.5}; positions off by {rms:.1e}",
            p[0], p[1], p[2]
        );
        // Gauss and Newton: JᵀJ·δ = −Jᵀr.
        let j = MatRef::from_row_major_slice(&jacobian, r.len(), n);
        let square = j.transpose() * j;
        let delta = PartialPivLu::new(square.as_ref())
            .solve(j.transpose() * MatRef::from_column_major_slice(&r, r.len(), 1));
        for (k, p) in p.iter_mut().enumerate() {
            *p -= delta[(k, 0)];
        }
        if delta.norm_max() < 1e-9 {
            break;
        }
    }
    println!("  the eccentricity is {:.4}; the positions were made with {}", p[1], truth[1]);
    Ok(())
}

/// Points of a square of wires on each side.
const SIDE: usize = 4;
/// Potentials that are not known: the last point is the one to compare with, 0.
const UNKNOWN: usize = SIDE * SIDE - 1;

/// The two points of each wire.
fn wires() -> Vec<(usize, usize)> {
    let points = (0..SIDE * SIDE).map(|k| (k, k % SIDE, k / SIDE));
    let right = points.clone().filter(|(_, x, _)| x + 1 < SIDE).map(|(k, ..)| (k, k + 1));
    right.chain(points.filter(|(_, _, y)| y + 1 < SIDE).map(|(k, ..)| (k, k + SIDE))).collect()
}

/// The potentials at all points if 1 A goes in at the first and out at the last one, given each wire's conductance: Kirchhoff's
/// law, a linear system.
struct Potentials;

/// A matrix that faer has factorized.
struct Lu(PartialPivLu<f64>);

impl Factorized for Lu {
    fn solve(&self, b: &mut [f64]) {
        let n = b.len();
        self.0.solve_in_place(MatMut::from_column_major_slice_mut(b, n, 1));
    }
    fn solve_transposed(&self, b: &mut [f64]) {
        let n = b.len();
        self.0.solve_transpose_in_place(MatMut::from_column_major_slice_mut(b, n, 1));
    }
}

impl Solver for Potentials {
    fn name(&self) -> &'static str {
        "potentials"
    }

    fn solve(&self, conductances: &[f64], potentials: &mut [f64]) -> Outcome {
        let n = potentials.len();
        let mut matrix = vec![0.0; n * n];
        for ((a, b), g) in wires().into_iter().zip(conductances) {
            for (i, j, g) in [(a, a, *g), (b, b, *g), (a, b, -g), (b, a, -g)] {
                if i < n && j < n {
                    matrix[i * n + j] += g;
                }
            }
        }
        potentials[0] = 1.0;
        self.factorize(&matrix)?.solve(potentials);
        Ok(())
    }

    /// All that derivatives need of the solver.
    fn factorize(&self, matrix: &[f64]) -> Result<Box<dyn Factorized>, Boxed> {
        let lu = PartialPivLu::new(MatRef::from_row_major_slice(matrix, UNKNOWN, UNKNOWN));
        if (0..UNKNOWN).any(|k| lu.U()[(k, k)] == 0.0) {
            return Err("a part of the network hangs in the air".into());
        }
        Ok(Box::new(Lu(lu)))
    }
}

/// What flows out of each point through its wires, less what is put in: 0 at the solution.
fn kirchhoff(potentials: &[Var], conductances: &[Var]) -> Vec<Var> {
    let at = |k: usize| potentials.get(k).copied().unwrap_or(Var::from(0.0));
    let mut flows = vec![Var::from(0.0); SIDE * SIDE];
    flows[0] -= 1.0;
    for ((a, b), g) in wires().into_iter().zip(conductances) {
        let flow = *g * (at(a) - at(b));
        flows[a] += flow;
        flows[b] -= flow;
    }
    flows.truncate(UNKNOWN);
    flows
}

/// The resistance between two corners of a square of wires of 1 Ω, and which wire matters how much.
fn resistance() -> Result<(), Box<dyn Error>> {
    let n = wires().len();
    let ones = vec![1.0; n];
    let equation = Program::record(&vec![1.0; UNKNOWN + n], |x| kirchhoff(&x[..UNKNOWN], &x[UNKNOWN..]))?;
    let potentials = implicit(Potentials, equation)?;
    // 1 A times the resistance is the potential at the first point.
    let resistance = Program::record(&ones, |g| vec![potentials.call(g)[0]])?;
    let (value, slopes) = resistance.gradient(&ones)?;
    println!("\nA square of {SIDE} × {SIDE} points, {n} wires of 1 Ω: {value:.9} Ω from corner to corner");
    println!("  on a tape of {} nodes: {n} inputs, a call, its {UNKNOWN} results", resistance.tape().len());
    // By hand: −(vₐ − v_b)² of each wire.
    let v = [evaluate(&potentials, &ones)?, vec![0.0]].concat();
    let by_hand = wires().into_iter().map(|(a, b)| -(v[a] - v[b]).powi(2));
    let off =
        slopes.iter().zip(by_hand).fold(0.0, |off: f64, (found, expected)| off.max((found - expected).abs()));
    println!("  its slope by the conductance of the wire at the corner: {:.9}", slopes[0]);
    println!("  all slopes against what Kirchhoff's law gives by hand: off by at most {off:.0e}");
    // Of c times the conductances it is R/c, so that gᵀ·∇²R·g = 2R.
    let (mut gradient, mut product) = (vec![0.0; n], vec![0.0; n]);
    resistance.hvp_into(&mut Work::new(), &ones, &ones, &mut gradient, &mut product)?;
    let twice: f64 = product.iter().sum();
    println!("  gᵀ·∇²R·g, which must be 2·R: {twice:.9}");
    Ok(())
}

rule! {
    /// Langmuir's isotherm, `y = k·p/(1 + k·p)`: which part of a surface is covered by a gas of pressure `p`. The partials
    /// are given by the result: `∂y/∂p = k·(1 − y)²`.
    Langmuir "langmuir" version 1 (p, k) { k * p / (F::of(1.0) + k * p) } d(p, k => y) {
        [k * (T::lit(1.0) - y) * (T::lit(1.0) - y), p * (T::lit(1.0) - y) * (T::lit(1.0) - y)]
    }
}

/// A rule says its value and its first partials; the second ones follow.
fn isotherm() -> Result<(), Box<dyn Error>> {
    let at = [1.5, 0.8];
    let covered = Program::record(&at, |x| vec![Var::fixed::<Langmuir, 2>([x[0], x[1]])])?;
    let mut exact = [0.0; 4];
    covered.hessian_into(&mut Work::new(), &at, &mut vec![0.0; covered.inputs()], &mut exact)?;
    let (value, _) = covered.gradient(&at)?;
    println!(
        "\nA surface is covered to {:.1} % at p = {}, k = {}; second derivatives",
        100.0 * value,
        at[0],
        at[1]
    );
    let step = 1e-5;
    for (row, variable) in ["∂p", "∂k"].into_iter().enumerate() {
        let slopes = |sign: f64| {
            let mut x = at;
            x[row] += sign * step;
            covered.gradient(&x).map(|(_, slopes)| slopes)
        };
        let (above, below) = (slopes(1.0)?, slopes(-1.0)?);
        for (column, by) in ["∂p", "∂k"].into_iter().enumerate() {
            let difference = (above[column] - below[column]) / (2.0 * step);
            println!(
                "  ∂²y/{variable}{by}: {:>12.9}, by differences {difference:>12.9}",
                exact[2 * row + column]
            );
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    eccentricity()?;
    resistance()?;
    isotherm()
}
