//! Operations that are in no table, one of each kind: a rule, a callback, an implicit function. For tests of what calls them,
//! names them, or finds them by name.

use wengert::{
    Program,
    call::{Callee, Opaque, Outcome, Solver, implicit},
    rule,
};

rule! {
    /// `1 − cos x`.
    pub Versin "versin" version 2 (x) { F::of(1.0) - x.cos() } d(x => _) { [x.sin()] }
}

/// `x₀·x₁` as code, with everything of first order that a callback can give.
#[derive(Clone, Copy, Debug)]
pub struct Remote {
    /// Its version.
    pub version: u32,
    /// Whether it says that it is pure.
    pub pure: bool,
}

impl Opaque for Remote {
    fn name(&self) -> &'static str {
        "remote"
    }
    fn version(&self) -> u32 {
        self.version
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

/// `x ↦ 1/x` in code that fails at 0, and that nobody may ask for adjoints.
#[derive(Clone, Copy, Debug)]
pub struct Picky;

impl Opaque for Picky {
    fn name(&self) -> &'static str {
        "picky"
    }
    fn inputs(&self) -> usize {
        1
    }
    fn outputs(&self) -> usize {
        1
    }
    fn is_pure(&self) -> bool {
        true
    }
    fn value(&self, x: &[f64], y: &mut [f64]) -> Outcome {
        if x[0] == 0.0 {
            return Err("no reciprocal of 0".into());
        }
        y[0] = 1.0 / x[0];
        Ok(())
    }
    fn vjp(&self, _: &[f64], _: &[f64], _: &[f64], _: &mut [f64]) -> Outcome {
        Err("nobody asks".into())
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

/// `√p` by its equation.
///
/// # Panics
/// Never.
#[must_use]
pub fn root() -> Callee {
    let equation = Program::record(&[1.0, 1.0], |x| vec![x[0] * x[0] - x[1]]).expect("no branch, no call");
    implicit(Root, equation).expect("one equation for one unknown")
}
