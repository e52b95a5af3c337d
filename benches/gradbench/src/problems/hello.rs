//! *hello*: `x²` and its derivative, to see that suite and tool understand each other.

use serde_json::Value;
use wengert::{Scalar, gradient};

use crate::failure::Failure;
use crate::problem::{Problem, Reverse};
use crate::runs::Runs;

pub(crate) struct Hello(f64);

fn square<T: Scalar>(x: T) -> T {
    x * x
}

impl Problem for Hello {
    type Input = f64;
    const REPEATS: bool = false;
    const FUNCTIONS: &'static str = "`square` and `double`";

    fn prepare(x: f64) -> Result<Self, Failure> {
        Ok(Self(x))
    }

    fn evaluate(&self, function: &str, runs: &mut Runs, _: &mut Reverse) -> Option<Result<Value, Failure>> {
        match function {
            "square" => Some(runs.repeat(|| Ok(square(self.0)))),
            "double" => Some(runs.repeat(|| Ok(gradient(&self.0, square)?.1))),
            _ => None,
        }
    }
}
