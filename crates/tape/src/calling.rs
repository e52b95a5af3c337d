//! Calls of any operation, at any number type: by way of the list of those at which each can be read.
//!
//! At a number of the list an operation is read as it is. At another that carries a value and tangents it is read along one
//! direction after another. At a recording number a call is recorded, and in reverse a call of its adjoint. At all others
//! there are values, and derivatives are an error.

use wengert_ops::{Dual, Real};

use crate::error::CallError;
use crate::number::{is_still, of_variable, records, unknown, variable};
use crate::operation::{CallNumbers, CallWork, Callee, Calling, Forward, ForwardAt, ReverseAt};
use crate::session::Results;
use crate::var::Var;

/// Who runs calls for a sweep that knows nothing of operations but the trait.
#[derive(Debug)]
pub struct AnyCall<'a, T>(pub &'a mut CallWork<T>);

impl<T: Real> Calling<T> for AnyCall<'_, T> {
    fn work(&mut self) -> &mut CallWork<T> {
        self.0
    }

    fn compute(
        &mut self,
        callee: &Callee,
        numbers: &mut CallNumbers<T>,
        y: &mut [T],
    ) -> Result<(), CallError> {
        if const { T::AHEAD.is_none() } && records::<T>() {
            let x: Vec<Var> = numbers.x.iter().filter_map(|x| variable(*x)).collect();
            y.iter_mut().zip(callee.call_again(&x)).for_each(|(y, result)| *y = of_variable(result));
            return Ok(());
        }
        numbers.y.resize(y.len(), T::lit(0.0));
        let read = |call: ForwardAt<'_>| callee.operation().forward(callee, call);
        match ForwardAt::with(numbers, self.0, read) {
            Some(done) => {
                y.copy_from_slice(&numbers.y);
                done
            }
            None if const { T::AHEAD.is_some() } => unreachable!("the list has what is compiled ahead"),
            None => self.compute_by_directions(callee, &numbers.x, y),
        }
    }

    fn pull(&mut self, callee: &Callee, numbers: &mut CallNumbers<T>, y: &[T]) -> Result<(), CallError> {
        numbers.y.clear();
        numbers.y.extend_from_slice(y);
        if const { T::AHEAD.is_none() } && records::<T>() {
            return record_pull(callee, numbers);
        }
        let read = |call: ReverseAt<'_>| callee.operation().reverse(callee, call);
        match ReverseAt::with(numbers, self.0, read) {
            Some(done) => done,
            None => pull_by_directions(callee, numbers),
        }
    }
}

impl<T: Real> AnyCall<'_, T> {
    /// Values with tangents, along one direction after another.
    fn compute_by_directions(&mut self, callee: &Callee, x: &[T], y: &mut [T]) -> Result<(), CallError> {
        let primals: Vec<f64> = x.iter().map(|x| x.primal()).collect();
        let mut values = vec![f64::NAN; y.len()];
        let work = &mut CallWork::default();
        callee
            .operation()
            .forward(callee, ForwardAt::Double(Forward { x: &primals, y: &mut values, work }))?;
        if x.iter().all(|x| is_still(*x)) {
            y.iter_mut().zip(&values).for_each(|(y, value)| *y = T::lit(*value));
            return Ok(());
        }
        let Some(directions) = T::DIRECTIONS else {
            y.iter_mut().zip(&values).for_each(|(y, value)| *y = unknown(*value));
            self.0.lose(callee.no_derivative("derivative at this number type"));
            return Ok(());
        };
        let mut tangents = Vec::with_capacity(directions * y.len());
        for d in 0..directions {
            let along = |x: &T| Dual { value: x.primal(), tangent: [x.tangent_in(d)] };
            let mut y = vec![Dual::constant(f64::NAN); y.len()];
            let mut numbers = CallNumbers::of(x.iter().map(along).collect());
            let mut work = CallWork::default();
            AnyCall(&mut work).compute(callee, &mut numbers, &mut y)?;
            self.0.take_on(work.take_loss());
            tangents.extend(y.iter().map(|y: &Dual| y.tangent[0]));
        }
        for (k, y) in y.iter_mut().enumerate() {
            *y = T::of_tangents(values[k], |d| tangents[d * values.len() + k]);
        }
        Ok(())
    }
}

/// The same in reverse.
fn pull_by_directions<T: Real>(callee: &Callee, numbers: &mut CallNumbers<T>) -> Result<(), CallError> {
    let CallNumbers { x, y, gy, gx } = numbers;
    let Some(directions) = T::DIRECTIONS else {
        return Err(callee.no_derivative("derivative at this number type"));
    };
    let mut tangents = Vec::with_capacity(directions * gx.len());
    let mut values = vec![f64::NAN; gx.len()];
    for d in 0..directions {
        let along = |numbers: &[T]| -> Vec<Dual> {
            numbers.iter().map(|x| Dual { value: x.primal(), tangent: [x.tangent_in(d)] }).collect()
        };
        let slopes = vec![Dual::constant(0.0); gx.len()];
        let mut numbers = CallNumbers { gy: along(gy), gx: slopes, ..CallNumbers::of(along(x)) };
        let mut work = CallWork::default();
        AnyCall(&mut work).pull(callee, &mut numbers, &along(y))?;
        values.iter_mut().zip(&numbers.gx).for_each(|(value, g)| *value = g.value);
        tangents.extend(numbers.gx.iter().map(|g| g.tangent[0]));
    }
    for (k, g) in gx.iter_mut().enumerate() {
        *g = T::of_tangents(values[k], |d| tangents[d * values.len() + k]);
    }
    Ok(())
}

/// Records what makes the adjoints of the operands: calls of the operation's adjoint, seed after seed.
#[track_caller]
fn record_pull<T: Real>(callee: &Callee, numbers: &mut CallNumbers<T>) -> Result<(), CallError> {
    let CallNumbers { x, y, gy, gx } = numbers;
    let variables = |numbers: &mut Vec<T>| numbers.iter().filter_map(|x| variable(*x)).collect::<Vec<Var>>();
    let [x, y, gy] = [x, y, gy].map(variables);
    let mut slopes = vec![Var::constant(0.0); gx.len()];
    if let Some(recorded) = callee.operation().record_reverse(callee, &x, &y, &gy, &mut slopes) {
        recorded?;
    } else {
        let adjoint = callee.operation().adjoint(callee)?;
        let seeds = gy.chunks_exact(y.len()).zip(slopes.chunks_exact_mut(x.len()));
        for (gy, gx) in seeds {
            let mut operands = x.clone();
            if adjoint.reads_results {
                operands.extend(&y);
            }
            operands.extend(gy);
            let found: Results = adjoint.callee.call_again(&operands);
            gx.iter_mut().zip(found).for_each(|(gx, g)| *gx = g);
        }
    }
    gx.iter_mut().zip(slopes).for_each(|(gx, g)| *gx = of_variable(g));
    Ok(())
}
