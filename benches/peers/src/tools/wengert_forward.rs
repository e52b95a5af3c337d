//! wengert in forward mode, without a tape: dual numbers with one tangent an input. For few inputs only.

use wengert::Dual;
use wengert_benches::Problem;
use wengert_benches::arithmetic::Of;

use super::few_inputs;
use crate::tool::Run;

pub(super) struct WengertForward;

few_inputs!(WengertForward, "wengert, forward");

struct Forward<'p, P, const N: usize>(&'p P);

impl<P: Problem, const N: usize> Run for Forward<'_, P, N> {
    fn gradient(&mut self, into: &mut [f64]) -> f64 {
        let x: [Dual<f64, N>; N] = std::array::from_fn(|k| {
            let tangent = std::array::from_fn(|j| if j == k { 1.0 } else { 0.0 });
            Dual { value: self.0.point()[k], tangent }
        });
        let y = self.0.eval::<Of<Dual<f64, N>>>(&x);
        into.copy_from_slice(&y.tangent);
        y.value
    }
}
