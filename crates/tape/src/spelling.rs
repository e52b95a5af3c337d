//! How the pieces of a dump are spelled: numbers, operands, names, source lines, tests. Each is printed and read
//! here, side by side, so that the two agree. This is *not* the grammar of a line: see [`crate::text`] for what is
//! read and [`crate::dump`] for what is printed.

use core::fmt;

use crate::arena::Arena;
use crate::index::{Operand, Source};
use crate::operation::Callee;
use crate::source::SourceLine;
use crate::tape::Tape;

/// A number as a literal that gives its bits back: the shortest decimal, `inf`, `-inf`, `nan:` and the bits.
#[derive(Clone, Copy)]
pub(crate) struct Number(pub(crate) f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_nan() { write!(f, "nan:{:016x}", self.0.to_bits()) } else { write!(f, "{:?}", self.0) }
    }
}

/// Reads what [`Number`] prints, and any other finite decimal.
pub(crate) fn number(word: &str) -> Option<f64> {
    if let Some(bits) = word.strip_prefix("nan:") {
        let whole = bits.len() == 16 && bits.bytes().all(|b| b.is_ascii_hexdigit());
        let x = f64::from_bits(u64::from_str_radix(bits, 16).ok().filter(|_| whole)?);
        return x.is_nan().then_some(x);
    }
    match word {
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        // The standard library reads more spellings of infinities and NaN, which would lose bits.
        _ if !word.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => None,
        _ => word.parse().ok().filter(|x: &f64| x.is_finite()),
    }
}

/// The digits behind a `%`. Whatever is over 64 bits long is `u64::MAX`: too large for any index.
pub(crate) fn index(word: &str) -> Option<u64> {
    let digits = word.strip_prefix('%')?;
    count(digits)
}

/// A plain count.
pub(crate) fn count(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

/// An operand: `%12`, or a constant as a literal.
pub(crate) struct Spelled<'a>(pub(crate) &'a Arena, pub(crate) Operand);

impl fmt::Display for Spelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1.source() {
            Source::Node(id) => id.fmt(f),
            Source::Constant(id) => Number(self.0.constant(id)).fmt(f),
        }
    }
}

/// A name in double quotes, with the escapes of a Rust string literal.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// Reads a quoted name at the beginning of `text`, and how many bytes it took.
pub(crate) fn quoted(text: &str) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    chars.next().filter(|(_, c)| *c == '"')?;
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((name, at + 1)),
            '\\' => name.push(match chars.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                c @ ('\\' | '"' | '\'') => c,
                'u' => {
                    let rest = chars.as_str().strip_prefix('{')?;
                    let digits = &rest[..rest.find('}').filter(|n| (1..=6).contains(n))?];
                    let code = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
                    chars.nth(digits.len() + 1);
                    char::from_u32(code)?
                }
                _ => return None,
            }),
            c => name.push(c),
        }
    }
    None
}

/// What a call calls, as `"name/version"` in quotes.
pub(crate) struct Called<'a>(pub(crate) &'a Callee);

impl fmt::Display for Called<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(&self.0.spelling()).fmt(f)
    }
}

/// Name and version of what [`Called`] prints, without the quotes.
pub(crate) fn callee(spelling: &str) -> Option<(&str, u32)> {
    let (name, version) = spelling.rsplit_once('/')?;
    let digits = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    Some((name, version.parse().ok().filter(|_| digits)?))
}

/// What versions there are, behind an operation that has another.
pub(crate) fn versions(known: &[u32]) -> String {
    let known: Vec<String> = known.iter().map(u32::to_string).collect();
    if known.is_empty() { String::new() } else { format!(" (there are versions {})", known.join(", ")) }
}

/// `file:line:column`; the file in quotes where it holds anything that would end a word.
pub(crate) struct Line<'a>(pub(crate) &'a SourceLine);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SourceLine { file, line, column } = self.0;
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"\"|…".contains(c);
        if !file.is_empty() && file.chars().all(plain) {
            write!(f, "{file}:{line}:{column}")
        } else {
            write!(f, "{}:{line}:{column}", Quoted(file))
        }
    }
}

/// Reads `file:line:column`, the file bare or quoted.
pub(crate) fn source_line(text: &str) -> Option<SourceLine> {
    let (rest, column) = text.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    let number = |digits: &str| count(digits).and_then(|n| u32::try_from(n).ok());
    let file = if file.starts_with('"') {
        quoted(file).filter(|(_, taken)| *taken == file.len())?.0
    } else {
        file.to_owned()
    };
    Some(SourceLine { file: file.into(), line: number(line)?, column: number(column)? })
}

/// What the header of a dump counts, in its order, and whether it says so where there are none.
pub(crate) const COUNTED: [(&str, bool); 7] = [
    ("nodes", true),
    ("inputs", true),
    ("parameters", false),
    ("outputs", true),
    ("guards", true),
    ("reads", false),
    ("sections", false),
];

/// The place of sections among these: they are counted from version 2 on.
pub(crate) const SECTIONS: usize = 6;

/// The section of data, which a reader must know.
pub(crate) const DATA: &str = "data";

/// Whether a reader that does not know a section must refuse the text, or may pass over it.
pub(crate) const MARKS: [(bool, &str); 2] = [(true, "required"), (false, "optional")];

/// How many of each a tape has.
pub(crate) fn counts(tape: &Tape) -> [usize; 7] {
    let Tape { inputs, parameters, outputs, guards, reads, .. } = tape;
    let sections = usize::from(!tape.arena.data.is_empty());
    [tape.len(), inputs.len(), parameters.len(), outputs.len(), guards.len(), reads.len(), sections]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_bits() {
        let payload = f64::from_bits(0xfff8_0000_0000_0123);
        let tiny = f64::from_bits(1);
        for x in [
            0.0,
            -0.0,
            0.1,
            1e300,
            -1e-300,
            tiny,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            payload,
        ] {
            let text = Number(x).to_string();
            assert_eq!(number(&text).map(f64::to_bits), Some(x.to_bits()), "{text}");
        }
        for wrong in [
            "",
            "nan",
            "NaN",
            "infinity",
            "1e999",
            "nan:0",
            "nan:0000000000000000",
            "nan:+ff8000000000000",
            "-",
            "0x1",
        ] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_survive_every_character() {
        for name in ["", "x", "say \"q\"\n\t\\", "Σ ∂y/∂x 🦀", "\0\u{7f}\u{301}\u{200b}|…", "'"] {
            let text = Quoted(name).to_string();
            assert_eq!(quoted(&text), Some((name.to_owned(), text.len())), "{text}");
        }
        for wrong in [
            "",
            "x",
            "\"",
            "\"\\",
            "\"\\q\"",
            "\"\\u{}\"",
            "\"\\u{d800}\"",
            "\"\\u{+1}\"",
            "\"\\u{é}\"",
            "\"\\u\"",
        ] {
            assert_eq!(quoted(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn source_lines_survive_every_file_name() {
        for file in ["src/main.rs", "C:\\a b\\c.rs", "a|b", "", "x\ny", "a:1"] {
            let line = SourceLine { file: file.into(), line: 3, column: u32::MAX };
            assert_eq!(source_line(&Line(&line).to_string()), Some(line));
        }
        for wrong in ["", "a", "a:1", "a:1:x", "a:1:4294967296", "\"a:1:1", "\"a\"b:1:1"] {
            assert_eq!(source_line(wrong), None, "{wrong}");
        }
    }
}
