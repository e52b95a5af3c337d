//! The least of many runs: what the machine can do when nothing else takes it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use wengert::{Recorder, Var};

use crate::Problem;

/// One line of the table, in nanoseconds a scalar operation.
#[derive(Clone, Debug)]
pub struct Line {
    /// The problem's name.
    pub name: String,
    /// Nodes recorded.
    pub nodes: usize,
    /// Plain `f64` evaluation.
    pub primal: f64,
    /// Recording, into memory that is reused.
    pub record: f64,
    /// The reverse sweep, the zeroing of its adjoints included.
    pub reverse: f64,
    /// Recording and sweep, timed together.
    pub both: f64,
    /// Bytes of tape, values, partials and adjoints in use, over what the layout adds up to.
    pub bytes_an_operation: f64,
}

/// The least time of one call of `f`, over at least `runs` runs and a tenth of a second.
pub fn least(runs: usize, mut f: impl FnMut()) -> Duration {
    f();
    let begin = Instant::now();
    let mut best = Duration::MAX;
    let mut done = 0;
    while done < runs || begin.elapsed() < Duration::from_millis(150) {
        let start = Instant::now();
        f();
        best = best.min(start.elapsed());
        done += 1;
    }
    best
}

/// Measures one problem.
///
/// # Panics
/// Where the recording fails: then there is nothing to time.
pub fn measure<P: Problem>(problem: &P, runs: usize) -> Line {
    let operations = problem.operations() as f64;
    let ns = |t: Duration| t.as_secs_f64() * 1e9 / operations;
    let point = problem.point();
    let primal = least(runs, || {
        black_box(problem.eval::<f64>(black_box(point)));
    });
    let mut recorder = Recorder::new();
    let mut x: Vec<Var> = Vec::new();
    let record_once = |recorder: &mut Recorder, x: &mut Vec<Var>| {
        recorder.record(|s| {
            x.clear();
            s.inputs_into(black_box(point), x);
            problem.eval(x.as_slice())
        })
    };
    let record = least(runs, || {
        black_box(record_once(&mut recorder, &mut x).expect("records"));
    });
    let y = record_once(&mut recorder, &mut x).expect("records");
    let reverse = least(runs, || {
        black_box(recorder.reverse(y).expect("sweeps"));
    });
    let both = least(runs, || {
        let y = record_once(&mut recorder, &mut x).expect("records");
        black_box(recorder.reverse(y).expect("sweeps"));
    });
    Line {
        name: problem.name(),
        nodes: recorder.tape().len(),
        primal: ns(primal),
        record: ns(record),
        reverse: ns(reverse),
        both: ns(both),
        bytes_an_operation: recorder.bytes() as f64 / operations,
    }
}
