//! The conversation: a line in, a line out, in lock-step, until the input ends.
//!
//! A line that cannot be answered gets an error for an answer, never silence: the suite waits for exactly one
//! reply. A panic would be a bug of ours; it is contained, so that the suite's other problems are still measured.

use std::any::Any;
use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::failure::Failure;
use crate::message::{Message, Reply};
use crate::problem::{Answer, Entry, Reverse};
use crate::problems;

/// Answers every line.
pub(crate) fn serve(
    mut input: impl BufRead,
    mut output: impl Write,
    reverse: &mut Reverse,
) -> io::Result<()> {
    let mut line = Vec::new();
    let mut text = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let reply = answer(&line, reverse);
        text.clear();
        serde_json::to_writer(&mut text, &reply)?;
        text.push(b'\n');
        output.write_all(&text)?;
        output.flush()?;
    }
}

/// The reply to one message.
pub(crate) fn answer(line: &[u8], reverse: &mut Reverse) -> Reply {
    let mut message = Message::default();
    let result = message.read(line).and_then(|()| {
        catch_unwind(AssertUnwindSafe(|| respond(&message, reverse)))
            .unwrap_or_else(|cause| Err(Failure::Panic(cause_of(&*cause).to_owned())))
    });
    let reply = result.unwrap_or_else(|failure| Reply {
        success: Some(false),
        error: Some(failure.to_string()),
        ..Reply::default()
    });
    Reply { id: message.id, ..reply }
}

fn respond(message: &Message<'_>, reverse: &mut Reverse) -> Result<Reply, Failure> {
    match message.kind.as_deref() {
        Some("start") => Ok(Reply { tool: Some("wengert"), ..Reply::default() }),
        Some("define") => {
            module(message.required("module", message.module.as_deref())?)?;
            Ok(Reply { success: Some(true), ..Reply::default() })
        }
        Some("evaluate") => {
            let entry = module(message.required("module", message.module.as_deref())?)?;
            let function = message.required("function", message.function.as_deref())?;
            let input = message.required("input", message.input)?;
            let Answer { output, timings, mode } = (entry.answer)(entry, function, input, reverse)?;
            Ok(Reply {
                success: Some(true),
                output: Some(output),
                timings: Some(timings),
                mode: Some(mode),
                ..Reply::default()
            })
        }
        _ => Ok(Reply::default()),
    }
}

fn module(name: &str) -> Result<&'static Entry, Failure> {
    problems::ALL.iter().find(|entry| entry.module == name).ok_or_else(|| Failure::Module {
        found: name.to_owned(),
        supported: problems::ALL.iter().map(|entry| entry.module).collect::<Vec<_>>().join(", "),
    })
}

fn cause_of(cause: &(dyn Any + Send)) -> &str {
    match (cause.downcast_ref::<&str>(), cause.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "a panic without a message",
    }
}
