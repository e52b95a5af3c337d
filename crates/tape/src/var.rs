//! The recording number as data: a value, and the node that it is. What it does is in `numbers/`, and how it is recorded in
//! `session/`.

use crate::tag::{RecordingId, Tag};

/// A number that records what is done with it.
///
/// It behaves like an `f64`: the same operators and the same methods, and every operation on it is written to
/// the tape of the recording that it belongs to. A `Var` made from a float is a constant: it belongs to no
/// recording, is valid in each and on every thread, and arithmetic on constants alone records nothing.
///
/// 16 bytes, `Copy`, `'static`, `Send + Sync`.
///
/// ```
/// use wengert::{Recorder, Var};
///
/// static TWO: Var = Var::constant(2.0);
/// let mut recorder = Recorder::new();
/// let (x, y) = recorder.record(|s| {
///     let x = s.input(3.0);
///     (x, TWO * x.sin() + 1.0)
/// })?;
/// assert_eq!(y.value(), 2.0 * 3.0_f64.sin() + 1.0);
/// assert_eq!(recorder.reverse(y)?.of(x)?, 2.0 * 3.0_f64.cos());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// An operator on a variable (not a constant) where its thread is not recording panics, with a message that
/// names the source line: there is no recording to carry the error.
#[derive(Clone, Copy)]
pub struct Var {
    value: f64,
    tag: Tag,
}

impl Var {
    /// A constant, valid everywhere.
    #[inline(always)]
    #[must_use]
    pub const fn constant(value: f64) -> Self {
        Self { value, tag: Tag::CONSTANT }
    }

    #[inline(always)]
    pub(crate) fn active(value: f64, tag: Tag) -> Self {
        Self { value, tag }
    }

    #[inline(always)]
    pub(crate) fn tag(self) -> Tag {
        self.tag
    }

    /// The recording that it belongs to; none of a constant.
    pub(crate) fn recording(self) -> Option<RecordingId> {
        self.tag.recording()
    }

    /// The node's index in its recording.
    pub(crate) fn index(self) -> usize {
        self.tag.index()
    }

    /// The plain value, without a [read](Var::value): for code that records on its user's behalf and does nothing else with the
    /// value.
    #[inline(always)]
    #[must_use]
    pub const fn plain(self) -> f64 {
        self.value
    }

    /// Whether this number belongs to no recording.
    #[inline(always)]
    #[must_use]
    pub const fn is_constant(self) -> bool {
        self.tag.is_constant()
    }

    /// Plain values of operands. Not by `map`, which takes the compiler long in each of the rows.
    #[inline(always)]
    pub(crate) fn plains<const A: usize>(x: [Self; A]) -> [f64; A] {
        let mut plain = [0.0; A];
        for (plain, x) in plain.iter_mut().zip(x) {
            *plain = x.plain();
        }
        plain
    }
}

/// What a sweep that is recorded computes with: a variable whose operations are calls of functions.
///
/// [`Var`] is made to be inlined where a user writes an operation. A sweep has every row's rule in it: with every
/// operation of every rule inlined it would be megabytes of code, compiled for minutes, to record what takes no time.
#[derive(Clone, Copy, Debug)]
pub struct Recorded(pub Var);

const _: () = assert!(size_of::<Var>() == 16);
const _: () = {
    const fn kept_anywhere<T: Copy + Send + Sync + 'static>() {}
    kept_anywhere::<Var>();
};
