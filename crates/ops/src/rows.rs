//! One zero-sized type for each row of the table, which stands for the operation where a type is asked for.
//!
//! The types stand apart from their [rules](crate::Rule) (`formulas.rs`): a rule is written in methods of numbers, and those
//! methods name rows.

/// The rows' names → their types.
macro_rules! rows {
    ($($(#[$doc:meta])* $form:ident $Row:ident $method:ident $x:tt $body:tt)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $Row;
    )* };
}

table!(rows);
