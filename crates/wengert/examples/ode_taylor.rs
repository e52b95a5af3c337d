//! A differential equation solved by its Taylor series: a planet on an eccentric orbit, order by order, step by step.
//!
//! ```text
//! cargo run --release --example ode_taylor
//! ```

use std::array::from_fn;
use std::f64::consts::TAU;

use wengert::{Scalar, Taylor};

/// Position and velocity in the plane.
type State<T> = [T; 4];

/// Newton's law of gravity, written once: `x″ = −x/|x|³`. At `f64` it is the rate of change of a state; at series it is
/// that rate's series.
fn gravity<T: Scalar>([x, y, u, v]: State<T>) -> State<T> {
    let distance = x.hypot(y);
    let pull = (distance * distance * distance).recip();
    [u, v, -x * pull, -y * pull]
}

/// Kinetic and potential energy, which no orbit changes.
fn energy([x, y, u, v]: State<f64>) -> f64 {
    0.5 * (u * u + v * v) - 1.0 / x.hypot(y)
}

/// The Taylor series of the orbit through a state. Known up to order n, it gives the rate up to order n; the integral of
/// that is the orbit up to order n + 1.
fn expand<const K: usize>(state: State<f64>) -> State<Taylor<f64, K>> {
    let mut orbit = state.map(|x| Taylor::constant(x).truncated(0));
    for _ in 0..K {
        let rate = gravity(orbit);
        orbit = from_fn(|k| rate[k].integral(state[k]));
    }
    orbit
}

/// The largest step at which the last terms of the series are still below the tolerance.
fn step<const K: usize>(orbit: &State<Taylor<f64, K>>, tolerance: f64) -> f64 {
    let largest =
        |n: usize| orbit.iter().filter_map(|x| x.coefficient(n)).fold(0.0, |m: f64, c| m.max(c.abs()));
    let below = |n: usize| (tolerance / largest(n)).powf(1.0 / n as f64);
    below(K).min(below(K - 1))
}

/// Follows an orbit for some time; gives the state in the end and the number of steps.
fn follow<const K: usize>(mut state: State<f64>, time: f64, tolerance: f64) -> (State<f64>, u32) {
    let (mut t, mut steps) = (0.0, 0);
    while t < time {
        let orbit = expand::<K>(state);
        let h = step(&orbit, tolerance).min(time - t);
        state = orbit.map(|x| x.sum_at(h));
        t += h;
        steps += 1;
    }
    (state, steps)
}

fn main() {
    // At its nearest to the sun, with the speed that makes the ellipse's half axis 1: one revolution takes 2π.
    let eccentricity: f64 = 0.6;
    let start = [1.0 - eccentricity, 0.0, 0.0, ((1.0 + eccentricity) / (1.0 - eccentricity)).sqrt()];

    println!("a planet at ({}, {}) with velocity ({}, {})", start[0], start[1], start[2], start[3]);
    println!("x(t) = Σ cₙtⁿ, from one right-hand side, order by order:\n");
    let [x, y, ..] = expand::<8>(start);
    println!("{:>3} {:>14} {:>14}", "n", "of x", "of y");
    for (n, (x, y)) in x.coefficients().zip(y.coefficients()).enumerate() {
        println!("{n:>3} {:>14.4} {:>14.4}", x + 0.0, y + 0.0);
    }

    println!("\nten revolutions, in steps as long as each order allows for an error of 10⁻¹⁵ a step:\n");
    println!(
        "{:>6} {:>7} {:>12} {:>16} {:>14}",
        "order", "steps", "evaluations", "away from start", "energy, drift"
    );
    revolve::<6>(start);
    revolve::<8>(start);
    revolve::<12>(start);
    revolve::<16>(start);
    revolve::<24>(start);
    println!(
        "\nAfter whole revolutions the planet is back where it began. A higher order takes fewer, longer steps to get there."
    );
}

/// One line: ten revolutions at one order.
fn revolve<const K: usize>(start: State<f64>) {
    let (end, steps) = follow::<K>(start, 10.0 * TAU, 1e-15);
    let away = (end[0] - start[0]).hypot(end[1] - start[1]);
    let drift = (energy(end) - energy(start)).abs();
    println!("{K:>6} {steps:>7} {:>12} {away:>16.1e} {drift:>14.1e}", steps as usize * K);
}
