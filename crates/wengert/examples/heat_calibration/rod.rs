//! A rod that conducts heat, in time: the model, written once over any number type.

use std::convert::Infallible;
use std::f64::consts::TAU;

use wengert::checkpoint::TimeStep;
use wengert::{Scalar, Var};

/// Cells along the rod, and the interfaces between them and at both ends.
pub(crate) const CELLS: usize = 64;
pub(crate) const INTERFACES: usize = CELLS + 1;
/// Time steps: 50,000 seconds, nearly 14 hours.
pub(crate) const STEPS: usize = 100_000;
/// Metres, seconds, °C.
pub(crate) const LENGTH: f64 = 1.0;
pub(crate) const DT: f64 = 0.5;
pub(crate) const ROOM: f64 = 20.0;
/// The cells with a thermometer, and the steps from one reading to the next.
pub(crate) const THERMOMETERS: [usize; 7] = [7, 15, 23, 31, 39, 47, 55];
pub(crate) const EVERY: usize = 1_000;
/// The thermometers' error, one standard deviation, in °C.
pub(crate) const ERROR: f64 = 0.02;

/// Readings of all thermometers, one after the other.
pub(crate) type Readings = Vec<[f64; THERMOMETERS.len()]>;

/// The rod, and what was read.
///
/// Its parameters are `a·Δt/Δx²` at each interface, `a` being the diffusivity there. The explicit scheme is stable where
/// none is above ½.
pub(crate) struct Rod {
    pub(crate) readings: Readings,
}

impl TimeStep for Rod {
    type Error = Infallible;

    /// Each cell gains what flows in at one side, and loses what flows out at the other.
    fn step<T: Scalar>(&self, k: usize, u: &[T], a: &[T], next: &mut [T]) -> Result<(), Infallible> {
        let [left, right] = ends(k).map(T::lit);
        let mut inflow = a[0] * (left - u[0]);
        for i in 0..CELLS {
            let beyond = if i + 1 < CELLS { u[i + 1] } else { right };
            let outflow = a[i + 1] * (u[i] - beyond);
            next[i] = u[i] + (inflow - outflow);
            inflow = outflow;
        }
        Ok(())
    }

    /// Half the squares of what model and readings differ by, in units of the thermometers' error.
    fn cost<T: Scalar>(&self, k: usize, u: &[T], _: &[T]) -> Result<T, Infallible> {
        let mut cost = T::lit(0.0);
        if k.is_multiple_of(EVERY)
            && let Some(readings) = self.readings.get(k / EVERY)
        {
            for (cell, reading) in THERMOMETERS.iter().zip(readings) {
                cost += T::lit(0.5) * ((u[*cell] - T::lit(*reading)) / T::lit(ERROR)).square();
            }
        }
        Ok(cost)
    }
}

/// The temperatures that both ends are held at: slow waves of two periods.
fn ends(k: usize) -> [f64; 2] {
    let hours = k as f64 * DT / 3600.0;
    [ROOM + 30.0 * (TAU * hours / 4.0).sin(), ROOM + 25.0 * (TAU * hours / 2.7).sin()]
}

/// The temperatures at the thermometers, by the model: one row for each reading.
pub(crate) fn simulate(rod: &Rod, a: &[f64]) -> Readings {
    let mut u = vec![ROOM; CELLS];
    let mut next = u.clone();
    let mut readings = Vec::new();
    for k in 0..STEPS {
        if k.is_multiple_of(EVERY) {
            readings.push(THERMOMETERS.map(|cell| u[cell]));
        }
        let Ok(()) = rod.step(k, &u, a, &mut next);
        std::mem::swap(&mut u, &mut next);
    }
    readings
}

/// Where an interface is, in metres.
pub(crate) fn position(interface: usize) -> f64 {
    LENGTH * interface as f64 / CELLS as f64
}

/// The diffusivity that is to be found, in mm²/s: a piece that hardly conducts, and one that conducts well.
pub(crate) fn truth(x: f64) -> f64 {
    let bump = |at: f64, width: f64| (-((x - at) / width).powi(2)).exp();
    50.0 - 32.0 * bump(0.32, 0.09) + 45.0 * bump(0.72, 0.12)
}

/// The model's parameters for diffusivities in mm²/s.
pub(crate) fn parameters(diffusivity: &[f64]) -> Vec<f64> {
    diffusivity.iter().map(|a| scaled(*a)).collect()
}

fn scaled<T: Scalar>(diffusivity: T) -> T {
    const CELL: f64 = 1000.0 * LENGTH / CELLS as f64;
    diffusivity * T::lit(DT / (CELL * CELL))
}

/// How many numbers describe the unknown: the logarithm of the diffusivity at places spread evenly along the rod.
pub(crate) const KNOTS: usize = 17;

/// The model's parameters from the logarithms at the knots, which are joined by straight lines.
pub(crate) fn field(knots: &[Var]) -> Vec<Var> {
    (0..INTERFACES).map(|i| scaled(between(knots, i).exp())).collect()
}

/// The diffusivity at each interface, in mm²/s.
pub(crate) fn diffusivity(knots: &[f64]) -> Vec<f64> {
    (0..INTERFACES).map(|i| between(knots, i).exp()).collect()
}

fn between<T: Scalar>(knots: &[T], interface: usize) -> T {
    let at = interface as f64 / CELLS as f64 * (KNOTS - 1) as f64;
    let k = (at as usize).min(KNOTS - 2);
    let t = at - k as f64;
    knots[k] * T::lit(1.0 - t) + knots[k + 1] * T::lit(t)
}
