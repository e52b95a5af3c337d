//! What the tests of recordings share.

use wengert_tape::{Recorder, Var};

/// The number of the recording that a variable belongs to, which its `Debug` alone shows.
pub(crate) fn recording(v: Var) -> u32 {
    let shown = format!("{v:?}");
    let number = shown.trim_end_matches(')').rsplit(' ').next().and_then(|n| n.parse().ok());
    number.unwrap_or_else(|| panic!("{shown} names no recording"))
}

/// A recorder is as good as new: x·y + 2x at (3, −4).
#[track_caller]
pub(crate) fn assert_reusable(recorder: &mut Recorder) {
    let f = recorder.record(|s| {
        let (x, y) = (s.input(3.0), s.input(-4.0));
        x * y + 2.0 * x
    });
    let f = f.unwrap_or_else(|error| panic!("the next recording fails: {error}"));
    assert_eq!(f.value(), -6.0);
    let adjoints = recorder.reverse(f).unwrap_or_else(|error| panic!("the next sweep fails: {error}"));
    assert_eq!(adjoints.inputs().collect::<Vec<_>>(), [-2.0, 3.0]);
}
