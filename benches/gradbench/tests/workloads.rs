//! Values and derivatives against the suite's expected ones, and where its workloads do not go, against differences.

mod common;

use std::path::Path;

use common::{Tool, input, with, workloads};
use serde_json::{Value, json};

const TOLERANCE: f64 = 1e-8;

/// The first place at which two results differ by more than so much of their size.
fn difference(x: &Value, y: &Value, tolerance: f64) -> Option<String> {
    match (x, y) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64()?, b.as_f64()?);
            let close = (a - b).abs() <= tolerance * (a.abs() + b.abs()).max(1.0);
            (!close).then(|| format!(": {a} and not {b}"))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(k, (a, b))| Some(format!("[{k}]{}", difference(a, b, tolerance)?))),
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            a.iter().find_map(|(k, a)| Some(format!(".{k}{}", difference(a, b.get(k)?, tolerance)?)))
        }
        _ => Some(": of another shape".to_owned()),
    }
}

/// Asks a tool, started so, for both functions of every workload in a directory; gives how many there were.
fn check(directory: &Path, arguments: &[&str]) -> usize {
    let mut tool = Tool::start(arguments);
    let mut count = 0;
    let files =
        [("gmm", "gmm"), ("lstm", "lstm"), ("ba", "ba"), ("ht", "ht_simple"), ("ht", "ht_complicated")];
    for (module, file) in files {
        for workload in workloads(&directory.join(format!("{file}.jsonl.gz"))) {
            for function in ["objective", "jacobian"] {
                let output = tool.output(module, function, &workload["input"]);
                if let Some(place) = difference(&output, &workload[function], TOLERANCE) {
                    panic!("{file} {}: {function}{place}", workload["description"]);
                }
            }
            count += 1;
        }
    }
    tool.end();
    count
}

#[test]
fn small_workloads() {
    for arguments in [&[][..], &["--one-shot"]] {
        assert_eq!(check(&common::data(), arguments), 5);
    }
}

/// The suite's larger workloads, where they are.
#[test]
fn large_workloads() {
    match std::env::var_os("WENGERT_GRADBENCH_DATA") {
        Some(directory) => {
            for arguments in [&[][..], &["--one-shot"]] {
                assert!(check(Path::new(&directory), arguments) > 0);
            }
        }
        None => println!("skipped: WENGERT_GRADBENCH_DATA does not name a directory of workloads"),
    }
}

#[test]
fn hello() {
    let mut tool = Tool::start(&[]);
    assert_eq!(tool.output("hello", "square", &json!(3)), json!(9.0));
    assert_eq!(tool.output("hello", "double", &json!(-1.5)), json!(-3.0));
    tool.end();
}

/// A number at a place.
fn at(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("a number at {pointer}"))
}

/// Central differences of all outputs by the number at a place of the input.
fn differences(tool: &mut Tool, module: &str, input: &Value, pointer: &str, outputs: &[String]) -> Vec<f64> {
    let (x, h) = (at(input, pointer), 1e-6);
    let up = tool.output(module, "objective", &with(input.clone(), pointer, json!(x + h)));
    let down = tool.output(module, "objective", &with(input.clone(), pointer, json!(x - h)));
    outputs.iter().map(|y| (at(&up, y) - at(&down, y)) / (2.0 * h)).collect()
}

fn assert_close(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() <= 1e-5 * (a.abs() + b.abs()).max(1.0), "{what}: {a}, by differences {b}");
}

/// Bundle adjustment, with a rotation and without one.
#[test]
fn ba_against_differences() {
    let mut tool = Tool::start(&[]);
    let small = with(with(with(input("ba"), "/n", json!(2)), "/m", json!(3)), "/p", json!(4));
    let still = (0..3).fold(small.clone(), |input, k| with(input, &format!("/cam/{k}"), json!(0)));
    let errors = [0, 1].map(|k| format!("/reproj_error/elements/{k}"));
    for input in [small, still] {
        let jacobian = tool.output("ba", "jacobian", &input);
        let places = (0..11).map(|k| format!("/cam/{k}")).chain((0..3).map(|k| format!("/x/{k}")));
        for (column, place) in places.chain(["/w".to_owned()]).enumerate() {
            // Where the rotation is zero the rule changes, and differences see another branch.
            if column < 3 && at(&input, "/cam/0") == 0.0 {
                continue;
            }
            let expected = differences(&mut tool, "ba", &input, &place, &errors);
            for (row, expected) in expected.iter().enumerate() {
                let entry = at(&jacobian, &format!("/vals/{}", 15 * row + column));
                assert_close(entry, *expected, &format!("row {row}, {place}"));
            }
        }
        // The last entry is that of the last weight.
        assert_close(at(&jacobian, "/vals/30"), -2.0 * at(&input, "/w"), "weight error");
        assert_eq!(at(&jacobian, "/rows/12"), 31.0 * 4.0);
    }
    tool.end();
}

/// Hand tracking of a hand that is mirrored, not turned in space, and whose second finger hangs on the first.
#[test]
fn ht_against_differences() {
    let mut tool = Tool::start(&[]);
    for name in ["ht_simple", "ht_complicated"] {
        let mut input = with(input(name), "/data/model/parents/5", json!(3));
        input = with(input, "/data/model/is_mirrored", json!(true));
        input = (0..3).fold(input, |input, k| with(input, &format!("/theta/{k}"), json!(0)));
        let jacobian = tool.output("ht", "jacobian", &input);
        let columns = if name == "ht_simple" { 0 } else { 2 };
        let rows = [0, 1, 2, 30, 31, 32, 297, 298, 299];
        let outputs = rows.map(|row| format!("/{row}"));
        for theta in [0, 2, 4, 6, 7, 8, 9, 10, 11, 13, 25] {
            let expected = differences(&mut tool, "ht", &input, &format!("/theta/{theta}"), &outputs);
            for (row, expected) in rows.iter().zip(expected) {
                let place = format!("/{row}/{}", columns + theta);
                assert_close(at(&jacobian, &place), expected, &format!("{name}{place}"));
            }
        }
    }
    tool.end();
}
