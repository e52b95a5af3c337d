//! Any bytes, as they are and with a header that is right: a verified program that is written as it was read, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| wengert_fuzz::binary(bytes));
