//! The closed list of number types at which any operation can be read, and a call at each.
//!
//! An operation is behind a trait object, which no method over any number type can be asked for. So a call is an enum over the
//! types that sweeps are compiled for; at all others an operation is read by way of these, or not at all.

use core::any::Any;

use wengert_ops::__private::Ahead;
use wengert_ops::{Dual, Real, Taylor};

use super::work::{CallNumbers, CallWork};
use crate::error::CallError;

/// A call forward, at one number type.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The operands.
    pub x: &'a [T],
    /// The results, to be written.
    pub y: &'a mut [T],
    /// Memory, and where derivatives are noted that could not be given.
    pub work: &'a mut CallWork<T>,
}

/// A call in reverse, at one number type.
#[derive(Debug)]
pub struct Reverse<'a, T> {
    /// The operands.
    pub x: &'a [T],
    /// The results.
    pub y: &'a [T],
    /// The adjoints of the results, seed after seed.
    pub gy: &'a [T],
    /// The adjoints of the operands, seed after seed, to be written; zeros at first.
    pub gx: &'a mut [T],
    /// Memory, and where derivatives are noted that could not be given.
    pub work: &'a mut CallWork<T>,
}

/// What is done with a call forward, whatever its number type.
pub trait ForwardReader {
    /// Does it.
    ///
    /// # Errors
    /// Those of the operation.
    fn read<T: Real>(self, call: Forward<'_, T>) -> Result<(), CallError>;
}

/// What is done with a call in reverse, whatever its number type.
pub trait ReverseReader {
    /// Does it.
    ///
    /// # Errors
    /// Those of the operation.
    fn read<T: Real>(self, call: Reverse<'_, T>) -> Result<(), CallError>;
}

macro_rules! numbers {
    ($(#[$doc:meta])* $Call:ident $At:ident $Reader:ident; $($(#[$of:meta])* $Name:ident $T:ty;)*) => {
        $(#[$doc])*
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum $At<'a> {
            $($(#[$of])* $Name($Call<'a, $T>),)*
        }

        $(impl<'a> From<$Call<'a, $T>> for $At<'a> {
            fn from(call: $Call<'a, $T>) -> Self {
                Self::$Name(call)
            }
        })*

        impl $At<'_> {
            /// Does the same at whichever type it is.
            ///
            /// # Errors
            /// Those of the operation.
            pub fn read(self, reader: impl $Reader) -> Result<(), CallError> {
                match self {
                    $(Self::$Name(call) => reader.read(call),)*
                }
            }
        }
    };
}

numbers! {
    /// A call forward, at a number type of the list.
    Forward ForwardAt ForwardReader;
    /// Floats.
    Double f64;
    /// Floats of half the size.
    Single f32;
    /// Values with a tangent.
    Dual Dual<f64>;
    /// Values with four tangents.
    FourDuals Dual<f64, 4>;
    /// Values with eight tangents.
    EightDuals Dual<f64, 8>;
    /// Series up to order 4.
    FourthOrder Taylor<f64, 4>;
    /// Series up to order 8.
    EighthOrder Taylor<f64, 8>;
}

numbers! {
    /// A call in reverse, at a number type of the list.
    Reverse ReverseAt ReverseReader;
    /// Floats: first derivatives.
    Double f64;
    /// Floats of half the size.
    Single f32;
    /// Values with a tangent: second derivatives along one direction.
    Dual Dual<f64>;
    /// Values with four tangents.
    FourDuals Dual<f64, 4>;
    /// Values with eight tangents.
    EightDuals Dual<f64, 8>;
}

/// What a type that is known to be another is, as that one.
fn same<T: 'static, U: 'static>(x: &mut T) -> Option<&mut U> {
    (x as &mut dyn Any).downcast_mut()
}

impl ForwardAt<'_> {
    /// Hands a call to an operation, if its number type is one of the list.
    pub(crate) fn with<T: Real>(
        numbers: &mut CallNumbers<T>,
        work: &mut CallWork<T>,
        f: impl FnOnce(ForwardAt<'_>) -> Result<(), CallError>,
    ) -> Option<Result<(), CallError>> {
        macro_rules! try_each {
            ($($Name:ident $T:ty;)*) => { $(
                if const { matches!(T::AHEAD, Some(Ahead::$Name)) }
                    && let Some(work) = same::<_, CallWork<$T>>(work)
                    && let Some(CallNumbers { x, y, .. }) = same::<_, CallNumbers<$T>>(numbers)
                {
                    return Some(f(ForwardAt::$Name(Forward { x, y, work })));
                }
            )* };
        }
        try_each! {
            Double f64; Single f32; Dual Dual<f64>; FourDuals Dual<f64, 4>; EightDuals Dual<f64, 8>;
            FourthOrder Taylor<f64, 4>; EighthOrder Taylor<f64, 8>;
        }
        None
    }
}

impl ReverseAt<'_> {
    /// Hands a call to an operation, if its number type is one of the list.
    pub(crate) fn with<T: Real>(
        numbers: &mut CallNumbers<T>,
        work: &mut CallWork<T>,
        f: impl FnOnce(ReverseAt<'_>) -> Result<(), CallError>,
    ) -> Option<Result<(), CallError>> {
        macro_rules! try_each {
            ($($Name:ident $T:ty;)*) => { $(
                if const { matches!(T::AHEAD, Some(Ahead::$Name)) }
                    && let Some(work) = same::<_, CallWork<$T>>(work)
                    && let Some(CallNumbers { x, y, gy, gx }) = same::<_, CallNumbers<$T>>(numbers)
                {
                    return Some(f(ReverseAt::$Name(Reverse { x, y, gy, gx, work })));
                }
            )* };
        }
        try_each! { Double f64; Single f32; Dual Dual<f64>; FourDuals Dual<f64, 4>; EightDuals Dual<f64, 8>; }
        None
    }
}
