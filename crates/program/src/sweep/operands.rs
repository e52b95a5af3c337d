//! Operands of rows of any number of these, in the slots of a run.

use wengert_ops::Operands;

/// Operands of a variadic node, in slots.
#[allow(clippy::struct_field_names)] // what they are called everywhere
pub(super) struct SlotOperands<'a, T> {
    pub(super) values: &'a [T],
    pub(super) slots: &'a [u32],
    /// The node's data.
    pub(super) data: &'a [f64],
}

impl<T: Copy> Operands<T> for SlotOperands<'_, T> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.slots.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> T {
        self.values[self.slots[k] as usize]
    }
    #[inline(always)]
    fn halves(&self) -> (impl Operands<T>, impl Operands<T>) {
        let (a, b) = self.slots.split_at(self.slots.len() / 2);
        (SlotOperands { slots: a, ..*self }, SlotOperands { slots: b, ..*self })
    }
    #[inline(always)]
    fn data(&self) -> &[f64] {
        self.data
    }
}

/// Operands of a variadic node that follow one another in the slots, of two halves those of each; of a row that reads no data.
pub(super) struct Follow<'a, T> {
    pub(super) a: &'a [T],
    pub(super) b: &'a [T],
}

impl<'a, T> Follow<'a, T> {
    pub(super) fn of(values: &'a [T], (a, b): (&[u32], &[u32])) -> Self {
        let part = |slots: &[u32]| slots.first().map_or(&[][..], |k| &values[*k as usize..][..slots.len()]);
        Self { a: part(a), b: part(b) }
    }
}

impl<T: Copy> Operands<T> for Follow<'_, T> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.a.len() + self.b.len()
    }
    #[inline(always)]
    fn get(&self, k: usize) -> T {
        self.a.get(k).copied().unwrap_or_else(|| self.b[k - self.a.len()])
    }
    #[inline(always)]
    fn halves(&self) -> (impl Operands<T>, impl Operands<T>) {
        (self.a, self.b)
    }
}
