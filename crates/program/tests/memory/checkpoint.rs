//! Gradients of time loops against a tape of the whole loop, to the bit; counts; and what goes wrong.

use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wengert_ops::Scalar;
use wengert_program::{Program, evaluate};
use wengert_tape::call::Callee;
use wengert_tape::checkpoint::{
    CheckpointError, Checkpointed, Schedule, Snapshots, TimeStep, checkpointed, checkpointed_vjp,
};
use wengert_tape::{RecordError, SweepError, Var};

use crate::counting::allocations;
use crate::loops::{Loss, Oscillator, Reaction, final_loss, whole};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn bits(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }).collect()
}

/// Compares with a tape of the whole loop, for many numbers of snapshots, in memory and on disk.
fn as_the_whole<S: TimeStep<Error = Infallible>>(
    steps: &[usize],
    state: &[f64],
    params: &[f64],
    step: &S,
) -> Outcome {
    let folder = tempfile::tempdir()?;
    for &steps in steps {
        let (value, last, gradient) = whole(steps, state, params, step, final_loss);
        for memory in [1, 2, 3, 7, 1_000] {
            for disk in [0, 4] {
                let snapshots = Snapshots::count(memory).disk_count(folder.path(), disk);
                let found = checkpointed(steps, snapshots, state, params, step, final_loss)?;
                let context = format!("{steps} steps, {memory} + {disk} snapshots");
                assert_eq!(bits(&[found.value]), bits(&[value]), "{context}");
                assert_eq!(bits(&found.last), bits(&last), "{context}");
                assert_eq!(bits(&[found.by_state, found.by_params].concat()), bits(&gradient), "{context}");
                assert_eq!(found.report.recorded, steps as u64, "{context}");
            }
        }
    }
    Ok(())
}

/// Parameters read several times a step, comparisons, costs, components that are copied from one state to the next.
#[test]
fn a_nonlinear_loop() -> Outcome {
    let state: Vec<f64> = (0..12).map(|k| (f64::from(k) * 0.7).sin()).collect();
    let params = [0.11, 0.3, 0.25, 0.7];
    as_the_whole(&[0, 1, 2, 3, 10, 57, 200], &state, &params, &Reaction { cost: true })?;
    as_the_whole(&[57], &state, &params, &Reaction { cost: false })
}

/// Steps that call a program: recorded as calls where they are swept, and the same numbers where they are only advanced.
struct Called(Callee);

impl TimeStep for Called {
    type Error = Infallible;
    fn step<T: Scalar>(&self, _: usize, state: &[T], params: &[T], next: &mut [T]) -> Result<(), Infallible> {
        let stepped = evaluate(&self.0, &[state, params].concat());
        next.copy_from_slice(&stepped.unwrap());
        Ok(())
    }
}

#[test]
fn steps_that_call() -> Outcome {
    let step = Program::record(&[1.0, 0.2, 0.3, 1.7], |x| {
        let force = -x[2] * x[0].sin() - x[3] * x[1] * 0.1;
        vec![x[0] + x[1] * 0.01, x[1] + force * 0.01]
    })?;
    as_the_whole(&[0, 1, 10, 57], &[1.0, 0.2], &[0.3, 1.7], &Called(step.named("step", 1)))
}

#[test]
fn states_that_are_infinite_or_not_numbers() -> Outcome {
    for bad in [f64::NAN, f64::INFINITY, 1e200] {
        let mut state = [0.5; 12];
        state[4] = bad;
        as_the_whole(&[1, 20], &state, &[0.11, 0.3, 0.25, 0.7], &Reaction { cost: true })?;
    }
    Ok(())
}

#[test]
fn states_and_parameters_of_no_numbers() -> Outcome {
    as_the_whole(&[0, 3], &[], &[2.0], &Oscillator)?;
    as_the_whole(&[0, 3], &[1.0, 2.0], &[], &Oscillator)?;
    as_the_whole(&[0, 3], &[], &[], &Oscillator)
}

#[test]
fn weights_of_the_final_state() -> Outcome {
    let (state, params) = ([1.0, 0.2], [0.3, 1.7]);
    let weights = [0.5, -3.0];
    let loss: Loss = |last, _| last[0] * 0.5 + last[1] * -3.0;
    let (value, last, gradient) = whole(100, &state, &params, &Oscillator, loss);
    let found = checkpointed_vjp(100, 5, &state, &params, &Oscillator, |last| {
        assert_eq!(last.len(), 2);
        weights.to_vec()
    })?;
    assert_eq!(found.last, last);
    assert_eq!(bits(&[found.by_state, found.by_params].concat()), bits(&gradient));
    let costs = value - (last[0] * 0.5 + last[1] * -3.0);
    assert!((found.value - costs).abs() < 1e-12, "{} instead of {costs}", found.value);

    let wrong = checkpointed_vjp(100, 5, &state, &params, &Oscillator, |_| vec![1.0]);
    assert!(matches!(wrong, Err(CheckpointError::Adjoint { expected: 2, found: 1 })), "{wrong:?}");
    Ok(())
}

/// Counts its evaluations on plain numbers and on others, and fails or panics at one of them.
#[derive(Default)]
struct Watched {
    plain: Cell<usize>,
    recorded: Cell<usize>,
    /// The evaluation that goes wrong, from 1, counting both kinds; 0 for none.
    wrong: usize,
    panics: bool,
}

impl TimeStep for Watched {
    type Error = String;
    fn step<T: Scalar>(&self, k: usize, state: &[T], params: &[T], next: &mut [T]) -> Result<(), String> {
        let count = if TypeId::of::<T>() == TypeId::of::<f64>() { &self.plain } else { &self.recorded };
        count.set(count.get() + 1);
        if self.plain.get() + self.recorded.get() == self.wrong {
            assert!(!self.panics, "as it was asked to");
            return Err(format!("no solution at {k}"));
        }
        for (next, x) in next.iter_mut().zip(state) {
            *next += (*x * params[0]).sin();
        }
        Ok(())
    }
}

fn watch(
    watched: &Watched,
    steps: usize,
    snapshots: Snapshots,
) -> Result<Checkpointed, CheckpointError<String>> {
    checkpointed(steps, snapshots, &[0.1, 0.2], &[0.5], watched, |last, _| last[0] * last[1])
}

#[test]
fn steps_are_evaluated_as_often_as_the_schedule_says() -> Outcome {
    for (snapshots, advances) in [(5, 6_284), (10, 3_636), (20, 2_747), (40, 2_097)] {
        let watched = Watched::default();
        let report = watch(&watched, 1_000, snapshots.into())?.report;
        assert_eq!((report.snapshots, report.advances, report.recorded), (snapshots, advances, 1_000));
        assert_eq!((watched.plain.get() as u64, watched.recorded.get()), (advances, 1_000));
        assert_eq!(u128::from(advances), Schedule::new(1_000, snapshots).advances());
        assert!(report.stored >= snapshots as u64 - 1 && report.restored < 1_000, "{report:?}");
    }
    Ok(())
}

#[test]
fn memory_does_not_grow_with_the_steps() -> Outcome {
    let bytes = |steps| watch(&Watched::default(), steps, 10.into()).map(|found| found.report.bytes);
    assert_eq!(bytes(100)?, bytes(1_000)?);
    let report = |snapshots| watch(&Watched::default(), 100, snapshots).map(|found| found.report);
    let folder = tempfile::tempdir()?;
    let on_disk = report(Snapshots::bytes(3 * 16).disk_bytes(folder.path(), 5 * 16))?;
    assert_eq!((on_disk.snapshots, on_disk.disk_bytes), (9, 5 * 16));
    let (two, nine) = (report(2.into())?, report(9.into())?);
    assert_eq!(nine.bytes - two.bytes, 7 * 16);
    assert_eq!(on_disk.advances, nine.advances);
    Ok(())
}

/// However many steps a time loop has, the steps themselves allocate nothing; snapshots on disk neither.
#[test]
fn steps_of_a_time_loop_allocate_nothing() -> Outcome {
    let folder = tempfile::tempdir()?;
    for snapshots in [Snapshots::count(10), Snapshots::count(5).disk_count(folder.path(), 5)] {
        let (state, params) = ([0.5; 20], [0.3, 0.2]);
        let count = |steps| {
            allocations(|| checkpointed(steps, snapshots.clone(), &state, &params, &Oscillator, final_loss))
        };
        count(50).0?; // the thread's first
        let ((few, in_few), (many, in_many)) = (count(50), count(1_000));
        assert!(in_few > 0 && few?.report.snapshots == many?.report.snapshots);
        // Which slots lie on disk depends on the steps, and so how a list or two of them grow.
        assert!(in_few.abs_diff(in_many) < 5, "{in_few} in 50 steps, {in_many} in 1,000, {snapshots:?}");
    }
    Ok(())
}

/// Wherever a step fails or panics, the error names it and the folder is empty afterwards.
#[test]
fn steps_that_fail_leave_no_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let snapshots = || Snapshots::count(1).disk_count(folder.path(), 3);
    let whole = watch(&Watched::default(), 30, snapshots())?.report;
    assert!(whole.disk_bytes > 0);
    for wrong in 1..=(whole.advances + whole.recorded) as usize {
        let watched = Watched { wrong, ..Watched::default() };
        let failed = watch(&watched, 30, snapshots());
        let Err(CheckpointError::Step { k, why }) = failed else { panic!("{failed:?}") };
        assert_eq!(why, format!("no solution at {k}"));
        assert!(wrong > 29 || k == wrong - 1, "step {k} at evaluation {wrong}");
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);

        let watched = Watched { wrong, panics: true, ..Watched::default() };
        assert!(catch_unwind(AssertUnwindSafe(|| watch(&watched, 30, snapshots()))).is_err());
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    }
    Ok(())
}

#[test]
fn folders_that_are_not_there() {
    let watched = Watched::default();
    let failed = watch(&watched, 30, Snapshots::count(1).disk_count("/no/such/folder", 3));
    assert!(matches!(failed, Err(CheckpointError::File(_))), "{failed:?}");
    assert_eq!(watched.plain.get(), 0, "steps before the file was tried");
    // No snapshot has to lie there.
    assert!(watch(&watched, 30, Snapshots::count(30).disk_count("/no/such/folder", 3)).is_ok());
}

#[test]
fn no_snapshots() {
    let failed = watch(&Watched::default(), 30, 0.into());
    let Err(error @ CheckpointError::NoSnapshots) = failed else { panic!("{failed:?}") };
    assert!(error.to_string().contains("at least one"));
    // Without room for another state, the initial one is still there.
    let report = watch(&Watched::default(), 30, Snapshots::bytes(0)).map(|found| found.report);
    assert!(report.is_ok_and(|report| (report.snapshots, report.advances) == (1, 435)));
}

/// Puts a variable of another recording into the next state.
struct Stale(RefCell<Vec<Var>>);

impl TimeStep for Stale {
    type Error = Infallible;
    fn step<T: Scalar>(&self, _: usize, state: &[T], _: &[T], next: &mut [T]) -> Result<(), Infallible> {
        let stale: &dyn std::any::Any = &self.0.borrow()[0];
        match stale.downcast_ref::<T>() {
            Some(stale) => next[0] = if next.len() > 1 { *stale } else { state[0] * *stale },
            None => next[0] = state[0],
        }
        Ok(())
    }
}

#[test]
fn variables_of_another_recording() -> Outcome {
    let other = wengert_tape::Recorder::new().record(|s| s.input(2.0))?;
    let stale = Stale(RefCell::new(vec![other]));
    let given = checkpointed(5, 2, &[1.0, 2.0], &[], &stale, |last, _| last[0]);
    assert!(matches!(given, Err(CheckpointError::Sweep { k: 4, why: SweepError::Seed { .. } })), "{given:?}");
    let used = checkpointed(5, 2, &[1.0], &[], &stale, |last, _| last[0]);
    let foreign = |why: &RecordError| matches!(why, RecordError::ForeignVariable { .. });
    assert!(matches!(&used, Err(CheckpointError::Record { k: 4, why }) if foreign(why)), "{used:?}");
    let loss = checkpointed(5, 2, &[1.0], &[], &Oscillator, |_, _| other);
    assert!(matches!(loss, Err(CheckpointError::SweepLoss(_))), "{loss:?}");
    let loss = checkpointed(5, 2, &[1.0], &[], &Oscillator, |last, _| last[0] * other);
    assert!(matches!(loss, Err(CheckpointError::RecordLoss(_))), "{loss:?}");
    Ok(())
}

/// A file that may not grow further is what a full disk is. The limit is set by the shell, for a process of its own:
/// this test, run again.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk() -> Outcome {
    const FOLDER: &str = "WENGERT_TEST_FULL_DISK";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let state = vec![0.1; 1_000]; // 8,000 bytes: the third is past the limit
        let snapshots = Snapshots::count(1).disk_count(&folder, 9);
        let failed = checkpointed(100, snapshots, &state, &[0.5], &Watched::default(), |last, _| last[0]);
        let Err(CheckpointError::Snapshot { k, why }) = failed else { panic!("{failed:?}") };
        assert!(k > 0 && why.kind() == std::io::ErrorKind::FileTooLarge, "{k}: {why}");
        assert_eq!(std::fs::read_dir(folder)?.count(), 0);
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let again = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 40; exec \"$0\" --exact checkpoint::a_full_disk --nocapture"])
        .arg(std::env::current_exe()?)
        .env(FOLDER, folder.path())
        .output()?;
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(
        again.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&again.stderr)
    );
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}
