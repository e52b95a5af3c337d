//! A place in one line of a dump: words, and errors that say where they stand. It knows no grammar.

use crate::source::SourceLine;
use crate::spelling;
use crate::text::error::{ParseError, ParseReason};

/// A line, read from left to right. Words end at white space and at `|`, which is a word itself.
pub(crate) struct Cursor<'t> {
    text: &'t str,
    /// The line's number, from 1.
    pub(crate) line: usize,
    /// Where the last word began, in bytes.
    word: usize,
    /// Where the rest begins.
    rest: usize,
}

impl<'t> Cursor<'t> {
    /// The lines of a text that say anything: not blank, no comment (`# …`).
    pub(crate) fn lines(text: &'t str) -> impl Iterator<Item = Cursor<'t>> {
        let all = text.lines().enumerate().map(|(k, text)| Cursor { text, line: k + 1, word: 0, rest: 0 });
        all.filter(|cursor| !matches!(cursor.text.trim_start().chars().next(), None | Some('#')))
    }

    fn rest(&self) -> &'t str {
        self.text[self.rest..].trim_start()
    }

    /// The next word; empty at the end of the line.
    pub(crate) fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let length = match rest.find(|c: char| c.is_whitespace() || c == '|') {
            Some(0) => 1,
            Some(n) => n,
            None => rest.len(),
        };
        self.take(rest, length)
    }

    fn take(&mut self, rest: &'t str, length: usize) -> &'t str {
        self.word = self.text.len() - rest.len();
        self.rest = self.word + length;
        &rest[..length]
    }

    /// The last word again.
    pub(crate) fn here(&self) -> &'t str {
        &self.text[self.word..self.rest]
    }

    /// Where the last word stands, for [`error_at`](Self::error_at).
    pub(crate) fn mark(&self) -> usize {
        self.word
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// Whether what follows begins so.
    pub(crate) fn at(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    /// Whether that word follows.
    pub(crate) fn at_word(&self, word: &str) -> bool {
        self.rest().split(|c: char| c.is_whitespace() || c == '|').next() == Some(word)
    }

    /// Takes that word, or errs.
    pub(crate) fn expect(&mut self, word: &str, expected: &'static str) -> Result<(), ParseError> {
        if self.word() == word { Ok(()) } else { Err(self.expected(expected)) }
    }

    /// Errs unless the line ends here.
    pub(crate) fn end(&mut self) -> Result<(), ParseError> {
        if self.word().is_empty() { Ok(()) } else { Err(self.expected("the end of the line")) }
    }

    /// A name in double quotes.
    pub(crate) fn quoted(&mut self) -> Result<String, ParseError> {
        let rest = self.rest();
        if let Some((name, length)) = spelling::quoted(rest) {
            self.take(rest, length);
            Ok(name)
        } else {
            self.word();
            Err(self.expected("a name in double quotes, with the escapes of a Rust string"))
        }
    }

    /// `file:line:column`
    pub(crate) fn source_line(&mut self) -> Result<SourceLine, ParseError> {
        let rest = self.rest();
        let file = spelling::quoted(rest).map_or(0, |(_, length)| length);
        let more = rest[file..].find(|c: char| c.is_whitespace() || c == '|').unwrap_or(rest.len() - file);
        let word = self.take(rest, file + more);
        spelling::source_line(word).ok_or_else(|| self.expected("a source line such as `src/main.rs:12:9`"))
    }

    /// That the last word is not what it should be.
    pub(crate) fn expected(&self, expected: &'static str) -> ParseError {
        match self.here() {
            elided if elided.starts_with('…') => self.error(ParseReason::Elided),
            here => self.error(ParseReason::Expected { expected, found: short(here) }),
        }
    }

    /// An error at the last word.
    pub(crate) fn error(&self, reason: ParseReason) -> ParseError {
        self.error_at(self.word, reason)
    }

    /// An error at an earlier word.
    pub(crate) fn error_at(&self, mark: usize, reason: ParseReason) -> ParseError {
        ParseError { line: self.line, column: self.text[..mark].chars().count() + 1, reason }
    }
}

/// The beginning of a word, short enough for a message.
pub(crate) fn short(word: &str) -> String {
    match word.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}
