//! What the tests share: the tool as a child process, and workloads with their expected results.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

/// The tool, asked and answering in lock-step.
pub(crate) struct Tool {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Tool {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wengert-gradbench"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        let input = child.stdin.take().expect("its input is a pipe");
        let output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Self { child, input, output }
    }

    /// Sends a line as it is; gives the reply.
    pub(crate) fn ask_line(&mut self, line: &[u8]) -> Value {
        self.input.write_all(line).expect("the tool reads");
        self.input.write_all(b"\n").expect("the tool reads");
        self.input.flush().expect("the tool reads");
        let mut reply = String::new();
        self.output.read_line(&mut reply).expect("the tool answers");
        assert!(reply.ends_with('\n'), "the tool answers a line, not `{reply}`");
        serde_json::from_str(&reply).expect("a reply is JSON")
    }

    pub(crate) fn ask(&mut self, message: &Value) -> Value {
        self.ask_line(message.to_string().as_bytes())
    }

    pub(crate) fn evaluate(&mut self, module: &str, function: &str, input: &Value) -> Value {
        self.ask(&json!({
            "id": 9, "kind": "evaluate", "module": module, "function": function, "input": input
        }))
    }

    /// The output of an evaluation that must succeed.
    pub(crate) fn output(&mut self, module: &str, function: &str, input: &Value) -> Value {
        let mut reply = self.evaluate(module, function, input);
        assert_eq!(reply["success"], true, "{}", reply["error"]);
        reply["output"].take()
    }

    /// Ends the input: the tool must end too, without another word.
    pub(crate) fn end(mut self) {
        drop(self.input);
        let mut rest = String::new();
        self.output.read_line(&mut rest).expect("the tool's output ends");
        assert_eq!(rest, "", "nothing but replies is on standard output");
        assert!(self.child.wait().expect("the tool ends").success());
    }
}

/// The workloads of a compressed file, one a line.
pub(crate) fn workloads(file: &Path) -> impl Iterator<Item = Value> + use<> {
    let file = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    BufReader::new(GzDecoder::new(file))
        .lines()
        .map(|line| serde_json::from_str(&line.expect("a line")).expect("a workload"))
}

/// Where the small workloads are.
pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// The first small workload's input.
pub(crate) fn input(name: &str) -> Value {
    workloads(&data().join(format!("{name}.jsonl.gz"))).next().expect("a workload")["input"].take()
}

/// The input with another value at a place.
pub(crate) fn with(mut input: Value, pointer: &str, value: Value) -> Value {
    *input.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is in the input")) = value;
    input
}
