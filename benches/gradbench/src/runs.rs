//! Repetition and timing of what is scored.

use std::hint::black_box;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wengert::Batch;
use wengert::program::Mode;

use crate::failure::Failure;

/// How often to run, from the input.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Repetition {
    min_runs: u64,
    min_seconds: f64,
}

impl Default for Repetition {
    fn default() -> Self {
        Self { min_runs: 1, min_seconds: 0.0 }
    }
}

/// How long a part took.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Timing {
    pub(crate) name: &'static str,
    pub(crate) nanoseconds: u64,
}

impl Timing {
    pub(crate) fn since(start: Instant, name: &'static str) -> Self {
        Self { name, nanoseconds: start.elapsed().as_nanos().try_into().unwrap_or(u64::MAX) }
    }
}

/// The runs of one message.
#[derive(Debug)]
pub(crate) struct Runs {
    repetition: Repetition,
    pub(crate) timings: Vec<Timing>,
    /// By what the answer was found.
    pub(crate) mode: &'static str,
}

impl Runs {
    pub(crate) fn new(repetition: Repetition) -> Self {
        Self { repetition, timings: Vec::new(), mode: "floats" }
    }

    /// The mode of a batch that was run.
    pub(crate) fn by_batch(&mut self, batch: &Batch<'_>) {
        self.mode = match batch.report().traces.first().and_then(|trace| trace.mode) {
            Some(Mode::Forward) => "batch, forward",
            Some(Mode::Reverse) => "batch, reverse",
            None => "batch",
        };
    }

    /// Runs until there have been enough runs and enough seconds, and answers with the last result.
    pub(crate) fn repeat<R: Serialize>(
        &mut self,
        run: impl FnMut() -> Result<R, Failure>,
    ) -> Result<Value, Failure> {
        answer(&self.time(run)?)
    }

    /// Runs until there have been enough runs and enough seconds; gives the last result. What is timed ends before
    /// a result is dropped.
    pub(crate) fn time<R>(&mut self, mut run: impl FnMut() -> Result<R, Failure>) -> Result<R, Failure> {
        let mut seconds = 0.0;
        for count in 1.. {
            let start = Instant::now();
            let result = black_box(black_box(&mut run)());
            let timing = Timing::since(start, "evaluate");
            self.timings.push(timing);
            seconds += timing.nanoseconds as f64 * 1e-9;
            let result = result?;
            if count >= self.repetition.min_runs && seconds >= self.repetition.min_seconds {
                return Ok(result);
            }
        }
        unreachable!("the count of runs has no end")
    }
}

/// A result as it is sent. What is infinite or NaN has become `null`, which no result contains otherwise, and cannot
/// be sent.
pub(crate) fn answer(result: &impl Serialize) -> Result<Value, Failure> {
    fn null(value: &Value) -> Option<String> {
        match value {
            Value::Null => Some(String::new()),
            Value::Array(x) => x.iter().enumerate().find_map(|(k, x)| Some(format!("[{k}]{}", null(x)?))),
            Value::Object(x) => x.iter().find_map(|(k, x)| Some(format!(".{k}{}", null(x)?))),
            _ => None,
        }
    }
    let value = serde_json::to_value(result)?;
    match null(&value) {
        Some(path) => Err(Failure::NotFinite { path: format!("output{path}") }),
        None => Ok(value),
    }
}
