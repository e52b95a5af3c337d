//! What a problem is to the protocol.

use std::time::Instant;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use wengert::Recorder;

use crate::failure::Failure;
use crate::runs::{Repetition, Runs, Timing};

/// A problem of the suite, with its input read, checked and in the shape that the function wants.
pub(crate) trait Problem: Sized {
    /// The input as it comes.
    type Input: DeserializeOwned;
    /// Whether the input says how often to run.
    const REPEATS: bool = true;
    /// The functions that there are, for the message about one that there is not.
    const FUNCTIONS: &'static str;

    /// Checks an input.
    fn prepare(input: Self::Input) -> Result<Self, Failure>;

    /// Runs the function of that name as often as asked; `None` where there is none.
    fn evaluate(
        &self,
        function: &str,
        runs: &mut Runs,
        reverse: &mut Reverse,
    ) -> Option<Result<Value, Failure>>;
}

/// What reverse mode works with.
#[derive(Debug, Default)]
pub(crate) struct Reverse {
    /// Its memory is that of earlier runs and messages.
    pub(crate) recorder: Recorder,
    /// Each run records anew. Otherwise a program may be kept between the runs of a message.
    pub(crate) one_shot: bool,
}

/// What an evaluation gives.
pub(crate) struct Answer {
    pub(crate) output: Value,
    pub(crate) timings: Vec<Timing>,
    /// By what it was found.
    pub(crate) mode: &'static str,
}

/// A problem, its type erased.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) module: &'static str,
    pub(crate) answer: fn(&Entry, &str, &RawValue, &mut Reverse) -> Result<Answer, Failure>,
}

impl Entry {
    pub(crate) const fn of<P: Problem>(module: &'static str) -> Self {
        Self { module, answer: answer::<P> }
    }
}

fn answer<P: Problem>(
    entry: &Entry,
    function: &str,
    input: &RawValue,
    reverse: &mut Reverse,
) -> Result<Answer, Failure> {
    let repetition = if P::REPEATS { parse::<Repetition>(input)? } else { Repetition::default() };
    let read = parse::<P::Input>(input)?;
    let start = Instant::now();
    let problem = P::prepare(read)?;
    let mut runs = Runs::new(repetition);
    runs.timings.push(Timing::since(start, "prepare"));
    match problem.evaluate(function, &mut runs, reverse) {
        Some(result) => Ok(Answer { output: result?, timings: runs.timings, mode: runs.mode }),
        None => Err(Failure::Function {
            module: entry.module,
            found: function.to_owned(),
            supported: P::FUNCTIONS,
        }),
    }
}

fn parse<T: DeserializeOwned>(json: &RawValue) -> Result<T, Failure> {
    Ok(serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(json.get()))?)
}
