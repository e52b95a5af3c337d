//! Sets of colours: a word for the first 64, and more where they are needed.

/// A set of colours, 16 bytes as long as there are no more than 64.
#[derive(Clone, Debug, Default)]
pub(crate) struct Colors {
    low: u64,
    #[allow(clippy::box_collection)] // most sets have none: a pointer instead of three
    high: Option<Box<Vec<u64>>>,
}

impl Colors {
    pub(crate) fn clear(&mut self) {
        self.low = 0;
        if let Some(high) = &mut self.high {
            high.clear();
        }
    }

    fn high(&self) -> &[u64] {
        self.high.as_deref().map_or(&[], Vec::as_slice)
    }

    #[inline]
    pub(crate) fn contains(&self, color: u32) -> bool {
        let (word, bit) = (color as usize / 64, color % 64);
        let word = if word == 0 { Some(&self.low) } else { self.high().get(word - 1) };
        word.is_some_and(|word| word >> bit & 1 == 1)
    }

    #[inline]
    pub(crate) fn insert(&mut self, color: u32) {
        let (word, bit) = (color as usize / 64, color % 64);
        if word == 0 {
            self.low |= 1 << bit;
        } else {
            let high = self.high.get_or_insert_default();
            high.resize(high.len().max(word), 0);
            high[word - 1] |= 1 << bit;
        }
    }

    /// Adds the colours of another set.
    #[inline]
    pub(crate) fn extend(&mut self, other: &Self) {
        self.low |= other.low;
        if !other.high().is_empty() {
            let high = self.high.get_or_insert_default();
            high.resize(high.len().max(other.high().len()), 0);
            for (word, other) in high.iter_mut().zip(other.high()) {
                *word |= other;
            }
        }
    }

    /// The first colour that is not there.
    #[inline]
    pub(crate) fn first_absent(&self) -> u32 {
        if self.low != u64::MAX {
            return self.low.trailing_ones();
        }
        let high = self.high();
        let full = high.iter().take_while(|word| **word == u64::MAX).count();
        64 * (full as u32 + 1) + high.get(full).map_or(0, |word| word.trailing_ones())
    }
}

#[cfg(test)]
mod tests {
    use super::Colors;

    #[test]
    fn colours_beyond_the_first_word() {
        let (mut a, mut b) = (Colors::default(), Colors::default());
        (0..200).filter(|c| c % 2 == 0).for_each(|c| a.insert(c));
        (0..150).filter(|c| c % 2 == 1).for_each(|c| b.insert(c));
        assert_eq!((a.first_absent(), b.first_absent()), (1, 0));
        assert!(a.contains(198) && !a.contains(199) && !a.contains(10_000));
        b.extend(&a);
        assert_eq!(b.first_absent(), 151);
        b.clear();
        assert_eq!(b.first_absent(), 0);
        assert!(!b.contains(64));
        (0..128).for_each(|c| b.insert(c));
        assert_eq!(b.first_absent(), 128);
    }
}
