//! Every tool that takes a problem gives wengert's gradient and value.

use wengert_benches::Problem;
use wengert_benches::arithmetic::Plain;
use wengert_benches::catalogue::{Visitor, each_small};
use wengert_peers::agreement::agree;
use wengert_peers::{Absent, tools};

#[derive(Default)]
struct Compare {
    compared: Vec<(&'static str, usize)>,
}

impl Visitor for Compare {
    fn problem<P: Problem + 'static>(&mut self, group: &'static str, size: &'static str, make: fn() -> P) {
        let problem = make();
        let inputs = problem.point().len();
        let value = problem.eval::<Plain>(problem.point());
        let mut expected = None;
        for candidate in tools::all::<P>() {
            let place = format!("{group} {size}, {}", candidate.name);
            let mut run = match (candidate.prepare)(&problem) {
                Ok(run) => run,
                Err(Absent::TooManyInputs { limit }) if inputs > limit => continue,
                Err(why) => panic!("{place}: {why}"),
            };
            let mut gradient = vec![f64::NAN; inputs];
            // Twice, as tapes are reused.
            for _ in 0..2 {
                let found = run.gradient(&mut gradient);
                assert!((found - value).abs() <= 1e-10 * value.abs(), "{place}: {found}, not {value}");
                let agreed = agree(expected.get_or_insert_with(|| gradient.clone()), &gradient);
                assert_eq!(agreed, Ok(()), "{place}");
            }
            match self.compared.iter_mut().find(|(name, _)| *name == candidate.name) {
                Some((_, problems)) => *problems += 1,
                None => self.compared.push((candidate.name, 1)),
            }
        }
    }
}

#[test]
fn tools_agree_on_every_problem() {
    let mut compare = Compare::default();
    each_small(&mut compare);
    for (name, problems) in compare.compared {
        // Forward mode takes the two with the fewest inputs.
        let expected = if name == "num-dual" { 2 } else { 14 };
        assert_eq!(problems, expected, "{name}");
    }
}
