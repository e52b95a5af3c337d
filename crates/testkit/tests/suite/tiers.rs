//! Ways to run a tape: that of programs, and one that a stranger could write, over what a tape shows of itself.

use wengert::call::{CallError, Calling};
use wengert::ops::{Op, Real, Rule, Variadic, Visitor, WithData};
use wengert::program::{Adjoint, Numbers, Plan, Stopped, Tier};
use wengert::tape::{Node, Source};
use wengert::{Program, Tape};
use wengert_testkit::tiers::conform;

/// Reads the tape node by node.
struct Interpreter(Tape);

impl Interpreter {
    fn operands<T: Copy>(&self, node: &Node<'_>, values: &[T]) -> Vec<T> {
        let slot = |operand: &wengert::tape::Operand| {
            operand.index() + if operand.is_constant() { self.0.len() } else { 0 }
        };
        node.operands.iter().map(|operand| values[slot(operand)]).collect()
    }
}

/// The value of a node by operands and data; none of a leaf, and of what belongs to a call.
struct Value<'a, T>(&'a [T], &'a [f64]);

impl<T: Real> Visitor for Value<'_, T> {
    type Output = Option<T>;
    fn input(self) -> Option<T> {
        None
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Option<T> {
        Some(T::fixed::<R, A>(self.0.try_into().ok()?))
    }
    fn variadic<R: Variadic>(self) -> Option<T> {
        Some(match WithData::new(self.0, self.1) {
            Some(beside) => T::variadic::<R>(&beside),
            None => T::variadic::<R>(&self.0),
        })
    }
    fn foreign(self) -> Option<T> {
        None
    }
}

/// The partials of a node by operands, data and result.
struct Partials<'a, T>(&'a [T], &'a [f64], T);

impl<T: Real> Visitor for Partials<'_, T> {
    type Output = Vec<T>;
    fn input(self) -> Vec<T> {
        Vec::new()
    }
    fn fixed<R: Rule<A>, const A: usize>(self) -> Vec<T> {
        self.0.try_into().map_or(Vec::new(), |x| R::partials(x, self.2).to_vec())
    }
    fn variadic<R: Variadic>(self) -> Vec<T> {
        let mut partials = vec![T::lit(0.0); self.0.len()];
        let put = |k: usize, p| partials[k] = p;
        match WithData::new(self.0, self.1) {
            Some(beside) => R::partials(&beside, self.2, &mut Vec::new(), put),
            None => R::partials(&self.0, self.2, &mut Vec::new(), put),
        }
        partials
    }
    fn foreign(self) -> Vec<T> {
        Vec::new()
    }
}

impl Tier for Interpreter {
    fn of(tape: &Tape) -> Self {
        Self(tape.clone())
    }

    fn forward<T: Real>(&self, numbers: &mut Numbers<T>, _: bool) -> Result<(), Box<Stopped>> {
        let Numbers { values, calls, .. } = numbers;
        for node in self.0.walk() {
            let (i, x) = (node.id.index(), self.operands(&node, values));
            if let Some(callee) = self.0.callee(node.id) {
                values[i] = T::lit(0.0);
                *calls.work().operands(node.id) = x;
                let done = calls.forward(callee, &mut values[i + 1..][..callee.outputs()], false);
                done.map_err(|why| Box::new(Stopped { node: i, why }))?;
            } else if node.op != Op::Result
                && let Some(y) = node.op.visit(Value(&x, node.data))
            {
                values[i] = y;
            }
        }
        Ok(())
    }

    fn reverse<T: Real, G: Adjoint<T>>(
        &self,
        numbers: &mut Numbers<T>,
        adjoints: &mut Vec<G>,
        _careful: bool,
    ) -> Result<bool, CallError> {
        let Numbers { values, calls, .. } = numbers;
        let nodes: Vec<Node<'_>> = self.0.walk().collect();
        for node in nodes.iter().rev().filter(|node| node.op != Op::Result) {
            let (i, x) = (node.id.index(), self.operands(node, values));
            let slopes: Vec<G> = if let Some(callee) = self.0.callee(node.id) {
                let results = i + 1..i + 1 + callee.outputs();
                *calls.work().operands(node.id) = x;
                let gy = &adjoints[results.clone()];
                let seeds = (0..G::SEEDS).flat_map(|seed| gy.iter().map(move |g| g.of_seed(seed)));
                calls.work().weights().extend(seeds);
                if !calls.reverse(callee, &values[results], G::SEEDS)? {
                    continue;
                }
                let work = calls.work();
                (0..node.operands.len()).map(|k| G::by_seed(|seed| work.slope(seed, k))).collect()
            } else {
                let g = adjoints[i];
                node.op.visit(Partials(&x, node.data, values[i])).into_iter().map(|p| g.pull(p)).collect()
            };
            for (operand, slope) in node.operands.iter().zip(slopes) {
                if !operand.is_constant() {
                    adjoints[operand.index()] = adjoints[operand.index()].accumulate(slope);
                }
            }
        }
        Ok(true)
    }
}

#[test]
fn runs_conform() {
    conform::<Plan>();
}

/// What a tape shows of itself is all that it takes to run it.
#[test]
fn an_interpreter_conforms() {
    conform::<Interpreter>();
}

/// The interpreter and the program give the same numbers, whatever passes have made of the tape.
#[test]
fn an_interpreter_agrees_with_programs() {
    let program = Program::record(&[0.5, 2.0], |x| {
        let y = (x[0] * x[1]).sin();
        vec![(0..20).fold(y, |y, k| (y * x[0] + f64::from(k)).cos()), y]
    })
    .unwrap();
    for program in [program.clone(), program.optimized(), program.gradient_program().unwrap()] {
        let tape = program.tape();
        let mut numbers = Numbers::new(wengert::program::Caller::default());
        numbers.values = vec![f64::NAN; tape.len()];
        tape.inputs().iter().zip([0.25, 1.5]).for_each(|(node, x)| numbers.values[node.index()] = x);
        numbers.values.extend(tape.constants());
        Interpreter::of(tape).forward(&mut numbers, false).unwrap();
        let outputs: Vec<f64> = tape
            .outputs()
            .map(|output| match output {
                Source::Node(node) => numbers.values[node.index()],
                Source::Constant(constant) => tape.constant(constant),
            })
            .collect();
        assert_eq!(outputs, program.values(&[0.25, 1.5]).unwrap());
    }
}
