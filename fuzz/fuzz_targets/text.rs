//! Any text: a well-formed tape that prints as it reads, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| wengert_fuzz::text(text));
