//! What an opcode means: facts about its operation, and the one `match` that leads from an opcode to the rule's type.

use crate::laws::{Declared, Law, Regrouping};
use crate::opcodes::Op;
use crate::rows;
use crate::rule::{PartialKind, Rule, Variadic, Visitor};

/// Facts about an opcode, for those that print, verify or count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Info {
    /// The spelling in dumps.
    pub name: &'static str,
    /// Number of operands; `None` where the node carries its own count.
    pub arity: Option<u8>,
    /// How each of the first three partials is obtained in the `f64` sweep; for a row of any arity, how all are.
    pub kinds: [PartialKind; 3],
    /// What the second operand may be.
    pub second: Second,
    /// Whether the operands are two halves of one length.
    pub halves: bool,
    /// Whether it reads data: plain numbers, one for each operand, which are kept beside the operands and have no derivative.
    pub data: bool,
    /// Whether less is done where it is written out beside its derivatives.
    pub unfolds: bool,
    /// What holds of it exactly.
    pub laws: &'static [Law],
    /// What holds of it up to rounding.
    pub regroupings: &'static [Regrouping],
}

/// What the second operand of a row may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Second {
    /// Any number.
    Variable,
    /// A constant.
    Constant,
    /// A constant that is an integer in the range of `i32`.
    Integer,
}

impl Info {
    /// How many partials the `f64` recording saves for such a node.
    #[inline]
    #[must_use]
    pub const fn saved(&self) -> usize {
        match self.arity {
            Some(arity @ 1..=2) => {
                let (kinds, _) = self.kinds.split_at(arity as usize);
                PartialKind::saved_recording(kinds)
            }
            _ => 0,
        }
    }
}

impl Second {
    /// Whether a number may be the second operand of a row that asks for an integer.
    #[must_use]
    pub fn is_integer(x: f64) -> bool {
        x == f64::from(x as i32)
    }
}

const fn plain(name: &'static str) -> Info {
    Info {
        name,
        arity: None,
        kinds: [PartialKind::Saved; 3],
        second: Second::Variable,
        halves: false,
        data: false,
        unfolds: false,
        laws: &[],
        regroupings: &[],
    }
}

const fn leaf(name: &'static str) -> Info {
    Info { arity: Some(0), kinds: [PartialKind::Zero; 3], ..plain(name) }
}

const fn fixed<R: Rule<A> + Declared, const A: usize>(second: Second) -> Info {
    const fn kind<R: Rule<A>, const A: usize>(k: usize) -> PartialKind {
        if k < A { R::KINDS[k] } else { PartialKind::Zero }
    }
    let kinds = [kind::<R, A>(0), kind::<R, A>(1), kind::<R, A>(2)];
    Info { arity: Some(A as u8), kinds, second, laws: R::LAWS, regroupings: R::REGROUPINGS, ..plain(R::NAME) }
}

const fn variadic<R: Variadic + Declared>(halves: bool, data: bool) -> Info {
    let (kinds, unfolds) = ([R::KIND; 3], R::UNFOLDS);
    Info { kinds, halves, data, unfolds, laws: R::LAWS, regroupings: R::REGROUPINGS, ..plain(R::NAME) }
}

/// What a form says of the second operand, or of all.
macro_rules! second {
    (integer) => {
        Second::Integer
    };
    (constant) => {
        Second::Constant
    };
    ($form:ident) => {
        Second::Variable
    };
}
macro_rules! halves {
    (slices) => {
        true
    };
    ($form:ident) => {
        false
    };
}
macro_rules! data {
    (data) => {
        true
    };
    ($form:ident) => {
        false
    };
}

/// The rows' names and forms → what is looked up by opcode.
macro_rules! visit {
    ($($(#[$doc:meta])* $form:ident $Row:ident $method:ident $x:tt $body:tt)*) => {
        impl Op {
            /// What [`Op::info`] tabulates, for tables made while compiling.
            #[must_use]
            pub const fn describe(self) -> Info {
                match self {
                    Op::Input => leaf("input"),
                    Op::Parameter => leaf("parameter"),
                    $(Op::$Row => by_form! { $form
                        { fixed::<rows::$Row, { arity!($x) }>(second!($form)) }
                        { variadic::<rows::$Row>(halves!($form), data!($form)) }
                    },)*
                    Op::Foreign => plain("call"),
                    Op::Result => Info {
                        arity: Some(2),
                        kinds: [PartialKind::Zero; 3],
                        second: Second::Integer,
                        ..plain("result")
                    },
                }
            }

            /// Hands the operation's rule to a visitor: the only `match` on operations in the project.
            #[inline(always)]
            pub fn visit<V: Visitor>(self, visitor: V) -> V::Output {
                match self {
                    Op::Input | Op::Parameter => visitor.input(),
                    $(Op::$Row => by_form! { $form
                        { visitor.fixed::<rows::$Row, { arity!($x) }>() }
                        { visitor.variadic::<rows::$Row>() }
                    },)*
                    Op::Foreign | Op::Result => visitor.foreign(),
                }
            }
        }
    };
}

table!(visit);

/// Facts about every opcode, by its byte.
static INFO: [Info; Op::ALL.len()] = {
    let mut table = [Op::Input.describe(); Op::ALL.len()];
    let mut k = 0;
    while k < table.len() {
        table[k] = Op::ALL[k].describe();
        k += 1;
    }
    table
};

impl Op {
    /// Name, arity and kinds of partials.
    #[inline]
    #[must_use]
    pub fn info(self) -> &'static Info {
        &INFO[self as usize]
    }

    /// The opcode of that spelling.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.info().name == name)
    }
}
