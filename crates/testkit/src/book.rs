//! The book's code blocks, as doctests: each chapter is the documentation of one empty module.
//!
//! They stand in this crate because it is never published: a published crate cannot read files outside of its folder.

macro_rules! chapters {
    ($($name:ident: $path:literal,)*) => { $(#[doc = include_str!($path)] mod $name {})* };
}

chapters! {
    readme: "../../../README.md",
    introduction: "../../../docs/src/introduction.md",
    tutorial: "../../../docs/src/tutorial.md",
    tutorial_vi: "../../../docs/src/tutorial-vi.md",
    functions: "../../../docs/src/functions.md",
    batches: "../../../docs/src/batches.md",
    mathematics: "../../../docs/src/mathematics.md",
    taylor: "../../../docs/src/taylor.md",
    checkpointing: "../../../docs/src/checkpointing.md",
    tape_format: "../../../docs/src/tape-format.md",
    saved_programs: "../../../docs/src/saved-programs.md",
    calls: "../../../docs/src/calls.md",
    sparse: "../../../docs/src/sparse.md",
    passes: "../../../docs/src/passes.md",
    adding_an_operation: "../../../docs/src/adding-an-operation.md",
}
