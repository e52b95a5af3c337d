//! Recordings against panics, other threads, threads that end, and leaks.
//!
//! A recording cannot be left open: it lives for one call of [`Recorder::record`], whose frame holds the guard that
//! takes it off the thread again, on unwinding too. User code is below that frame and never owns the guard, so it
//! cannot forget it, keep it, move it or end two out of order; what it does own are recorders, tapes, workspaces
//! and variables. The recorder itself is borrowed for the call, so that its own closure can neither drop nor
//! replace it. What is left to try is here.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::process::Command;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread;

use wengert_tape::{RecordError, Recorder, Tape, Var, Workspace};

use crate::common::{assert_reusable, recording};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// `x³` at `x`, recorded: the input and the result.
fn cube(recorder: &mut Recorder, x: f64) -> Result<(Var, Var), RecordError> {
    recorder.record(|s| {
        let x = s.input(x);
        (x, x * x * x)
    })
}

/// What a thread gave, its panic handed on.
fn joined<T>(thread: thread::JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}

/// A panic's message.
fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    payload.downcast_ref::<String>().map_or("", |message| message)
}

fn no_recording(line: u32, found: u32) -> (String, String) {
    let said = format!(
        ": a variable of recording {found} was used on a thread that is not recording; take its plain value with \
         `value()` after the recording, and to record on several threads give each its own recording"
    );
    (format!("{}:{line}:", file!()), said)
}

// ---- panics ---------------------------------------------------------------------------------------------------

/// Records `x³` at `x = depth` in the first recorder with the others nested in it; the innermost closure panics,
/// and the one at `depth == catch` catches that. Gives `3x²` of this recording.
fn nest(recorders: &mut [Recorder], depth: usize, catch: usize) -> f64 {
    let Some((recorder, inner)) = recorders.split_first_mut() else { panic!("below depth {depth}") };
    let recorded = recorder.record(|s| {
        let x = s.input(depth as f64);
        let square = x * x;
        if inner.is_empty() {
            panic!("at depth {depth}");
        } else if depth == catch {
            let caught = catch_unwind(AssertUnwindSafe(|| nest(inner, depth + 1, catch)));
            assert!(caught.is_err(), "no panic reached depth {depth}");
        } else {
            let slope = nest(inner, depth + 1, catch);
            assert_eq!(slope, 3.0 * ((depth + 1) * (depth + 1)) as f64);
        }
        // What follows stands on the same recording as what was before.
        (x, square * x)
    });
    let (x, f) = recorded.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recorder.tape().len(), 3);
    let adjoints = recorder.reverse(f).unwrap_or_else(|error| panic!("{error}"));
    adjoints.of(x).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_panic_in_a_nested_recording_leaves_the_outer_ones_as_they_were() {
    for depth in 1..=5 {
        let mut recorders: Vec<_> = (0..depth).map(|_| Recorder::new()).collect();
        for catch in 0..depth {
            // Depths are counted from 1; `catch` 0 is outside of all of them.
            let slope = catch_unwind(AssertUnwindSafe(|| nest(&mut recorders, 1, catch)));
            match &slope {
                Ok(slope) => assert_eq!((catch > 0, *slope), (true, 3.0)),
                Err(payload) => assert_eq!((catch, message(&**payload)), (0, &*format!("at depth {depth}"))),
            }
            for (k, recorder) in recorders.iter_mut().enumerate() {
                // What was recorded before the panic is there to be read.
                let nodes = if k < catch { 3 } else { 2 };
                assert_eq!((recorder.tape().len(), recorder.tape().verify()), (nodes, Ok(())), "depth {k}");
                assert_eq!(recorder.workspace().values()[..2], [(k + 1) as f64, ((k + 1) * (k + 1)) as f64]);
                assert_reusable(recorder);
            }
        }
    }
}

#[test]
fn what_was_recorded_before_a_panic_can_be_swept() -> Outcome {
    let mut recorder = Recorder::new();
    let mut kept = None;
    let caught = catch_unwind(AssertUnwindSafe(|| {
        recorder.record(|s| {
            let x = s.input(3.0);
            kept = Some((x, x * x));
            panic!("after the square");
        })
    }));
    assert!(caught.is_err());
    let Some((x, square)) = kept else { panic!("nothing was kept") };
    assert_eq!(recorder.reverse(square)?.of(x)?, 6.0);
    assert_reusable(&mut recorder);
    Ok(())
}

/// A panic half-way through an iterator's sum, which has gathered numbers but recorded no node.
#[test]
fn a_panic_in_an_iterator_that_is_summed() -> Outcome {
    let mut recorder = Recorder::new();
    let (x, f) = recorder.record(|s| {
        let x = s.input(3.0);
        for stop in 0..3 {
            let caught = catch_unwind(|| {
                let terms = (0..3).map(|k| if k == stop { panic!("term {k}") } else { x * f64::from(k) });
                terms.sum::<Var>().value()
            });
            assert_eq!(caught.map_err(|payload| message(&*payload).to_owned()), Err(format!("term {stop}")));
        }
        (x, (0..4).map(|k| x * f64::from(k)).sum::<Var>() * x)
    })?;
    assert_eq!(recorder.tape().verify(), Ok(()));
    assert_eq!((f.value(), recorder.reverse(f)?.of(x)?), (54.0, 36.0));
    Ok(())
}

/// The panic's payload may own a recorder: it leaves the outer recording that way, whole.
#[test]
fn a_recorder_thrown_out_of_an_outer_recording() -> Outcome {
    let mut outer = Recorder::new();
    let thrown = catch_unwind(AssertUnwindSafe(|| {
        outer.record(|s| {
            let _ = s.input(1.0) * 2.0;
            let mut inner = Recorder::new();
            let recorded = cube(&mut inner, 2.0);
            panic_any((inner, recorded));
        })
    }));
    let Err(payload) = thrown else { panic!("nothing was thrown") };
    let Ok(payload) = payload.downcast::<(Recorder, Result<(Var, Var), RecordError>)>() else {
        panic!("another panic")
    };
    let (mut inner, recorded) = *payload;
    let (x, f) = recorded?;
    assert_eq!(inner.reverse(f)?.of(x)?, 12.0);
    assert_eq!(outer.tape().len(), 2);
    assert_reusable(&mut outer);
    Ok(())
}

// ---- other threads ----------------------------------------------------------------------------------------------

#[test]
fn a_finished_recording_is_swept_and_dropped_on_another_thread() -> Outcome {
    let mut recorder = Recorder::new();
    let (x, f) = cube(&mut recorder, 3.0)?;
    // The recorder there and back: a sweep there, a recording there, a sweep here.
    let moved = thread::spawn(move || {
        let slope = recorder.reverse(f).map(|adjoints| adjoints.of(x));
        (slope, cube(&mut recorder, 2.0), recorder)
    });
    let (slope, recorded, mut recorder) = joined(moved);
    assert_eq!(slope, Ok(Ok(27.0)));
    let (x, f) = recorded?;
    assert_eq!(recorder.reverse(f)?.of(x)?, 12.0);
    assert_reusable(&mut recorder);

    // Tape and workspace, taken out.
    cube(&mut recorder, 4.0)?;
    let (tape, mut workspace): (Tape, Workspace) = recorder.into_recording();
    let swept = thread::spawn(move || {
        let last = tape.nodes().last().unwrap_or_else(|| panic!("an empty tape"));
        tape.reverse(&mut workspace, &[(last, 1.0)]).map(|()| workspace.adjoints().to_vec())
    });
    assert_eq!(joined(swept)?, [48.0, 4.0, 1.0]);
    Ok(())
}

/// One tape for all threads, a workspace for each; also while the thread that recorded it records again.
#[test]
fn a_tape_is_shared_between_threads() -> Outcome {
    let mut recorder = Recorder::new();
    cube(&mut recorder, 3.0)?;
    let (tape, workspace) = recorder.into_recording();
    let tape = Arc::new(tape);
    let sweeps: Vec<_> = (1..=4)
        .map(|weight| {
            let (tape, mut workspace) = (Arc::clone(&tape), workspace.clone());
            thread::spawn(move || {
                let last = tape.nodes().last().unwrap_or_else(|| panic!("an empty tape"));
                tape.reverse(&mut workspace, &[(last, f64::from(weight))]).map(|()| workspace.adjoints()[0])
            })
        })
        .collect();
    let mut another = Recorder::new();
    let (x, f) = cube(&mut another, 2.0)?;
    for (weight, sweep) in (1..=4).zip(sweeps) {
        assert_eq!(joined(sweep)?, 27.0 * f64::from(weight));
    }
    assert_eq!(another.reverse(f)?.of(x)?, 12.0);
    Ok(())
}

/// `Σ k·xₖ²` with a nested recording between the terms: on each thread the gradient is `2k·xₖ`, exactly.
#[test]
fn eight_threads_record_at_once() {
    const THREADS: usize = 8;
    let barrier = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || -> Result<Vec<u32>, String> {
                let (mut outer, mut inner) = (Recorder::new(), Recorder::new());
                let mut numbers = Vec::new();
                for round in 0..4 {
                    let point: Vec<f64> = (0..20 + round).map(|k| (thread * 100 + k) as f64).collect();
                    let f = outer.record(|s| {
                        let x = s.inputs(point.as_slice());
                        numbers.push(recording(x[0]));
                        // Every thread is in the middle of its recording here.
                        barrier.wait();
                        let terms = x.iter().enumerate().map(|(k, x)| {
                            if k % 7 == thread % 7 {
                                let at = k as f64;
                                let nested = cube(&mut inner, at).map_err(|error| error.to_string());
                                let slope = nested.map(|(u, g)| {
                                    numbers.push(recording(u));
                                    inner.reverse(g).map(|adjoints| adjoints.of(u))
                                });
                                assert_eq!(slope, Ok(Ok(Ok(3.0 * at * at))));
                                thread::yield_now();
                            }
                            k as f64 * *x * *x
                        });
                        terms.sum::<Var>()
                    });
                    let f = f.map_err(|error| error.to_string())?;
                    let gradient = outer.reverse(f).map_err(|error| error.to_string())?;
                    for (k, (slope, x)) in gradient.inputs().zip(&point).enumerate() {
                        assert_eq!(slope, 2.0 * k as f64 * x, "thread {thread}, round {round}, input {k}");
                    }
                }
                Ok(numbers)
            })
        })
        .collect();
    // No two recordings of the process have one number.
    let mut numbers = Vec::new();
    for thread in threads {
        numbers.extend(joined(thread).unwrap_or_else(|error| panic!("{error}")));
    }
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!((numbers.len(), numbers.contains(&0)), (count, false));
}

#[test]
fn a_variable_on_another_thread_while_its_recording_is_active() -> Outcome {
    let mut recorder = Recorder::new();
    let (x, f) = recorder.record(|s| {
        let x = s.input(3.0);
        let square = x * x;
        thread::scope(|scope| {
            // Where nothing records: the one panic by design.
            let (line, used) = (line!(), scope.spawn(move || (x * 2.0).value()));
            let Err(payload) = used.join() else { panic!("an operator on a thread that does not record") };
            let (begins, ends) = no_recording(line, recording(x));
            let said = message(&*payload);
            assert!(said.starts_with(&begins) && said.ends_with(&ends), "{said}");

            // Where another recording is active: that one's error, with both numbers and the line.
            let used = scope.spawn(|| {
                let (mut line, mut here) = (0, 0);
                let error = Recorder::new().record(|t| {
                    let u = t.input(2.0);
                    here = recording(u);
                    let product;
                    (line, product) = (line!(), u * square);
                    product.value()
                });
                (line, here, error)
            });
            let (line, here, error) = used.join().unwrap_or_else(|payload| resume_unwind(payload));
            let Err(RecordError::ForeignVariable { found, active, at }) = error else { panic!("{error:?}") };
            assert_eq!((found, active, at.line), (recording(x), here, line));
            assert_eq!(at.file, file!());
        });
        // This recording goes on as if nothing had been.
        (x, square * x)
    })?;
    assert_eq!((recorder.tape().len(), recorder.reverse(f)?.of(x)?), (3, 27.0));
    Ok(())
}

/// A recorder whose recording is behind a lock, and a panic that poisons it.
#[test]
fn a_recorder_behind_a_poisoned_lock() -> Outcome {
    let shared = Arc::new(Mutex::new(Recorder::new()));
    let there = Arc::clone(&shared);
    let panicked = thread::spawn(move || {
        let mut recorder = there.lock().unwrap_or_else(PoisonError::into_inner);
        drop(recorder.record(|s| -> Var { panic!("with {} on the tape", s.input(1.0)) }));
    });
    let Err(payload) = panicked.join() else { panic!("no panic") };
    assert_eq!(message(&*payload), "with 1 on the tape");
    assert!(shared.is_poisoned());
    let mut recorder = shared.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(recorder.tape().len(), 1);
    let (x, f) = cube(&mut recorder, 3.0)?;
    assert_eq!(recorder.reverse(f)?.of(x)?, 27.0);
    Ok(())
}

// ---- threads that end -------------------------------------------------------------------------------------------

/// What a thread-local's destructor found.
struct Found {
    recorded: Result<f64, RecordError>,
    value: f64,
    product: f64,
    panic: String,
}

/// Records, and uses a variable of a finished recording, when its thread ends.
struct AtEnd(RefCell<Option<(Recorder, Var, Sender<Found>)>>);

impl AtEnd {
    fn set(&self, sender: Sender<Found>) -> Result<(), RecordError> {
        let mut recorder = Recorder::new();
        let (x, _) = cube(&mut recorder, 2.0)?;
        *self.0.borrow_mut() = Some((recorder, x, sender));
        Ok(())
    }
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        let Some((mut recorder, stale, sender)) = self.0.take() else { return };
        let mut value = 0.0;
        let recorded = recorder.record(|s| {
            let x = s.input(3.0);
            let f = x * x;
            value = f.value();
            (x, f)
        });
        let recorded = recorded.map(|(x, f)| {
            let slope = recorder.reverse(f).map(|adjoints| adjoints.of(x));
            slope.map_or(f64::NAN, |slope| slope.unwrap_or(f64::NAN))
        });
        let panic = match catch_unwind(|| (stale * stale).value()) {
            Ok(value) => format!("{value}, no panic"),
            Err(payload) => message(&*payload).to_owned(),
        };
        let product = (Var::constant(2.0) * Var::constant(4.0) + 1.0).value();
        drop(sender.send(Found { recorded, value, product, panic }));
    }
}

thread_local! {
    static EARLY: AtEnd = const { AtEnd(RefCell::new(None)) };
    static LATE: AtEnd = const { AtEnd(RefCell::new(None)) };
}

/// Destructors run before or after those of the library's own thread-locals: whichever it is, a recording there
/// is right, or it is an error and its numbers are plain.
#[test]
fn recording_in_the_destructors_of_a_threads_locals() {
    let (sender, found) = channel();
    joined(thread::spawn(move || -> Result<(), RecordError> {
        // One local that the thread touches before it records for the first time, one after.
        EARLY.with(|early| drop(early.0.take()));
        cube(&mut Recorder::new(), 1.0)?;
        EARLY.with(|early| early.set(sender.clone()))?;
        LATE.with(|late| late.set(sender))
    }))
    .unwrap_or_else(|error| panic!("{error}"));
    let found: Vec<Found> = found.iter().collect();
    assert_eq!(found.len(), 2);
    for Found { recorded, value, product, panic } in found {
        match recorded {
            Ok(slope) => assert_eq!(slope, 6.0),
            Err(error) => {
                let RecordError::Displaced { number } = error else { panic!("{error}") };
                let said = format!("recording {number} did not end where it began; what it recorded is lost");
                assert_eq!(error.to_string(), said);
            }
        }
        assert_eq!((value, product), (9.0, 9.0));
        assert!(panic.contains("was used on a thread that is not recording"), "{panic}");
    }
}

/// Prints what an operator does, when its thread ends.
struct Shout(&'static str, RefCell<Option<Var>>);

impl Drop for Shout {
    fn drop(&mut self) {
        let Some(x) = self.1.take() else { return };
        match catch_unwind(|| x * x) {
            Ok(y) => println!("{}: recorded {}", self.0, y.value()),
            Err(payload) => println!("{}: {}", self.0, message(&*payload)),
        }
    }
}

thread_local! {
    static FIRST: Shout = const { Shout("first", RefCell::new(None)) };
    static LAST: Shout = const { Shout("last", RefCell::new(None)) };
}

/// `exit` is the one way out of a closure without unwinding: destructors of thread-locals then run while the
/// recording is active, some of them after those of the library.
#[test]
fn a_process_that_exits_inside_a_recording() -> Outcome {
    const CHILD: &str = "WENGERT_TEST_EXITS";
    if std::env::var_os(CHILD).is_some() {
        // Touched before anything is recorded.
        FIRST.with(|first| assert!(first.1.take().is_none()));
        let ended = Recorder::new().record(|s| {
            let x = s.input(3.0);
            FIRST.with(|first| *first.1.borrow_mut() = Some(x));
            LAST.with(|last| *last.1.borrow_mut() = Some(x));
            std::process::exit(i32::from(x < 1.0))
        });
        return ended.map_err(Into::into);
    }
    let name = "threads::a_process_that_exits_inside_a_recording";
    let child = Command::new(std::env::current_exe()?)
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()?;
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{}: {said}\n{}", child.status, String::from_utf8_lossy(&child.stderr));
    // Whether and in which order they run is the platform's; what they may find is not.
    let mut destroyed = 0;
    for line in said.lines().filter(|line| line.starts_with("first:") || line.starts_with("last:")) {
        destroyed += 1;
        let legal =
            line.ends_with(": recorded 9") || line.contains("was used on a thread that is not recording");
        assert!(legal, "{line}");
    }
    assert!(destroyed == 2 || !cfg!(all(target_os = "linux", target_env = "gnu")), "{said}");
    Ok(())
}

// ---- leaks and odd orders ---------------------------------------------------------------------------------------

// Functions whose names say `deliberate_leak` are what `scripts/valgrind` excuses from its leak check: all of what
// is allocated below them may be lost, nothing else.

/// Owns itself, and a recorder.
struct Cycle {
    _owned: Recorder,
    itself: RefCell<Option<Rc<Cycle>>>,
}

#[test]
fn recorders_and_recordings_that_are_leaked() -> Outcome {
    fn deliberate_leak() -> Result<(Var, &'static mut Recorder), RecordError> {
        let mut forgotten = Recorder::new();
        let (x, _) = cube(&mut forgotten, 2.0)?;
        std::mem::forget(forgotten);

        let mut taken_apart = Recorder::new();
        cube(&mut taken_apart, 2.0)?;
        std::mem::forget(taken_apart.into_recording());

        // A closure that owns a recorder, and a cycle that does.
        let owned = Recorder::new();
        std::mem::forget(move || drop(owned));
        let cycle = Rc::new(Cycle { _owned: Recorder::new(), itself: RefCell::new(None) });
        *cycle.itself.borrow_mut() = Some(Rc::clone(&cycle));

        Ok((x, Box::leak(Box::new(Recorder::new()))))
    }
    fn deliberate_leak_of<T>(handle: &T) -> &mut &T {
        Box::leak(Box::new(handle))
    }
    let mut outer = Recorder::new();
    let (mut leaked, mut kept) = (None, Vec::new());
    let (x, f) = outer.record(|s| {
        let x = s.input(3.0);
        let square = x * x;
        leaked = deliberate_leak().ok();
        // The handle of this very recording may be leaked: it is a reference.
        let _ = deliberate_leak_of(s);
        kept.push(square);
        (x, square * x)
    })?;
    assert_eq!((outer.tape().len(), outer.reverse(f)?.of(x)?), (3, 27.0));
    let Some((stale, recorder)) = leaked else { panic!("nothing was leaked") };
    assert!(outer.record(|s| (s.input(1.0) * stale).value()).is_err());
    assert_reusable(recorder);
    assert_reusable(&mut outer);
    Ok(())
}

/// A thread that stays inside its recording for ever: the recording is leaked together with its thread.
#[test]
fn a_recording_that_never_ends() {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        Recorder::new().record(|s| {
            let x = s.input(3.0);
            let _ = sender.send((x, x * x));
            loop {
                thread::park();
            }
        })
    });
    let (x, square) = receiver.recv().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(square.value(), 9.0);
    assert!(catch_unwind(|| (x * square).value()).is_err());
    let mut recorder = Recorder::new();
    let mut here = 0;
    let error = recorder.record(|s| {
        here = recording(s.input(1.0));
        (square * 2.0).value()
    });
    let Err(RecordError::ForeignVariable { found, active, .. }) = error else { panic!("{error:?}") };
    assert_eq!((found, active), (recording(x), here));
    assert_reusable(&mut recorder);
}

/// Recorders dropped, returned, swapped and replaced while recordings of others are active.
#[test]
fn recorders_that_come_and_go_in_odd_orders() -> Outcome {
    let (mut first, mut second) = (Recorder::new(), Recorder::new());
    let mut dropped = Recorder::new();
    cube(&mut dropped, 5.0)?;
    let (x, f, mut returned, (y, g)) = first.record(|s| {
        let x = s.input(3.0);
        let mut returned = Recorder::new();
        let mut third = Recorder::new();
        let nested = second.record(|t| {
            let u = t.input(4.0);
            // Made outside of both, dropped inside of both.
            drop(dropped);
            // Made inside of one, recorded inside of two, returned out of both.
            let pair = cube(&mut returned, 2.0);
            let innermost = third.record(|r| {
                let w = r.input(1.0);
                drop(Recorder::new());
                w + w
            });
            assert!(innermost.is_ok());
            drop(third);
            pair.map(|pair| (u, u * u, pair))
        });
        let (u, square, pair) = nested.and_then(|inner| inner).unwrap_or_else(|error| panic!("{error}"));
        // Variables follow the recording, not the place that it was made at.
        let mut other = Recorder::new();
        assert_reusable(&mut other);
        std::mem::swap(&mut second, &mut other);
        assert!(second.reverse(square).is_err());
        let slope = other.reverse(square).map(|adjoints| adjoints.of(u));
        assert_eq!(slope, Ok(Ok(8.0)));
        drop(std::mem::replace(&mut second, other));
        (x, x * x * x, returned, pair)
    })?;
    assert_eq!(first.reverse(f)?.of(x)?, 27.0);
    // The outer recording's own recorder goes first; the nested one's is as good as before.
    drop(first);
    assert_eq!(returned.reverse(g)?.of(y)?, 12.0);
    drop(second);
    assert_reusable(&mut returned);
    Ok(())
}

/// A recorder that is reached again from its own closure: the cell it must be in finds that.
#[test]
fn a_recorder_reached_from_its_own_closure() -> Outcome {
    let shared = Rc::new(RefCell::new(Recorder::new()));
    let again = Rc::clone(&shared);
    let (x, f) = shared.borrow_mut().record(move |s| {
        let x = s.input(3.0);
        assert!(again.try_borrow_mut().is_err());
        // Not the last owner: the recorder stays.
        drop(again);
        (x, x * x)
    })?;
    assert_eq!(shared.borrow_mut().reverse(f)?.of(x)?, 6.0);
    Ok(())
}
