//! Operands of operations that take any number of them, read by index wherever they lie.

use core::marker::PhantomData;

/// Operands of a variadic operation, read by index: a slice, two slices, or values gathered from a tape.
pub trait Operands<T> {
    /// How many there are.
    fn len(&self) -> usize;
    /// Operand `k < len()`.
    fn get(&self, k: usize) -> T;
    /// Four operands after four others, as far as there are four.
    #[inline(always)]
    fn fours(&self) -> impl Iterator<Item = [T; 4]> {
        (0..self.len() / 4).map(|k| core::array::from_fn(|lane| self.get(4 * k + lane)))
    }
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Whether reading an operand is no more than reading memory, so that it may be done at any time. Where it runs
    /// code (which may record), operands are gathered first.
    fn in_memory(&self) -> bool {
        false
    }
    /// The first half and the second, of an even number of operands.
    fn halves(&self) -> (impl Operands<T>, impl Operands<T>) {
        let half = self.len() / 2;
        (Stretch { whole: self, first: 0, len: half }, Stretch { whole: self, first: half, len: half })
    }
    /// Hands all operands to `f` in order, in slices of whatever lengths they lie in.
    #[inline]
    fn slices(&self, mut f: impl FnMut(&[T])) {
        for k in 0..self.len() {
            f(&[self.get(k)]);
        }
    }
    /// The data of a row that reads data ([`Info::data`](crate::Info::data)): plain numbers, one for each operand, which have no
    /// derivative. None for all other rows.
    #[inline(always)]
    fn data(&self) -> &[f64] {
        &[]
    }
}

/// Operands in a slice, and as many data: what a row that reads data is given.
///
/// ```
/// use wengert::ops::{Real, WithData, rows};
///
/// let x = WithData::new(&[1.0, 2.0], &[10.0, 0.5]).unwrap();
/// assert_eq!(f64::variadic::<rows::WeightedSum>(&x), 11.0);
/// assert!(WithData::new(&[1.0], &[]).is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WithData<'a, T> {
    x: &'a [T],
    data: &'a [f64],
}

impl<'a, T> WithData<'a, T> {
    /// `None` where the lengths differ.
    #[inline]
    #[must_use]
    pub fn new(x: &'a [T], data: &'a [f64]) -> Option<Self> {
        (x.len() == data.len()).then_some(Self { x, data })
    }
}

impl<T: Copy> Operands<T> for WithData<'_, T> {
    #[inline]
    fn len(&self) -> usize {
        self.x.len()
    }
    #[inline]
    fn get(&self, k: usize) -> T {
        self.x[k]
    }
    #[inline(always)]
    fn fours(&self) -> impl Iterator<Item = [T; 4]> {
        self.x.as_chunks().0.iter().copied()
    }
    #[inline]
    fn in_memory(&self) -> bool {
        true
    }
    #[inline]
    fn slices(&self, mut f: impl FnMut(&[T])) {
        f(self.x);
    }
    #[inline(always)]
    fn data(&self) -> &[f64] {
        self.data
    }
}

/// Some operands in a row of others.
struct Stretch<'a, X: ?Sized> {
    whole: &'a X,
    first: usize,
    len: usize,
}

impl<T, X: Operands<T> + ?Sized> Operands<T> for Stretch<'_, X> {
    #[inline]
    fn len(&self) -> usize {
        self.len
    }
    #[inline]
    fn get(&self, k: usize) -> T {
        self.whole.get(self.first + k)
    }
}

/// Operands of which something else is read, such as their values.
pub(crate) struct Mapped<'a, X, S, G> {
    whole: &'a X,
    f: G,
    operand: PhantomData<fn(S)>,
}

impl<'a, X: Operands<S>, S, G> Mapped<'a, X, S, G> {
    pub(crate) fn new<T>(whole: &'a X, f: G) -> Self
    where
        G: Fn(S) -> T,
    {
        Self { whole, f, operand: PhantomData }
    }
}

impl<S, T, X: Operands<S>, G: Fn(S) -> T + Copy> Operands<T> for Mapped<'_, X, S, G> {
    #[inline]
    fn len(&self) -> usize {
        self.whole.len()
    }
    #[inline]
    fn get(&self, k: usize) -> T {
        (self.f)(self.whole.get(k))
    }
    #[inline]
    fn halves(&self) -> (impl Operands<T>, impl Operands<T>) {
        let (a, b) = self.whole.halves();
        let operand = PhantomData::<fn(S)>;
        (MappedHalf { half: a, f: self.f, operand }, MappedHalf { half: b, f: self.f, operand })
    }
    #[inline]
    fn data(&self) -> &[f64] {
        self.whole.data()
    }
}

/// The same of operands that it holds.
struct MappedHalf<X, S, G> {
    half: X,
    f: G,
    operand: PhantomData<fn(S)>,
}

impl<S, T, X: Operands<S>, G: Fn(S) -> T> Operands<T> for MappedHalf<X, S, G> {
    #[inline]
    fn len(&self) -> usize {
        self.half.len()
    }
    #[inline]
    fn get(&self, k: usize) -> T {
        (self.f)(self.half.get(k))
    }
}

impl<T: Copy> Operands<T> for &[T] {
    #[inline]
    fn len(&self) -> usize {
        <[T]>::len(self)
    }
    #[inline]
    fn get(&self, k: usize) -> T {
        self[k]
    }
    #[inline(always)]
    fn fours(&self) -> impl Iterator<Item = [T; 4]> {
        self.as_chunks().0.iter().copied()
    }
    #[inline]
    fn in_memory(&self) -> bool {
        true
    }
    #[inline]
    fn slices(&self, mut f: impl FnMut(&[T])) {
        f(self);
    }
}

/// Two slices of one length, read one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Halves<'a, T> {
    a: &'a [T],
    b: &'a [T],
}

impl<'a, T> Halves<'a, T> {
    /// `None` where the lengths differ.
    #[inline]
    #[must_use]
    pub fn new(a: &'a [T], b: &'a [T]) -> Option<Self> {
        (a.len() == b.len()).then_some(Self { a, b })
    }
}

impl<T: Copy> Operands<T> for Halves<'_, T> {
    #[inline]
    fn len(&self) -> usize {
        self.a.len() + self.b.len()
    }
    #[inline]
    fn get(&self, k: usize) -> T {
        if k < self.a.len() { self.a[k] } else { self.b[k - self.a.len()] }
    }
    #[inline]
    fn halves(&self) -> (impl Operands<T>, impl Operands<T>) {
        (self.a, self.b)
    }
    #[inline]
    fn in_memory(&self) -> bool {
        true
    }
    #[inline]
    fn slices(&self, mut f: impl FnMut(&[T])) {
        f(self.a);
        f(self.b);
    }
}
