//! The contract between an operation and a number type.
//!
//! A [`Rule`] says what an operation of fixed arity *is*: `y = φ(x₁ … x_A)` and `∂φ/∂xₖ`. A [`Real`] says
//! what a number type *does* with any rule. Neither names the other's members: a new operation is one row
//! of the table, a new number type is one file under `algebra/`.
//!
//! This module is *not* the place for formulas (see `table.rs`) or storage (see `wengert-tape`).

use core::fmt::Debug;
use core::marker::PhantomData;
use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::opcodes::Op;
use crate::operands::{Operands, WithData};

/// The primitive floats, `f64` and `f32`: the types at which the value of an operation is computed.
///
/// All elementary functions are the standard library's (through [`num_traits::Float`]); `erf`, `erfc` and
/// `ln_gamma` are those of the `libm` crate.
pub trait Primitive:
    num_traits::Float + num_traits::FloatConst + Real + PartialOrd + core::iter::Sum + core::iter::Product
{
    /// `x` rounded to this type.
    fn of(x: f64) -> Self;
    /// This number as `f64`, exactly.
    fn wide(self) -> f64;
    /// The error function, `2/√π ∫₀ˣ e^(−t²) dt`.
    #[must_use]
    fn erf_value(self) -> Self;
    /// The complementary error function, `1 − erf x` without cancellation.
    #[must_use]
    fn erfc_value(self) -> Self;
    /// `ln |Γ(x)|`.
    #[must_use]
    fn ln_gamma_value(self) -> Self;
}

/// A number type at which rules can be read: `f64`, `f32`, [`Dual`](crate::Dual), [`Taylor`](crate::Taylor), the
/// tape's `Var`.
///
/// This is what a number type of your own writes. What only sweeps ask of a number, and what some types have by a shorter way, is
/// in [`Shortcuts`], where everything has a default.
///
/// ```
/// use std::ops::{Add, Div, Mul, Neg, Sub};
/// use wengert::ops::{Functions, Operands, Real, Rule, Shortcuts, Variadic, rows};
///
/// /// A number that knows how many operations the longest way to it has.
/// #[derive(Clone, Copy, Debug)]
/// struct Deep {
///     value: f64,
///     depth: u32,
/// }
///
/// impl Real for Deep {
///     fn lit(value: f64) -> Self {
///         Self { value, depth: 0 }
///     }
///     fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self {
///         let depth = x.iter().fold(0, |most, x| most.max(x.depth));
///         Self { value: R::value(x.map(|x| x.value)), depth: depth + 1 }
///     }
///     fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self {
///         let values: Vec<f64> = (0..x.len()).map(|k| x.get(k).value).collect();
///         let depth = (0..x.len()).fold(0, |most, k| most.max(x.get(k).depth));
///         Self { value: R::value(&values.as_slice()), depth: depth + 1 }
///     }
///     fn select(condition: Self, a: Self, b: Self) -> Self {
///         if condition.value == 0.0 { b } else { a }
///     }
///     fn pull(g: Self, p: Self) -> Self {
///         if g.value == 0.0 || p.value == 0.0 { Self::lit(0.0) } else { g * p }
///     }
///     fn primal(self) -> f64 {
///         self.value
///     }
///     fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, _: impl Fn(f64) -> f64 + Copy) -> Self {
///         Self { value: value(self.value), ..self }
///     }
/// }
/// impl Shortcuts for Deep {}
///
/// // The operators are rows like all others.
/// # macro_rules! operators { ($($Op:ident $op:ident)*) => { $(
/// # impl $Op for Deep {
/// #     type Output = Self;
/// #     fn $op(self, other: Self) -> Self {
/// #         Self::fixed::<rows::$Op, 2>([self, other])
/// #     }
/// # }
/// # )* } }
/// # operators! { Add add Sub sub Div div }
/// impl Mul for Deep {
///     type Output = Self;
///     fn mul(self, other: Self) -> Self {
///         Self::fixed::<rows::Mul, 2>([self, other])
///     }
/// }
/// impl Neg for Deep {
///     type Output = Self;
///     fn neg(self) -> Self {
///         Self::fixed::<rows::Neg, 1>([self])
///     }
/// }
///
/// // Now every row of the table is a method of it.
/// let x = Deep::lit(2.0);
/// let y = (x * x + x.sin()).exp();
/// assert_eq!((y.value, y.depth), ((4.0 + 2.0_f64.sin()).exp(), 3));
/// ```
///
/// There is no `==` and no `<` here. A branch inside a rule must be a [`Real::select`], which stays right for
/// every number type; comparisons for *users* are in [`Scalar`](crate::Scalar).
pub trait Real:
    Copy
    + Debug
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Shortcuts
{
    /// The constant `x`: its derivative is zero by any variable.
    #[must_use]
    fn lit(x: f64) -> Self;

    /// Reads a rule of fixed arity at this number type. Cost: the rule's value, and for derivative types its
    /// partials too.
    #[must_use]
    #[track_caller]
    fn fixed<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self;

    /// Reads a rule of any arity at this number type.
    #[must_use]
    #[track_caller]
    fn variadic<R: Variadic>(x: &impl Operands<Self>) -> Self;

    /// `a` where `condition` is not zero, else `b`. The branch not taken contributes nothing to any
    /// derivative, even where its own derivative is infinite or NaN.
    #[must_use]
    #[track_caller]
    fn select(condition: Self, a: Self, b: Self) -> Self;

    /// The chain rule's product of an adjoint (or tangent) and a partial: `g·p`, but exactly 0 where either is
    /// 0 in all its components.
    ///
    /// Dropping zeros here, in one place for all modes, keeps `0·∞` of a branch not taken from becoming NaN;
    /// and because a product that zero annihilates does not depend on its order, forward and reverse mode
    /// agree at poles. See [`crate::conventions`].
    #[must_use]
    fn pull(g: Self, p: Self) -> Self;

    /// The plain value, without derivatives. At a recording number a read of it is noted, as what is done with it does not
    /// follow the inputs.
    #[must_use]
    #[track_caller]
    fn primal(self) -> f64;

    /// The number with each float in it replaced: the plain value by `value`, every part of a derivative (a tangent, a
    /// coefficient of a series) by `part`. A number that records has no parts but its value, and gives a constant.
    ///
    /// ```
    /// use wengert::{Dual, ops::Real};
    /// let x = Dual { value: 2.0_f64, tangent: [1.0, 0.0] };
    /// let y = x.map_parts(|_| -0.0, |part| 3.0 * part);
    /// assert_eq!((y.value.to_bits(), y.tangent), ((-0.0_f64).to_bits(), [3.0, 0.0]));
    /// ```
    #[must_use]
    fn map_parts(self, value: impl Fn(f64) -> f64 + Copy, part: impl Fn(f64) -> f64 + Copy) -> Self;

    /// The result of an operation whose arguments cannot be right: NaN, and at a number type that can carry
    /// an error (the recorder's) that error.
    #[must_use]
    #[track_caller]
    fn invalid(_why: Invalid) -> Self {
        Self::lit(f64::NAN)
    }
}

/// What a number type can do by a shorter way than that of [`Real`], and what sweeps know of it in advance.
///
/// Everything has a default, and no default is wrong: it goes the long way, or says that nothing is known. So a number type of
/// your own says `impl Shortcuts for Mine {}`, as in the example at [`Real`], and overrides what it is faster at. It is not
/// implemented for all types by itself, because none could then override anything; nor is it sealed, because then no other crate
/// could have a number type.
///
/// ```
/// use wengert::{Dual, ops::Shortcuts};
///
/// assert_eq!((f64::ORDER, Dual::<Dual>::ORDER), (0, 2));
/// assert_eq!(f64::all_finite(&[1.0, f64::NAN]), Some(false));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which shortcuts it knows as a number type",
    note = "beside `impl Real for {Self}` write `impl Shortcuts for {Self} {{}}`: everything in it has a default"
)]
pub trait Shortcuts: Sized {
    /// Up to which order a number carries derivatives: 0 of a float, 1 of a dual number of floats. What is found order by
    /// order is done when it is reached. Unless a type says so, as many as it could have room for.
    const ORDER: usize = size_of::<Self>() / size_of::<f32>();

    /// [`pull`](Real::pull) as long as all is finite: the product as it comes. Where something is not, some part of the
    /// product is infinite or NaN too, so that a sweep can see afterwards that it needed care.
    #[inline(always)]
    #[must_use]
    #[track_caller]
    fn times(g: Self, p: Self) -> Self
    where
        Self: Real,
    {
        g * p
    }

    /// `a/b` by the type's own means, where it has any: a series divides coefficient by coefficient. For the `series` of
    /// rows alone; everything else writes `a / b`.
    #[inline(always)]
    #[must_use]
    #[track_caller]
    fn quotient(a: Self, b: Self) -> Self
    where
        Self: Real,
    {
        a / b
    }

    /// What a sweep makes of an adjoint (or tangent) and a contribution to it: their sum. A recording number leaves
    /// out what is known to be 0.
    #[inline(always)]
    #[must_use]
    #[track_caller]
    fn accumulate(sum: Self, contribution: Self) -> Self
    where
        Self: Real,
    {
        sum + contribution
    }

    /// Whether all of these are finite, so that their products need no care; `None` where the type does not say.
    #[must_use]
    fn all_finite(_numbers: &[Self]) -> Option<bool> {
        None
    }

    /// Whether [`fixed`](Real::fixed) takes care of zeros ([`pull`](Real::pull)), so that
    /// [`fixed_freely`](Self::fixed_freely) is something else.
    const CAREFUL: bool = false;

    /// [`fixed`](Real::fixed) as long as all is finite: products as they come. Where something is not, some part of the
    /// result is infinite or NaN.
    #[inline(always)]
    #[must_use]
    #[track_caller]
    fn fixed_freely<R: Rule<A>, const A: usize>(x: [Self; A]) -> Self
    where
        Self: Real,
    {
        Self::fixed::<R, A>(x)
    }

    /// Reads a rule that reads data at the same operands once for each row of a matrix of data, and appends the results.
    /// Where there are no operands, or the data are no whole number of rows, nothing is read of what is left over.
    ///
    /// ```
    /// use wengert::ops::{Shortcuts, rows};
    ///
    /// let mut y = Vec::new();
    /// f64::by_rows::<rows::WeightedSum>(&[1.0, 2.0], &[3.0, 4.0, 5.0, 6.0], &mut y);
    /// assert_eq!(y, [11.0, 17.0]);
    /// ```
    #[track_caller]
    fn by_rows<R: Variadic>(x: &[Self], data: &[f64], results: &mut Vec<Self>)
    where
        Self: Real,
    {
        for row in data.chunks_exact(x.len().max(1)) {
            if let Some(x) = WithData::new(x, row) {
                results.push(Self::variadic::<R>(&x));
            }
        }
    }

    /// Whether this is `f64`.
    #[doc(hidden)]
    const IS_DOUBLE: bool = false;

    /// Which of the sweeps that are compiled ahead, in the crate of programs, are this type's: for this crate's types to say.
    #[doc(hidden)]
    const AHEAD: Option<Ahead> = None;

    /// In how many directions a number has tangents that are floats: 0 of a float, `N` of a dual number of floats, `None`
    /// of all else. Code that is not generic is given floats, and this says which.
    #[doc(hidden)]
    const DIRECTIONS: Option<usize> = None;

    /// The tangent in one of the [`DIRECTIONS`](Self::DIRECTIONS).
    #[doc(hidden)]
    fn tangent_in(self, _direction: usize) -> f64 {
        f64::NAN
    }

    /// The number of a value and its tangents in all [`DIRECTIONS`](Self::DIRECTIONS).
    #[doc(hidden)]
    fn of_tangents(value: f64, _tangent: impl Fn(usize) -> f64) -> Self
    where
        Self: Real,
    {
        Self::lit(value)
    }
}

/// The number types at which sweeps of programs are compiled ahead, in the crate of programs, and not in each crate that runs a
/// program. That crate matches on all of these, so that a type that is listed here and not compiled there does not compile.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// `f64`
    Double,
    /// `f32`
    Single,
    /// `Dual<f64>`
    Dual,
    /// `Dual<f64, 4>`
    FourDuals,
    /// `Dual<f64, 8>`
    EightDuals,
    /// `Taylor<f64, 4>`
    FourthOrder,
    /// `Taylor<f64, 8>`
    EighthOrder,
}

/// Why an operation's arguments cannot be right.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Invalid {
    /// Two slices that must have one length have these.
    Lengths(usize, usize),
    /// A shape of numbers hands out so many by `each_number`, and asks for so many by `map_numbers`.
    Shape(usize, usize),
    /// A matrix of so many elements has no whole number of rows (or columns) of so many.
    Rows(usize, usize),
    /// The operands of the operation of that name are two halves of one length, and there are so many.
    Odd(&'static str, usize),
    /// The second operand of the operation of that name must be a constant.
    NotConstant(&'static str),
    /// The second operand of the operation of that name must be an integer in the range of `i32`, and is this.
    NotInteger(&'static str, f64),
}

/// An elementary operation of fixed arity `A`: `y = φ(x₁ … x_A)`.
///
/// Implementations come from the `rule!` macro, which the table uses for every row.
pub trait Rule<const A: usize>: Sized + 'static {
    /// The name in dumps and the method's name.
    const NAME: &'static str;
    /// The version of a rule written outside the table: another one for another value at the same operands. A saved tape
    /// names it.
    const VERSION: u32 = 0;
    /// Whether it stands for another rule, which the recorder knows.
    #[doc(hidden)]
    const STANDS_IN: bool = false;
    /// The opcode, for rows of the table; `None` for a rule written outside it, which a recorder records as a call.
    const OP: Option<Listed<Self>>;
    /// How the `f64` reverse sweep obtains each partial.
    const KINDS: [PartialKind; A];
    /// What the partials read.
    const READS: Reads<A>;
    /// Whether the value is a few instructions without a call, so that several lanes can take them at once.
    const WIDE: bool = false;
    /// Whether the value at [`Fast`](crate::Fast) is made of a few instructions without a call, and up to which size of its
    /// operand it is the fast one.
    const FAST: Option<f64> = None;

    /// `φ(x)` at a primitive float.
    #[must_use]
    fn value<F: Primitive>(x: [F; A]) -> F;

    /// `∂φ/∂xₖ` for each operand `k`, given the operands and the result `y = φ(x)`.
    #[must_use]
    fn partials<T: Real>(x: [T; A], y: T) -> [T; A];

    /// The operation as a composition of others, from which its Taylor coefficients beyond the first are read; `None`
    /// where they come from the partials, as they do for nearly every row. A row needs one where the partials would be
    /// exponential in the order: where they read the result and contain the operation itself.
    #[must_use]
    fn series<T: Real>(_x: [T; A]) -> Option<T> {
        None
    }
}

/// The opcode of a row of the table. Only the table makes one, each for its own row alone: whoever has it may rely on
/// the opcode's arity and kinds of partials being the row's. Sweeps without bounds checks do.
///
/// ```compile_fail,E0308
/// use wengert::ops::{Listed, Rule, rows};
///
/// struct Mine;
/// const STOLEN: Option<Listed<Mine>> = <rows::Sin as Rule<1>>::OP;
/// ```
pub struct Listed<R> {
    op: Op,
    row: PhantomData<fn() -> R>,
}

impl<R> Listed<R> {
    pub(crate) const fn row(op: Op) -> Self {
        Self { op, row: PhantomData }
    }

    /// The opcode.
    #[must_use]
    pub const fn op(&self) -> Op {
        self.op
    }
}

/// An operation on any number of operands, such as a sum or a dot product.
pub trait Variadic: Sized + 'static {
    /// The name in dumps and the method's name.
    const NAME: &'static str;
    /// The opcode.
    const OP: Listed<Self>;
    /// How the `f64` reverse sweep obtains every partial, where all are of one kind: of two halves, the other
    /// operand is the one at the same place of the other half. Otherwise they are computed anew.
    const KIND: PartialKind = PartialKind::Saved;
    /// Whether the partials read the result.
    const READS_OUTPUT: bool;
    /// Whether [`straight`](Self::straight) gives the value.
    const STRAIGHT: bool = false;
    /// Whether the partials repeat much of the work of [`straight`](Self::straight), so that where both are asked for less is
    /// done if that is written out.
    const UNFOLDS: bool = false;
    /// Whether its value at [`Fast`](crate::Fast) is another one.
    const FAST: bool = false;

    /// The value at a primitive float. Each row states its order of summation.
    #[must_use]
    fn value<F: Primitive>(x: &impl Operands<F>) -> F;

    /// The value by the same formula at any number type, where that asks nothing of numbers, so that it is right for several
    /// lanes at once; else `None`.
    #[must_use]
    fn straight<T: Real>(_x: &impl Operands<T>) -> Option<T> {
        None
    }

    /// Hands `(k, ∂φ/∂xₖ)` to `sink` for each operand, in operand order. `scratch` is reused between calls.
    fn partials<T: Real>(x: &impl Operands<T>, y: T, scratch: &mut Vec<T>, sink: impl FnMut(usize, T));
}

/// How a partial of a one- or two-operand row is obtained in the `f64` reverse sweep.
///
/// A row that declares none has [`Saved`](Self::Saved) throughout; a test compares every declaration with
/// the row's own `partials`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartialKind {
    /// Always 0.
    Zero,
    /// Always 1.
    One,
    /// Always −1.
    MinusOne,
    /// The value of the other one of the first two operands.
    Other,
    /// Twice the (only) operand's value.
    Twice,
    /// The operand's datum; of a row that reads data alone.
    Datum,
    /// Twice the difference between the operand's value and its datum; of a row that reads data alone.
    TwiceResidual,
    /// Computed while recording and kept, 8 bytes each; for a row of any arity, computed anew in the sweep.
    Saved,
}

impl PartialKind {
    /// Whether all of these are 0, 1 or −1 whatever the operands.
    ///
    /// ```
    /// use wengert::ops::{PartialKind, Rule, rows};
    ///
    /// assert!(PartialKind::constant(&<rows::Sub as Rule<2>>::KINDS));
    /// assert!(!PartialKind::constant(&<rows::Mul as Rule<2>>::KINDS));
    /// ```
    #[must_use]
    pub const fn constant(kinds: &[Self]) -> bool {
        let mut k = 0;
        while k < kinds.len() {
            if !matches!(kinds[k], Self::Zero | Self::One | Self::MinusOne) {
                return false;
            }
            k += 1;
        }
        true
    }

    /// Whether all of these are 0 whatever the operands.
    pub(crate) const fn all_zero(kinds: &[Self]) -> bool {
        let mut k = 0;
        while k < kinds.len() && matches!(kinds[k], Self::Zero) {
            k += 1;
        }
        k == kinds.len()
    }

    /// Whether one of these is neither a constant nor an operand's value.
    pub(crate) const fn any_saved(kinds: &[Self]) -> bool {
        let mut k = 0;
        while k < kinds.len() && !matches!(kinds[k], Self::Saved) {
            k += 1;
        }
        k < kinds.len()
    }
}

/// What a row's partials read, taken from the binders of the row itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reads<const A: usize> {
    /// Whether the partials read operand `k`.
    pub operands: [bool; A],
    /// Whether the partials read the result.
    pub output: bool,
}

/// Something done once for each kind of operation: a sweep's step, a printer, a test.
///
/// [`Op::visit`] holds the project's only `match` on operations and hands the rule's type to one of these.
pub trait Visitor {
    /// What the visit gives.
    type Output;
    /// A leaf: an input or a parameter of the recording, whose value comes from outside.
    fn input(self) -> Self::Output;
    /// A row of fixed arity.
    fn fixed<R: Rule<A>, const A: usize>(self) -> Self::Output;
    /// A row of any arity.
    fn variadic<R: Variadic>(self) -> Self::Output;
    /// A node that the table does not know: a call or a result of one.
    fn foreign(self) -> Self::Output;
}
