//! A tape as code that runs over rows.

use wengert_lanes::{Code, LaneValue, Straight, StraightError};
use wengert_ops::Op;
use wengert_tape::call::Callee;
use wengert_tape::{Source, Tape};

/// What becomes of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// It is given by row, in the next column of that table.
    Given(u8),
    /// It is summed over rows.
    Summed,
    /// The greatest over rows is given.
    Greatest,
}

/// Code, and what its calls call.
pub(super) struct Lowered {
    pub(super) code: Code,
    pub(super) callees: Vec<Callee>,
}

/// Code of a tape whose first inputs are uniform, and whose others are columns of tables, in order. The tape's guards are asked
/// where that is wanted.
pub(super) fn lower(
    tape: &Tape,
    uniforms: usize,
    columns: &[(u32, u32)],
    ends: impl Fn(usize) -> Ends,
    guards: bool,
    width: Option<usize>,
) -> Result<Lowered, StraightError> {
    let mut straight = Straight::new(uniforms);
    let mut callees = Vec::new();
    let constants: Vec<LaneValue> = tape.constants().iter().map(|c| straight.constant(*c)).collect();
    let nan = straight.constant(f64::NAN);
    let mut values: Vec<LaneValue> = vec![nan; tape.len()];
    let value = |values: &[LaneValue], operand: Source| match operand {
        Source::Node(node) => values[node.index()],
        Source::Constant(constant) => constants.get(constant.index()).copied().unwrap_or(nan),
    };
    let mut inputs = 0;
    let mut asked = if guards { tape.guards() } else { &[] }.iter().peekable();
    let (mut operands, mut results) = (Vec::new(), Vec::new().into_iter());
    for node in tape.walk() {
        while let Some(guard) = asked.next_if(|guard| guard.position <= node.id.index()) {
            straight.guard(guard.test, guard.operands().map(|operand| value(&values, operand)))?;
        }
        operands.clear();
        operands.extend(node.operands.iter().map(|operand| value(&values, operand.source())));
        values[node.id.index()] = if node.op == Op::Input {
            inputs += 1;
            let k = inputs - 1;
            straight.uniform(k).unwrap_or_else(|| {
                let (table, column) = columns.get(k - uniforms).copied().unwrap_or((u32::MAX, u32::MAX));
                straight.column(table, column)
            })
        } else if let Some(callee) = tape.callee(node.id) {
            results = straight.call(callees.len() as u32, &operands, callee.outputs())?.into_iter();
            callees.push(callee.clone());
            nan
        } else if node.op == Op::Result {
            results.next().unwrap_or(nan)
        } else {
            straight.row(node.op, &operands, node.data)?
        };
    }
    for guard in asked {
        straight.guard(guard.test, guard.operands().map(|operand| value(&values, operand)))?;
    }
    for (k, output) in tape.outputs().enumerate() {
        match ends(k) {
            Ends::Given(table) => straight.give(table, value(&values, output))?,
            Ends::Summed => straight.sum(value(&values, output))?,
            Ends::Greatest => straight.maximum(value(&values, output))?,
        }
    }
    let code = match width {
        Some(width) => Code::of_width(straight, width),
        None => Code::new(straight),
    };
    Ok(Lowered { code, callees })
}
