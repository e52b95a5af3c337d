//! Any bytes as the choices of a generator of programs: every mode gives what dual numbers give.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| wengert_fuzz::modes(bytes));
