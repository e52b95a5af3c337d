//! Operations that what is loaded may call.

use wengert::{Callee, Opaque, Outcome, Program, Registry, Solver, Var, rule};

rule! {
    /// `1 − cos x`.
    Versin "versin" version 2 (x) { F::of(1.0) - x.cos() } d(x => _) { [x.sin()] }
}

/// `x₀·x₁`, with everything that a callback can give.
struct Remote {
    pure: bool,
}

impl Opaque for Remote {
    fn name(&self) -> &'static str {
        if self.pure { "product" } else { "remote" }
    }
    fn inputs(&self) -> usize {
        2
    }
    fn outputs(&self) -> usize {
        1
    }
    fn is_pure(&self) -> bool {
        self.pure
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        y[0] = x[0] * x[1];
        Ok(())
    }
    fn vjp(&self, x: &[f64], _: &[f64], gy: &[f64], gx: &mut [f64]) -> Outcome {
        gx.copy_from_slice(&[gy[0] * x[1], gy[0] * x[0]]);
        Ok(())
    }
    fn jvp(&self, x: &[f64], _: &[f64], dx: &[f64], dy: &mut [f64]) -> Option<Outcome> {
        dy[0] = dx[0] * x[1] + x[0] * dx[1];
        Some(Ok(()))
    }
}

/// `x² = p`.
struct Root;

impl Solver for Root {
    fn name(&self) -> &'static str {
        "root"
    }
    fn solve(&self, p: &[f64], x: &mut [f64]) -> Outcome {
        if p[0] < 0.0 {
            return Err(format!("no root of {}", p[0]).into());
        }
        x[0] = p[0].sqrt();
        Ok(())
    }
}

/// One of each kind.
pub(crate) fn registry() -> Registry {
    let record = |x: &[f64], f: fn(&[Var]) -> Vec<Var>| Program::record(x, f);
    let innermost = record(&[0.5], |x| vec![x[0].sin(), x[0] * 3.0]).expect("an ordinary program");
    let inner = Program::record(&[1.0, 2.0], |x| vec![innermost.call(&x[..1])[0] * x[1], x[0]]);
    let equation = record(&[1.0, 1.0], |x| vec![x[0] * x[0] - x[1]]).expect("an ordinary program");
    Registry::new()
        .with_rule::<Versin, 1>()
        .with(Callee::opaque(Remote { pure: true }))
        .with(Callee::opaque(Remote { pure: false }))
        .with(Callee::implicit(Root, equation).expect("an equation for its unknown"))
        .with(innermost.named("program", 0))
        .with(inner.expect("an ordinary program").named("inner", 4))
}
