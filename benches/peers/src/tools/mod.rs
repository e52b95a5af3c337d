//! The tools, one a file.

mod wengert;
#[cfg(feature = "xad")]
mod xad;
mod echidna;
mod reverse;
#[cfg(feature = "rustquant")]
mod rustquant;
mod easy_ml;
mod ad_trait;
mod num_dual;
mod wengert_forward;

use wengert_benches::Problem;

use crate::tool::Candidate;

/// All that this build has, wengert first.
#[must_use]
pub fn all<P: Problem>() -> Vec<Candidate<P>> {
    vec![
        Candidate::of::<wengert::Wengert>(),
        #[cfg(feature = "xad")]
        Candidate::of::<xad::Xad>(),
        Candidate::of::<echidna::Echidna>(),
        Candidate::of::<reverse::Reverse>(),
        #[cfg(feature = "rustquant")]
        Candidate::of::<rustquant::RustQuant>(),
        Candidate::of::<easy_ml::EasyMl>(),
        Candidate::of::<ad_trait::AdTrait>(),
        Candidate::of::<num_dual::NumDual>(),
        Candidate::of::<wengert_forward::WengertForward>(),
    ]
}

/// What [`Arithmetic`](wengert_benches::Arithmetic) asks of a tool without constants of its own and without weighted
/// sums.
macro_rules! chained_weights {
    () => {
        type Constant = f64;

        #[inline]
        fn constant(x: f64) -> f64 {
            x
        }
        #[inline]
        fn weighted_sum(weights: &[f64], x: &[Self::Number]) -> Self::Number {
            wengert_benches::arithmetic::chain(x.len(), |k| x[k] * weights[k])
        }
    };
}
use chained_weights;

/// Methods of [`Arithmetic`](wengert_benches::Arithmetic) that the number has under the same name.
macro_rules! same_names {
    ($($name:ident)+) => {
        $(
            #[inline]
            fn $name(x: Self::Number) -> Self::Number {
                x.$name()
            }
        )+
    };
}
use same_names;

/// A tool in forward mode, whose `Forward<P, N>` has the number of inputs in its type: of six at most.
macro_rules! few_inputs {
    ($tool:ident, $name:literal) => {
        impl crate::tool::Tool for $tool {
            const NAME: &'static str = $name;

            fn prepare<P: Problem>(problem: &P) -> Result<Box<dyn Run + '_>, crate::tool::Absent> {
                match problem.point().len() {
                    1 => Ok(Box::new(Forward::<_, 1>(problem))),
                    2 => Ok(Box::new(Forward::<_, 2>(problem))),
                    3 => Ok(Box::new(Forward::<_, 3>(problem))),
                    4 => Ok(Box::new(Forward::<_, 4>(problem))),
                    5 => Ok(Box::new(Forward::<_, 5>(problem))),
                    6 => Ok(Box::new(Forward::<_, 6>(problem))),
                    _ => Err(crate::tool::Absent::TooManyInputs { limit: 6 }),
                }
            }
        }
    };
}
use few_inputs;
