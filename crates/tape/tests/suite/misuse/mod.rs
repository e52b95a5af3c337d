//! Every way to use a recording wrongly, and what is said about it: which recordings, and which line of the user's
//! source. After each the closure goes on with plain values, what was recorded stays readable, and the recorder is
//! good for the next recording.

mod recordings;
mod limits;
mod operands;
mod constants;

use std::fmt::Display;
use std::panic::Location;

use wengert_tape::{Session, Var};

use crate::common::{assert_reusable, recording};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Reads the whole message: the caller's file, that line, some column, and then exactly `rest`.
#[track_caller]
fn assert_says(message: &impl Display, line: u32, rest: &str) {
    let message = message.to_string();
    let begins = format!("{}:{line}:", Location::caller().file());
    let Some((column, said)) = message.strip_prefix(&begins).and_then(|behind| behind.split_once(": "))
    else {
        panic!("`{message}` does not begin with `{begins}`")
    };
    assert!(column.parse().is_ok_and(|column: u32| column > 0), "no column in `{message}`");
    assert_eq!(said, rest);
}

fn foreign_variable(found: u32, active: u32) -> String {
    format!(
        "a variable of recording {found} was used in recording {active}; take its plain value with `value()`, \
         and make that an input or a parameter of this recording"
    )
}

fn foreign_session(found: u32, active: u32) -> String {
    format!("the session of recording {found} was used inside recording {active}, which is nested in it")
}

/// A way to ask a session, or a variable of its recording, for one more node, and its line.
type Growth = (u32, fn(&Session<'_>, Var) -> Var);
