//! The chain rule on circuits small enough to check by hand: values forward, derivatives backward, and the tape
//! that both run over.
//!
//! ```text
//! cargo run --example circuit
//! ```

use std::error::Error;

use wengert::{Recorder, Var, gradient};

fn main() -> Result<(), Box<dyn Error>> {
    println!("f = xy: each operand's derivative is the other's value");
    show([("x", 4.0), ("y", -3.0)], |[x, y]| x * y)?;

    println!("f = x + y: the gradient flows on unchanged to both");
    show([("x", 4.0), ("y", -3.0)], |[x, y]| x + y)?;

    println!("f = max(x, y): all of the gradient goes to the larger …");
    show([("x", 4.0), ("y", 2.0)], |[x, y]| x.max(y))?;

    println!("… and at a tie, by this project's convention, to both");
    show([("x", 2.0), ("y", 2.0)], |[x, y]| x.max(y))?;

    println!("f = (x + y)z: the chain rule goes through q = x + y");
    show([("x", -2.0), ("y", 5.0), ("z", -4.0)], |[x, y, z]| (x + y).named("q") * z)?;

    sensitivity()
}

/// Records `f`, sweeps in reverse, and prints the tape: a node a line, with its value and its adjoint `∂f/∂node`.
fn show<const N: usize>(
    inputs: [(&str, f64); N],
    f: impl FnOnce([Var; N]) -> Var,
) -> Result<(), Box<dyn Error>> {
    let mut recorder = Recorder::new();
    let f = recorder.record(|s| {
        let inputs = inputs.map(|(name, value)| s.input(value).named(name));
        s.output(f(inputs).named("f"))
    })?;
    recorder.reverse(f)?;
    println!("{}", recorder.tape().dump().state(recorder.workspace()));
    Ok(())
}

/// What a derivative says: move `x` by `h`, and `f` moves by about `h·∂f/∂x`. For `f = xy` it moves by exactly that;
/// for a curve, the smaller the `h` the nearer.
fn sensitivity() -> Result<(), Box<dyn Error>> {
    println!("f(x + h) ≈ f(x) + h·df/dx, for f = x²/(1 + x) at x = 2");
    let f = |x: Var| x.square() / (1.0 + x);
    let (value, slope) = gradient(&2.0, f)?;
    println!("f = {value:.6}, df/dx = {slope:.6}\n");

    println!("{:>8} {:>12} {:>16} {:>10}", "h", "f(x + h)", "f(x) + h·df/dx", "apart");
    for h in [1.0, 0.1, 0.01, 0.001] {
        // At a constant the same code is plain arithmetic: nothing is recorded.
        let moved = f(Var::constant(2.0 + h)).value();
        let predicted = value + h * slope;
        println!("{h:>8} {moved:>12.8} {predicted:>16.8} {:>10.1e}", moved - predicted);
    }
    Ok(())
}
