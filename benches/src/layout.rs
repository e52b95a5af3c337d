//! What a tape must take by its layout: the sum that bytes in use are compared with.

use wengert::Tape;

/// `Σ 1 + 4·operands + 8 + 8 + 8·saved` over the nodes: opcode, operands, value, adjoint and saved partials.
///
/// Constants, and the two counts that frame a variadic node's operands, are on top.
#[must_use]
pub fn bytes(tape: &Tape) -> usize {
    let node = |id| {
        let info = tape.op(id)?.info();
        let operands = match info.arity {
            Some(arity) => usize::from(arity),
            None => tape.operands(id)?.len(),
        };
        Some(1 + 4 * operands + 8 + 8 + 8 * info.saved())
    };
    tape.nodes().filter_map(node).sum()
}

#[cfg(test)]
mod tests {
    use wengert::{Recorder, Var};

    #[test]
    fn of_a_product_a_sine_and_a_dot() {
        let mut recorder = Recorder::new();
        let recorded = recorder.record(|s| {
            let (x, y) = (s.input(1.0), s.input(2.0));
            let product = x * y;
            Var::dot(&[product.sin(), x], &[y, x])
        });
        recorded.expect("records");
        // Two inputs, a product of two operands, a sine that saves its partial, a dot of four operands.
        assert_eq!(super::bytes(recorder.tape()), 2 * 17 + (17 + 8) + (17 + 4 + 8) + (17 + 16));
    }
}
