//! What a variable does, as numbers do: its own methods and operators, and the traits of other crates.

mod var;
mod foreign;
