//! Newton's method trains a small network: each step solves `H·p = −g` by conjugate gradients, so that the Hessian is only
//! ever met in products `H·v`, each one forward and one reverse at dual numbers.
//!
//! ```text
//! cargo run --release -p wengert --example newton
//! ```

use wengert::{Function, FunctionError, Var};

const HIDDEN: usize = 8;
/// Weights and biases of the hidden layer, then the weights and the bias of the output.
const PARAMETERS: usize = 3 * HIDDEN + 1;
const SAMPLES: usize = 40;

/// The curve to learn.
fn curve(t: f64) -> f64 {
    (3.0 * t).sin() + 0.5 * t
}

fn network(w: &[Var], t: f64) -> Var {
    let hidden: Vec<Var> = (0..HIDDEN).map(|k| (w[k] * t + w[HIDDEN + k]).tanh()).collect();
    Var::dot(&w[2 * HIDDEN..3 * HIDDEN], &hidden) + w[3 * HIDDEN]
}

/// The mean squared error over the samples, and a little of the weights' squares, which makes the minimum a point.
fn loss(w: &[Var]) -> Var {
    let samples = (0..SAMPLES).map(|k| 4.0 * k as f64 / (SAMPLES - 1) as f64 - 2.0);
    let errors: Vec<Var> = samples.map(|t| network(w, t) - curve(t)).collect();
    Var::sum_squares(&errors) / SAMPLES as f64 + Var::sum_squares(w) * 1e-4
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds `scale·b` to `a`.
fn add(a: &mut [f64], scale: f64, b: &[f64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += scale * b);
}

/// The direction `p` with `H·p ≈ −g`, by conjugate gradients; where a direction of negative curvature is met, what has been
/// found before it. Gives the number of products too.
fn direction(f: &mut Function, w: &[f64], g: &[f64]) -> Result<(Vec<f64>, usize), FunctionError> {
    let n = w.len();
    let (mut p, mut r) = (vec![0.0; n], g.iter().map(|g| -g).collect::<Vec<_>>());
    let (mut d, mut h, mut gradient) = (r.clone(), vec![0.0; n], vec![0.0; n]);
    let tolerance = dot(g, g) * f64::min(0.01, dot(g, g));
    for k in 0..2 * n {
        let square = dot(&r, &r);
        if square <= tolerance {
            return Ok((p, k));
        }
        f.hvp_into(w, &d, &mut gradient, &mut h)?;
        let curvature = dot(&d, &h);
        if curvature <= 0.0 {
            return Ok((if k == 0 { d } else { p }, k + 1));
        }
        add(&mut p, square / curvature, &d);
        add(&mut r, -square / curvature, &h);
        let ratio = dot(&r, &r) / square;
        d.iter_mut().zip(&r).for_each(|(d, r)| *d = r + ratio * *d);
    }
    Ok((p, 2 * n))
}

fn main() -> Result<(), FunctionError> {
    let mut f = Function::new(loss);
    let mut w: Vec<f64> = (0..PARAMETERS).map(|k| (1.0 + 7.3 * k as f64).sin()).collect();
    let mut g = vec![0.0; PARAMETERS];
    for step in 0..200 {
        let value = f.gradient_into(&w, &mut g)?;
        let norm = dot(&g, &g).sqrt();
        let (p, products) = direction(&mut f, &w, &g)?;
        if step % 5 == 0 || norm < 1e-10 {
            println!("step {step:>3}: loss {value:.10}, |g| {norm:.1e}, {products} products H·v");
        }
        if norm < 1e-10 {
            break;
        }
        // As far along the direction as the loss falls enough.
        let (mut length, slope) = (1.0, dot(&g, &p));
        loop {
            let mut next = w.clone();
            add(&mut next, length, &p);
            if f.value(&next)? <= value + 1e-4 * length * slope || length < 1e-10 {
                w = next;
                break;
            }
            length *= 0.5;
        }
    }
    println!("{}", f.report());
    Ok(())
}
