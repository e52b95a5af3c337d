//! A tape as text: one node a line, guards in place, values and adjoints in columns. [`Tape::parse`] reads it
//! back; the format is described in the book's chapter *Tape format*.

use core::fmt;
use core::ops::{Bound, RangeBounds};

use wengert_ops::Question;

use crate::arena::Node;
use crate::dump::selection::{Selection, Shown};
use crate::dump::table::{ColumnWidths, OPERANDS, operands};
use crate::spelling::{self, Line, Number, Spelled};
use crate::tag::Wire;
use crate::tape::{Guard, Read, Tape};
use crate::workspace::NodeState;

/// How many lines a dump shows unless it is told.
const LINES: usize = 60;

/// A dump to be printed, from [`Tape::dump`].
///
/// What is shown can be chosen; several choices show what meets them all:
///
/// ```
/// use wengert::Recorder;
///
/// let mut recorder = Recorder::new();
/// recorder.record(|s| {
///     let (x, y, z) = (s.input(-2.0).named("x"), s.input(5.0).named("y"), s.input(-4.0).named("z"));
///     s.output((x + y) * z)
/// })?;
/// let tape = recorder.tape();
/// let sum = tape.nodes().nth(3).unwrap();
/// assert_eq!(tape.dump().reaching(sum).range(1..).to_string(), r#"
/// wengert tape v2: 5 nodes, 3 inputs, 1 output, 0 guards
/// … only nodes in 1..5 and that %3 depends on …
/// node           | name
/// %1 = input     | "y"
/// %3 = add %0 %1
/// outputs %4
/// "#.trim_start());
/// # Ok::<(), wengert::RecordError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a dump is printed with `{}`"]
pub struct Dump<'a> {
    pub(super) tape: &'a Tape,
    state: Option<NodeState<'a>>,
    /// Lines of nodes and guards; `None` for all.
    limit: Option<usize>,
    selection: Selection,
}

impl Tape {
    /// The tape as text: one node a line with its operands, guards where they were asked, the outputs.
    ///
    /// By itself it shows no values and leaves out the middle of a long tape; `.full()` gives what
    /// [`Tape::parse`] reads back.
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let mut recorder = Recorder::new();
    /// let f = recorder.record(|s| {
    ///     let (x, y, z) = (s.input(-2.0).named("x"), s.input(5.0).named("y"), s.input(-4.0).named("z"));
    ///     s.output(((x + y).named("q") * z).named("f"))
    /// })?;
    /// recorder.reverse(f)?;
    /// assert_eq!(recorder.tape().dump().state(recorder.workspace()).to_string(), r#"
    /// wengert tape v2: 5 nodes, 3 inputs, 1 output, 0 guards
    /// node           | value | adjoint | name
    /// %0 = input     |  -2.0 |    -4.0 | "x"
    /// %1 = input     |   5.0 |    -4.0 | "y"
    /// %2 = input     |  -4.0 |     3.0 | "z"
    /// %3 = add %0 %1 |   3.0 |    -4.0 | "q"
    /// %4 = mul %3 %2 | -12.0 |     1.0 | "f"
    /// outputs %4
    /// "#.trim_start());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: time in proportion to the tape, memory to a line; where wires are followed, a byte a node.
    pub fn dump(&self) -> Dump<'_> {
        Dump { tape: self, state: None, limit: Some(LINES), selection: Selection::default() }
    }
}

impl<'a> Dump<'a> {
    /// With the value of each node, and its adjoint once a reverse sweep has run (0 where the sweep began below
    /// the node). A workspace of another tape is not shown; a comment in the dump says so.
    pub fn state(mut self, state: impl Into<NodeState<'a>>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Everything, however long: what [`Tape::parse`] reads back, if no filter is set.
    ///
    /// ```
    /// # use wengert::{Recorder, Tape};
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| (0..1000).fold(s.input(1.0), |y, _| y.sin()))?;
    /// let tape = recorder.tape();
    /// assert_eq!(Tape::parse(&tape.dump().full().to_string())?.0, *tape);
    /// assert!(Tape::parse(&tape.to_string()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn full(mut self) -> Self {
        self.limit = None;
        self
    }

    /// At most so many lines of nodes and guards, the first and the last; 60 unless set. Long lists of operands
    /// are shortened too.
    ///
    /// ```
    /// # use wengert::Recorder;
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| (0..1000).fold(s.input(1.0), |y, _| y.sin()))?;
    /// assert!(recorder.tape().dump().lines(4).to_string().contains("… 997 nodes elided …"));
    /// # Ok::<(), wengert::RecordError>(())
    /// ```
    pub fn lines(mut self, max: usize) -> Self {
        self.limit = Some(max);
        self
    }

    /// Only the nodes of these indices.
    pub fn range(mut self, nodes: impl RangeBounds<usize>) -> Self {
        let start = match nodes.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match nodes.end_bound() {
            Bound::Included(end) => end.saturating_add(1),
            Bound::Excluded(end) => *end,
            Bound::Unbounded => self.tape.len(),
        };
        self.selection.range = Some(start..end);
        self
    }

    /// Only what this node depends on, itself included: a [`NodeId`](crate::NodeId), or the [`Var`](crate::Var) that one holds.
    ///
    /// ```
    /// use wengert::Recorder;
    ///
    /// let mut recorder = Recorder::new();
    /// let x = recorder.record(|s| {
    ///     let [x, y] = s.inputs(&[1.0, 2.0]);
    ///     s.output(x * y);
    ///     x
    /// })?;
    /// assert!(!recorder.tape().dump().reaching(x).to_string().contains("mul"));
    /// assert!(recorder.tape().dump().reached_from(x).to_string().contains("mul"));
    /// # Ok::<(), wengert::RecordError>(())
    /// ```
    pub fn reaching(mut self, node: impl Into<Wire>) -> Self {
        self.selection.reaching = Some(node.into());
        self
    }

    /// Only what depends on this node, itself included.
    pub fn reached_from(mut self, node: impl Into<Wire>) -> Self {
        self.selection.reached_from = Some(node.into());
        self
    }

    /// Nodes, guards and reads that are chosen, in the order in which they are printed.
    fn items<'s>(&'s self, shown: &'s Shown) -> impl Iterator<Item = Item<'a>> + 's {
        let tape = self.tape;
        let mut guards = tape.guards.iter().peekable();
        let mut reads = tape.reads.iter().peekable();
        let mut nodes = tape.arena.nodes(shown.range.start).take(shown.range.len()).peekable();
        let last = shown.range.end == tape.len();
        let items = core::iter::from_fn(move || {
            let next = nodes.peek().map(|node| node.id.index());
            let due = |position| next.map_or(last, |next| position <= next);
            let guard = guards.next_if(|guard| due(guard.position)).map(Item::Guard);
            let read = || reads.next_if(|read| due(read.position)).map(Item::Read);
            guard.or_else(read).or_else(|| nodes.next().map(Item::Node))
        });
        items.filter(move |item| match item {
            Item::Node(node) => shown.contains(node.id.index()),
            Item::Guard(guard) if shown.follows_wires() => {
                [guard.left, guard.right].iter().any(|o| !o.is_constant() && shown.contains(o.index()))
            }
            Item::Read(read) if shown.follows_wires() => shown.contains(read.node.index()),
            Item::Guard(Guard { position, .. }) | Item::Read(Read { position, .. }) => {
                *position >= shown.range.start
            }
        })
    }

    /// The state, where it is of this tape.
    fn state_of_tape(&self) -> Option<NodeState<'a>> {
        self.state.filter(|s| s.values.len() == self.tape.len() && s.adjoints.len() <= self.tape.len())
    }

    /// `guard %1 < 2.0 is true at src/main.rs:12:9`
    fn guard(&self, f: &mut fmt::Formatter<'_>, guard: &Guard) -> fmt::Result {
        let [left, right] = [guard.left, guard.right].map(|operand| Spelled(&self.tape.arena, operand));
        match guard.test.question() {
            Question::Between(sign) => write!(f, "guard {left} {sign} {right}")?,
            Question::Of(word) => write!(f, "guard {word} {left}")?,
        }
        writeln!(f, " is {} at {}", guard.test.answer(), Line(&guard.at))
    }
}

/// What takes a line.
enum Item<'a> {
    Node(Node<'a>),
    Guard(&'a Guard),
    Read(&'a Read),
}

impl Dump<'_> {
    /// What the tape holds, and what of it is shown.
    fn heading(&self, f: &mut fmt::Formatter<'_>, shown: &Shown) -> fmt::Result {
        let tape = self.tape;
        let counts = spelling::COUNTED.into_iter().zip(spelling::counts(tape));
        let said = counts.filter(|((_, always), n)| *always || *n > 0);
        let said: Vec<String> = said.map(|((what, _), n)| counted(n, what.trim_end_matches('s'))).collect();
        writeln!(f, "wengert tape v2: {}", said.join(", "))?;
        let Selection { range, reaching, reached_from } = &self.selection;
        let choices: Vec<String> = [
            range.as_ref().map(|_| format!("in {}..{}", shown.range.start, shown.range.end)),
            reaching.map(|to| format!("that {to} depends on")),
            reached_from.map(|from| format!("that depend on {from}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !choices.is_empty() {
            writeln!(f, "… only nodes {} …", choices.join(" and "))?;
        }
        match self.state {
            Some(state) if self.state_of_tape().is_none() => {
                let values = counted(state.values.len(), "value");
                writeln!(f, "# the workspace is of another tape and not shown: it holds {values}")
            }
            _ => Ok(()),
        }
    }

    /// The section of data: those of a node a line.
    fn data(&self, f: &mut fmt::Formatter<'_>, shown: &Shown) -> fmt::Result {
        let arena = &self.tape.arena;
        if arena.data.is_empty() {
            return Ok(());
        }
        let of_nodes = || arena.nodes(0).filter(|node| !node.data.is_empty());
        let total = of_nodes().count();
        writeln!(f, "section {} {} {}", spelling::DATA, spelling::MARKS[0].1, counted(total, "line"))?;
        let chosen = of_nodes().filter(|node| shown.contains(node.id.index()));
        let mut left = total;
        for node in chosen.take(self.limit.unwrap_or(usize::MAX)) {
            left -= 1;
            let (n, all) = (node.data.len(), self.limit.is_none() || node.data.len() <= OPERANDS);
            let head = if all { n } else { OPERANDS - 2 };
            write!(f, "{}", node.id)?;
            node.data[..head].iter().try_for_each(|w| write!(f, " {}", Number(*w)))?;
            if !all {
                write!(f, " … {} data elided …", n - OPERANDS)?;
                node.data[n - 2..].iter().try_for_each(|w| write!(f, " {}", Number(*w)))?;
            }
            writeln!(f)?;
        }
        if left > 0 {
            writeln!(f, "… {} elided …", counted(left, "line"))?;
        }
        Ok(())
    }

    /// The columns, and the chosen nodes, guards and reads, or the first and the last of them.
    fn body(&self, f: &mut fmt::Formatter<'_>, shown: &Shown) -> fmt::Result {
        let total = self.items(shown).count();
        let limit = self.limit.unwrap_or(usize::MAX);
        let (head, tail) = if total <= limit { (total, 0) } else { (limit.div_ceil(2), limit / 2) };
        let printed = |k: usize| k < head || k >= total - tail;
        let mut table = ColumnWidths::new(self.tape, self.limit, self.state_of_tape());
        for (_, item) in self.items(shown).enumerate().filter(|(k, _)| printed(*k)) {
            if let Item::Node(node) = item {
                table.measure(&node)?;
            }
        }
        table.header(f)?;
        let (mut nodes, mut guards, mut reads) = (0, 0, 0);
        for (k, item) in self.items(shown).enumerate() {
            match &item {
                Item::Node(node) if printed(k) => table.node(f, node)?,
                Item::Guard(guard) if printed(k) => self.guard(f, guard)?,
                Item::Read(Read { node, at, .. }) if printed(k) => {
                    writeln!(f, "read {node} at {}", Line(at))?;
                }
                Item::Node(_) => nodes += 1,
                Item::Guard(_) => guards += 1,
                Item::Read(_) => reads += 1,
            }
            if !printed(k) && (k + 1 == total || printed(k + 1)) {
                let elided = [(nodes, "node"), (guards, "guard"), (reads, "read")];
                let elided = elided.into_iter().filter(|(n, _)| *n > 0);
                let elided: Vec<String> = elided.map(|(n, what)| counted(n, what)).collect();
                writeln!(f, "… {} elided …", elided.join(" and "))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Tape {
    /// The dump, elided in the middle where it is long; see [`Tape::dump`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dump().fmt(f)
    }
}

impl fmt::Display for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.selection.on(self.tape);
        self.heading(f, &shown)?;
        self.body(f, &shown)?;
        let mut outputs = String::from("outputs");
        operands(self.tape, self.limit, &mut outputs, &self.tape.outputs)?;
        writeln!(f, "{outputs}")?;
        self.data(f, &shown)
    }
}

/// `1 node`, `2 nodes`
fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
