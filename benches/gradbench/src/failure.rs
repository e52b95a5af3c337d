//! Why a message has no result: told to the suite, which then goes on.

/// Why a message has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The line is not a message.
    #[error("not a message: {0}")]
    Message(#[from] serde_json::Error),
    /// The message lacks a field.
    #[error("a message of kind `{kind}` must have `{field}`")]
    Missing { kind: String, field: &'static str },
    /// No such problem.
    #[error("module `{found}` is not supported; supported are {supported}")]
    Module { found: String, supported: String },
    /// The problem has no such function.
    #[error("module `{module}` has no function `{found}`; it has {supported}")]
    Function { module: &'static str, found: String, supported: &'static str },
    /// The input is not of the problem's types.
    #[error("`input.{}`: {}", .0.path(), .0.inner())]
    Input(#[from] serde_path_to_error::Error<serde_json::Error>),
    /// Something has another number of elements than it must.
    #[error("`{field}` has {found} elements, expected {expected}")]
    Length { field: String, expected: usize, found: usize },
    /// A number is outside its range.
    #[error("`{field}` is {found}, expected {expected}")]
    Range { field: String, expected: String, found: String },
    /// No memory for the result.
    #[error("no memory for {what}: {bytes} bytes")]
    Memory { what: &'static str, bytes: usize },
    /// The derivative failed.
    #[error(transparent)]
    Gradient(#[from] wengert::GradientError),
    /// The derivative by a program that is kept failed.
    #[error(transparent)]
    Program(#[from] wengert::FunctionError),
    /// The derivative by a batch failed.
    #[error(transparent)]
    Batch(#[from] wengert::BatchError),
    /// A number of the result cannot be sent.
    #[error("`{path}` is infinite or not a number, which JSON cannot carry")]
    NotFinite { path: String },
    /// A bug of ours, contained so that the session goes on.
    #[error("internal error: {0}")]
    Panic(String),
}

impl From<wengert::RecordError> for Failure {
    fn from(error: wengert::RecordError) -> Self {
        Failure::Gradient(error.into())
    }
}

impl From<wengert::SweepError> for Failure {
    fn from(error: wengert::SweepError) -> Self {
        Failure::Gradient(error.into())
    }
}
