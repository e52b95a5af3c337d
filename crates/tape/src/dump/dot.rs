//! A tape as a circuit diagram, in Graphviz's language: inputs and parameters at the left, gates, and on each wire the
//! value above in green and the adjoint below in red. Guards and reads are not drawn, and nothing is laid out here.

use core::fmt;
use std::collections::BTreeSet;

use wengert_ops::Op;

use crate::arena::Node;
use crate::dump::selection::Selection;
use crate::index::{NodeId, Source};
use crate::spelling::Number;
use crate::tag::Wire;
use crate::tape::Tape;
use crate::workspace::NodeState;

/// How many nodes a diagram draws unless it is told.
const NODES: usize = 60;
/// How many operands of one node are drawn.
const OPERANDS: usize = 12;
/// The longest name drawn, in characters.
const NAME: usize = 24;
/// The longest name of an operation that fits the circle of a gate.
const CIRCLE: usize = 4;

const VALUE: &str = "#00802b";
const ADJOINT: &str = "#c00020";
const WIRE: &str = "#404040";
const FAINT: &str = "#808080";
/// How a gate is drawn.
const GATE: &str = "style=\"rounded,filled\", fillcolor=\"#eef3fa\", color=\"#404040\", width=0.62, height=0.42, \
                    margin=\"0.1,0.03\", ordering=in";

/// How a parameter differs from an input.
const PARAMETER: &str = "shape=box, style=dashed, color=\"#808080\", width=0.3, height=0.25, margin=0.05, ";

/// A diagram to be printed, from [`Tape::diagram`].
#[derive(Clone, Debug)]
#[must_use = "a diagram is printed with `{}`"]
pub struct Diagram<'a> {
    tape: &'a Tape,
    state: Option<NodeState<'a>>,
    limit: usize,
    selection: Selection,
}

impl Tape {
    /// The tape as a circuit diagram in the DOT language, to be drawn by Graphviz: `dot -Tsvg tape.dot -o tape.svg`.
    ///
    /// Operands enter a gate from top to bottom, in their order. A wire has one value and one adjoint, printed
    /// to five digits where it begins; where it branches, the adjoint is the sum over the branches.
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
    /// let dot = recorder.tape().diagram().state(recorder.workspace()).to_string();
    /// assert!(dot.starts_with("digraph tape {"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Cost: one pass over the tape, and a byte a node where wires are followed.
    pub fn diagram(&self) -> Diagram<'_> {
        Diagram { tape: self, state: None, limit: NODES, selection: Selection::default() }
    }
}

impl<'a> Diagram<'a> {
    /// With the value of each node, and its adjoint once a reverse sweep has run. A workspace of another length
    /// is not drawn.
    pub fn state(mut self, state: impl Into<NodeState<'a>>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Only what this node depends on, itself included: a [`NodeId`], or the [`Var`](crate::Var) that one holds.
    pub fn reaching(mut self, node: impl Into<Wire>) -> Self {
        self.selection.reaching = Some(node.into());
        self
    }

    /// At most so many nodes, the last; 60 unless set. Wires from those left out are dashed, and a note below
    /// the drawing says how many there are.
    ///
    /// ```
    /// # use wengert::Recorder;
    /// let mut recorder = Recorder::new();
    /// recorder.record(|s| (0..1000).fold(s.input(1.0), |y, _| y.sin()))?;
    /// let dot = recorder.tape().diagram().nodes(10).to_string();
    /// assert!(dot.contains("the first 991 of 1001 nodes are not drawn"));
    /// # Ok::<(), wengert::RecordError>(())
    /// ```
    pub fn nodes(mut self, max: usize) -> Self {
        self.limit = max;
        self
    }

    /// What stands on a node's wire: name, value, adjoint; `None` for nothing at all.
    fn wire(&self, node: NodeId) -> Option<[String; 2]> {
        let op = self.tape.op(node);
        let named = op.is_some_and(|op| !is_leaf(op));
        let name = self.tape.name(node).filter(|name| named && !name.is_empty()).map(written);
        let state = self.state.filter(|s| s.values.len() == self.tape.len());
        let value =
            state.map(|s| format!("<font color=\"{VALUE}\">{}</font>", rounded(s.values[node.index()])));
        let differentiated = op != Some(Op::Parameter);
        let adjoint = state.filter(|s| differentiated && !s.adjoints.is_empty()).map(|s| {
            let adjoint = s.adjoints.get(node.index()).copied().unwrap_or(0.0);
            format!("<font color=\"{ADJOINT}\">{}</font>", rounded(adjoint))
        });
        let above = match (name, value) {
            (None, None) => return None,
            (Some(name), Some(value)) => format!("{name} = {value}"),
            (name, value) => name.or(value).unwrap_or_default(),
        };
        Some([above, adjoint.unwrap_or_else(|| " ".into())])
    }

    /// Where a node's wire begins for those that read it.
    fn port(&self, node: NodeId) -> String {
        let i = node.index();
        if self.wire(node).is_some() { format!("w{i}:e") } else { format!("n{i}") }
    }

    fn gate(&self, f: &mut fmt::Formatter<'_>, node: &Node<'_>) -> fmt::Result {
        let i = node.id.index();
        let name = node.op.info().name;
        if is_leaf(node.op) {
            let frame = if node.op == Op::Input { "" } else { PARAMETER };
            let label =
                self.tape.name(node.id).filter(|name| !name.is_empty()).map_or(node.id.to_string(), written);
            writeln!(f, "  n{i} [{frame}label=<{label}>, tooltip=\"{} = {name}\"]", node.id)?;
        } else {
            let shape = if name.len() <= CIRCLE { "circle" } else { "box" };
            writeln!(f, "  n{i} [shape={shape}, {GATE}, label=\"{name}\", tooltip=\"{}\"]", node.id)?;
        }
        let Some([above, below]) = self.wire(node.id) else { return Ok(()) };
        writeln!(
            f,
            "  w{i} [label=<<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"2\" \
             color=\"{WIRE}\"><tr><td>{above}</td></tr><hr/><tr><td>{below}</td></tr></table>>]\n  \
             n{i} -> w{i}:w [dir=none]"
        )
    }

    /// The wires into a gate, and what of them comes from outside the drawing. Of very many operands those are
    /// wired that are drawn anyway, and the rest is counted.
    fn wires(&self, f: &mut fmt::Formatter<'_>, node: &Node<'_>, drawn: &BTreeSet<NodeId>) -> fmt::Result {
        let i = node.id.index();
        let mut wired = BTreeSet::new();
        let mut more = 0;
        for (k, operand) in node.operands.iter().enumerate() {
            let source = operand.source();
            let inside = match source {
                Source::Node(id) if drawn.contains(&id) => Some(id),
                _ => None,
            };
            if k >= OPERANDS && inside.is_none_or(|id| wired.contains(&id)) {
                more += 1;
                continue;
            }
            let (label, style) = match source {
                Source::Node(id) if inside.is_some() => {
                    wired.insert(id);
                    writeln!(f, "  {} -> n{i}", self.port(id))?;
                    continue;
                }
                Source::Node(id) => (id.to_string(), "dashed"),
                Source::Constant(id) => (rounded(self.tape.arena.constant(id)), "solid"),
            };
            writeln!(f, "  c{i}_{k} [fontcolor=\"{FAINT}\", label=\"{label}\"]")?;
            writeln!(f, "  c{i}_{k} -> n{i} [style={style}, color=\"{FAINT}\"]")?;
        }
        if more > 0 {
            writeln!(f, "  c{i} [fontcolor=\"{FAINT}\", label=\"… {more} more operands\"]")?;
            writeln!(f, "  c{i} -> n{i} [style=dashed, color=\"{FAINT}\"]")?;
        }
        Ok(())
    }

    /// The line below the drawing: what the colours mean and what was left out.
    fn note(&self, drawn: usize, chosen: usize) -> String {
        let mut notes = Vec::new();
        let state = self.state.filter(|s| s.values.len() == self.tape.len());
        if let Some(state) = state {
            let value = format!("<font color=\"{VALUE}\">value</font> above the wire");
            let adjoint = format!(", <font color=\"{ADJOINT}\">adjoint</font> below");
            notes.push(value + if state.adjoints.is_empty() { "" } else { &adjoint });
        } else if self.state.is_some() {
            notes.push("the workspace is of another tape and not drawn".into());
        }
        if let Some(node) = self.selection.reaching {
            notes.push(format!("only what {node} depends on"));
        }
        if drawn < chosen {
            let left = chosen - drawn;
            notes.push(format!(
                "the first {left} of {chosen} nodes are not drawn; dashed wires come from them"
            ));
        }
        notes.join("<br/>")
    }
}

impl fmt::Display for Diagram<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.selection.on(self.tape);
        let chosen: usize = shown.range.clone().filter(|i| shown.contains(*i)).count();
        let last = shown.range.clone().rev().filter(|i| shown.contains(*i)).take(self.limit);
        let drawn: BTreeSet<NodeId> = last.map(NodeId::new).collect();

        writeln!(f, "digraph tape {{")?;
        let note = self.note(drawn.len(), chosen);
        let label = if note.is_empty() { "\"\"".into() } else { format!("<{note}>") };
        writeln!(
            f,
            "  graph [rankdir=LR, ranksep=0.3, nodesep=0.25, bgcolor=white, fontname=\"Helvetica\", fontsize=11, \
             fontcolor=\"{FAINT}\", labelloc=b, label={label}]"
        )?;
        writeln!(f, "  node [shape=plain, fontname=\"Helvetica\", fontsize=14]")?;
        writeln!(f, "  edge [color=\"{WIRE}\", arrowsize=0.7]")?;
        for node in drawn.iter().filter_map(|id| self.tape.arena.node(*id)) {
            self.gate(f, &node)?;
            self.wires(f, &node, &drawn)?;
        }
        let inputs: Vec<String> = self
            .tape
            .inputs
            .iter()
            .chain(&self.tape.parameters)
            .filter(|id| drawn.contains(id))
            .map(|id| format!("n{}", id.index()))
            .collect();
        if !inputs.is_empty() {
            writeln!(f, "  {{ rank=source; {} }}", inputs.join("; "))?;
        }
        let count = self.tape.outputs.len();
        for (k, output) in self.tape.outputs.iter().enumerate() {
            let Source::Node(id) = output.source() else { continue };
            if drawn.contains(&id) {
                let label = if count == 1 { "output".into() } else { format!("output {k}") };
                writeln!(f, "  o{k} [fontsize=11, fontcolor=\"{FAINT}\", label=\"{label}\"]")?;
                writeln!(f, "  {} -> o{k}", self.port(id))?;
            }
        }
        writeln!(f, "}}")
    }
}

/// Whether it is an input or a parameter.
fn is_leaf(op: Op) -> bool {
    op.info().arity == Some(0)
}

/// A number for the eye: five digits where all of them are many.
fn rounded(x: f64) -> String {
    let exact = format!("{x:?}");
    if exact.len() <= 8 || !x.is_finite() {
        return exact;
    }
    let short: Option<f64> = format!("{x:.4e}").parse().ok();
    Number(short.unwrap_or(x)).to_string()
}

/// A name in italics, in Graphviz's HTML, cut where it is long.
fn written(name: &str) -> String {
    let mut html = String::from("<i>");
    let mut chars = name.chars();
    for c in chars.by_ref().take(NAME) {
        match c {
            c if c.is_control() => html.extend(c.escape_debug()),
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            c => html.push(c),
        }
    }
    if chars.next().is_some() {
        html.push('…');
    }
    html + "</i>"
}
