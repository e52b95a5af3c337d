//! Bytes as a source of random numbers: what a generator draws is what the fuzzer wrote, and a small edit of the bytes is a
//! small edit of what is generated. Behind their end come numbers that the length decides, so that no generator waits for ever.

use std::convert::Infallible;

use rand::{SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;

pub(crate) struct Choices<'a> {
    bytes: &'a [u8],
    after: ChaCha8Rng,
}

impl<'a> Choices<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, after: ChaCha8Rng::seed_from_u64(bytes.len() as u64) }
    }

    fn next<const N: usize>(&mut self) -> [u8; N] {
        let mut found = [0; N];
        let Ok(()) = self.try_fill_bytes(&mut found);
        found
    }
}

impl TryRng for Choices<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.next()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.next()))
    }

    fn try_fill_bytes(&mut self, found: &mut [u8]) -> Result<(), Infallible> {
        let (ours, rest) = self.bytes.split_at(self.bytes.len().min(found.len()));
        found[..ours.len()].copy_from_slice(ours);
        self.bytes = rest;
        self.after.try_fill_bytes(&mut found[ours.len()..])
    }
}
