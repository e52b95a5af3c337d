//! `#[derive(Parameters)]` for `wengert`: a struct or an enum of numbers becomes a point at which gradients are taken.
//!
//! Users depend on `wengert`, which re-exports the derive beside the trait of the same name.
//!
//! ```
//! use wengert::{Parameters, Scalar, gradient};
//!
//! #[derive(Parameters)]
//! struct Line<T> {
//!     slope: T,
//!     offset: T,
//! }
//!
//! impl<T: Scalar> Line<T> {
//!     fn at(&self, x: f64) -> T {
//!         self.slope * x + self.offset
//!     }
//! }
//!
//! let line = Line { slope: 2.0, offset: 1.0 };
//! let (y, by) = gradient(&line, |line| line.at(3.0).square())?;
//! assert_eq!(y, 49.0);
//! assert_eq!((by.slope, by.offset), (42.0, 14.0)); // a `Line` again
//! # Ok::<(), wengert::GradientError>(())
//! ```
//!
//! The macro [`Parameters`](macro@Parameters) says what becomes of each field.
#![forbid(unsafe_code)]

mod names;
mod options;
mod number;
mod part;
mod bounds;
mod expand;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Writes `wengert::Parameters` for a struct or an enum whose numbers are of a type parameter.
///
/// For `struct Layer<T>` it writes `impl Parameters for Layer<f64>`, with `Layer<U>` as the same shape of other numbers.
///
/// # Fields
///
/// The type of a field says what becomes of it. Let `T` be the number type.
///
/// * **Numbers.** A field whose type mentions `T` is handed to `Parameters`: `T` itself, arrays, `Vec`, `Option` and
///   tuples of it, and structs that derive it too. Its numbers stand in the flat vector, in the order of the fields.
/// * **Fixed.** Numbers behind `#[parameters(fixed)]` are carried along as constants. No gradient is taken by them, and
///   they are not in the flat vector. In a gradient, which is the same shape, they have the values of the point.
/// * **Kept.** A field whose type does not mention `T` is cloned: a name, a size, a rate of type `f64`.
/// * **Phantom.** A `PhantomData` holds nothing and is made anew, so that it may mention `T`. It is known by the last
///   segment of its path.
///
/// ```
/// use std::marker::PhantomData;
/// use wengert::{Parameters, gradient};
///
/// #[derive(Parameters)]
/// struct Layer<T, const N: usize> {
///     weights: [T; N], // numbers
///     bias: Option<T>, // numbers: one, or none
///     #[parameters(fixed)]
///     scale: T, // a constant at any number type
///     rate: f64,       // kept: its type is `f64` and not `T`
///     name: String,    // kept
///     unit: PhantomData<T>,
/// }
///
/// let layer = Layer {
///     weights: [1.0, 2.0],
///     bias: Some(3.0),
///     scale: 10.0,
///     rate: 0.1,
///     name: "hidden".to_owned(),
///     unit: PhantomData,
/// };
/// assert_eq!(layer.flatten(), [1.0, 2.0, 3.0]);
///
/// let (_, by) = gradient(&layer, |l| l.scale * (l.weights[0] * l.weights[1] + l.bias.unwrap()))?;
/// assert_eq!((by.weights, by.bias), ([20.0, 10.0], Some(10.0)));
/// assert_eq!((by.scale, by.rate, by.name.as_str()), (10.0, 0.1, "hidden"));
/// # Ok::<(), wengert::GradientError>(())
/// ```
///
/// In an enum the same is said of the fields of each variant, and the variant stays what it is:
///
/// ```
/// use wengert::Parameters;
///
/// #[derive(Parameters)]
/// enum Activation<T> {
///     Identity,
///     Leaky(T),
///     Between { low: T, high: T },
/// }
///
/// assert!(Activation::<f64>::Identity.flatten().is_empty());
/// assert_eq!(Activation::Leaky(0.1).flatten(), [0.1]);
/// assert_eq!(Activation::Between { low: -1.0, high: 1.0 }.flatten(), [-1.0, 1.0]);
/// ```
///
/// # Options
///
/// Before the item:
///
/// * `#[parameters(number = T)]` says which of several type parameters is the number type. A single one need not be
///   named.
/// * `#[parameters(crate = path)]` says where the crate `wengert` is, for who renames or re-exports it.
///
/// Before a field:
///
/// * `#[parameters(fixed)]`, as above.
/// * `#[parameters(keep)]` states that a field is kept, which follows from its type. It is an error where the type
///   mentions the number type.
///
/// ```
/// use wengert as ad;
///
/// #[derive(ad::Parameters)]
/// #[parameters(number = T, crate = ad)]
/// struct Labelled<L, T> {
///     #[parameters(keep)]
///     label: L,
///     numbers: Vec<T>,
/// }
///
/// let labelled = Labelled { label: "weights", numbers: vec![1.0] };
/// let other = ad::Parameters::restore(&labelled, &[2.0]).unwrap();
/// assert_eq!((other.label, other.numbers), ("weights", vec![2.0]));
/// ```
///
/// # Bounds
///
/// Lifetimes, constants and other type parameters are carried through with their bounds, in which `f64` stands in place
/// of `T`. What is kept must be `Clone`, and so must the other type parameters that a field of numbers mentions. Bounds
/// on `T` must follow from `wengert::Scalar`, because `Layer<U>` is asked for at every such `U`.
///
/// # Errors
///
/// Compilation fails, with a message at the place that says what to write instead:
///
/// * where the item has no type parameter, as `struct Point { x: f64 }`: the number type must be one;
/// * where it has several, and none is named by `number`; and where `number` names none of them;
/// * where `keep` stands before a field whose type mentions the number type, or `fixed` before one whose type does not,
///   or before a `PhantomData`;
/// * where a field is a reference to numbers, which owns none that could be others;
/// * where a bound has an associated type of the number type without its trait: `T::Output` instead of
///   `<T as Trait>::Output`;
/// * for a union; and for options that do not exist, stand in the wrong place, or are given twice.
///
/// Where a field mentions the number type and is no `Parameters`, such as a `Box<T>`, the compiler says so at its type.
///
/// ```compile_fail
/// # use wengert::Parameters;
/// #[derive(Parameters)]
/// struct Point { // error: the number type must be a type parameter: `struct Point<T> {..}`
///     x: f64,
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use wengert::Parameters;
/// #[derive(Parameters)]
/// struct Boxed<T> {
///     x: Box<T>, // error: `Box<f64>` is no `Parameters`
/// }
/// ```
#[proc_macro_derive(Parameters, attributes(parameters))]
pub fn derive_parameters(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as DeriveInput);
    expand::expand(&item).unwrap_or_else(|error| error.to_compile_error()).into()
}
