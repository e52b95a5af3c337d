//! A recording of 10⁸ nodes, cold and warm: nothing may fall off a cliff there.

use std::fmt;
use std::fs;
use std::time::Instant;

use crate::problems::Rosenbrock;
use crate::workload::{Phase, Prepared, Workload};
use crate::{layout, problems::Problem};

/// Inputs of the Rosenbrock function whose tape has 10⁸ nodes, nine a term.
const INPUTS: usize = 11_111_113;

/// Times and memory of one such recording.
#[derive(Clone, Debug)]
pub struct Huge {
    nodes: usize,
    operations: usize,
    /// Seconds: the first recording and sweep, which take their memory from the system; then those that follow.
    cold: [f64; 2],
    warm: [f64; 2],
    bytes: usize,
    layout: usize,
    /// The most bytes of the process that were resident, where the system tells.
    resident: Option<usize>,
}

impl Huge {
    /// Records and sweeps twice.
    #[must_use]
    pub fn measure() -> Self {
        let seconds = |f: &mut dyn FnMut()| {
            let start = Instant::now();
            f();
            start.elapsed().as_secs_f64()
        };
        let problem = Rosenbrock::new(INPUTS);
        let operations = problem.operations();
        let start = Instant::now();
        let mut workload = Prepared::new(problem);
        let recorded = start.elapsed().as_secs_f64();
        let mut run = |phase| {
            seconds(&mut || {
                workload.run(phase);
            })
        };
        let cold = [recorded, run(Phase::Reverse)];
        let warm = [run(Phase::Record), run(Phase::Reverse)];
        let resident = resident();
        let recorder = Box::new(workload).into_recorder();
        let (nodes, bytes) = (recorder.tape().len(), recorder.bytes());
        Self { nodes, operations, cold, warm, bytes, layout: layout::bytes(recorder.tape()), resident }
    }
}

impl fmt::Display for Huge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.nodes as f64;
        writeln!(f, "{} nodes, {} operations; nanoseconds an operation", self.nodes, self.operations)?;
        for (name, [record, reverse]) in [("cold", self.cold), ("warm", self.warm)] {
            let each = |seconds: f64| seconds * 1e9 / self.operations as f64;
            writeln!(f, "{name}: record {:.2}, reverse {:.2}", each(record), each(reverse))?;
        }
        write!(f, "bytes a node: {:.1} in use, ", self.bytes as f64 / nodes)?;
        write!(f, "{:.1} by the layout", self.layout as f64 / nodes)?;
        match self.resident {
            Some(bytes) => {
                write!(f, ", {:.1} resident at most (inputs and point included)", bytes as f64 / nodes)
            }
            None => Ok(()),
        }
    }
}

/// The process's high-water mark, from the kernel.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(1024 * kilobytes)
}
