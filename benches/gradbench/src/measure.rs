//! Derivative over primal, workload by workload: the figure by which the suite's tools are compared.
//!
//! Objective and derivative take turns in several rounds, so that a noisy neighbour meets both; the least of each counts.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::problem::{Entry, Reverse};
use crate::{problems, session};

const ROUNDS: usize = 5;
/// Runs and seconds of one round.
const RUNS: u64 = 3;
const SECONDS: f64 = 0.2;

/// Prints a table of the workloads in files such as the suite's own, `<module>*.jsonl.gz`, one object a line.
pub(crate) fn measure(
    files: &[impl AsRef<Path>],
    reverse: &mut Reverse,
) -> Result<(), Box<dyn std::error::Error>> {
    let heads = ["workload", "mode", "primal, ms", "derivative, ms", "ratio"];
    println!("{:<30} {:<17} {:>12} {:>14} {:>7}", heads[0], heads[1], heads[2], heads[3], heads[4]);
    for file in files {
        let path = file.as_ref();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let entry = problems::ALL
            .iter()
            .find(|entry| name.starts_with(entry.module))
            .ok_or_else(|| format!("{}: its name begins with no problem's", path.display()))?;
        for line in BufReader::new(GzDecoder::new(File::open(path)?)).lines() {
            let mut workload: Value = serde_json::from_str(&line?)?;
            workload["input"]["min_runs"] = RUNS.into();
            workload["input"]["min_seconds"] = SECONDS.into();
            let (mut least, mut mode) = ([f64::INFINITY; 2], "");
            for _ in 0..ROUNDS {
                for (least, function) in least.iter_mut().zip(["objective", "jacobian"]) {
                    let (time, by) = time(entry, function, &workload["input"], reverse)?;
                    (*least, mode) = (least.min(time), by);
                }
            }
            let [primal, derivative] = least;
            let stem = name.split('.').next().unwrap_or(name);
            let label = format!("{stem} {}", workload["description"].as_str().unwrap_or("?"));
            println!("{label:<30} {mode:<17} {primal:>12.3} {derivative:>14.3} {:>7.2}", derivative / primal);
        }
    }
    if let Some(peak) = peak_memory() {
        println!("peak memory of all, inputs included: {peak} MiB");
    }
    Ok(())
}

/// The least time of the runs of one message, in milliseconds, and by what its answer was found.
fn time(
    entry: &'static Entry,
    function: &str,
    input: &Value,
    reverse: &mut Reverse,
) -> Result<(f64, &'static str), Box<dyn std::error::Error>> {
    let message = serde_json::json!({
        "id": 0, "kind": "evaluate", "module": entry.module, "function": function, "input": input
    });
    let reply = session::answer(message.to_string().as_bytes(), reverse);
    if let Some(error) = reply.error {
        return Err(error.into());
    }
    let runs = reply.timings.unwrap_or_default();
    let evaluations = runs.iter().filter(|timing| timing.name == "evaluate");
    let least = evaluations.map(|timing| timing.nanoseconds as f64 / 1e6).fold(f64::INFINITY, f64::min);
    Ok((least, reply.mode.unwrap_or("")))
}

/// The largest resident size of this process so far, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}
