//! Structures of numbers: what a gradient is taken with respect to.
//!
//! A [`Parameters`] is any shape that holds `f64`s and can be rebuilt with numbers of another type: an array, a
//! `Vec`, a tuple, a user's own struct. Recording maps `f64` to the recording number; the gradient comes back
//! in the same shape.

use crate::scalar::Scalar;

/// A shape that holds `f64`s and can be rebuilt with numbers of another type.
///
/// For a user's struct `#[derive(Parameters)]`, of the crate `wengert`, writes it. By hand it is:
///
/// ```
/// use wengert::{Parameters, Scalar};
///
/// struct Layer<T> { weights: Vec<T>, biases: [T; 2] }
///
/// impl Parameters for Layer<f64> {
///     type With<U: Scalar> = Layer<U>;
///     fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> Layer<U> {
///         Layer { weights: self.weights.map_numbers(f), biases: self.biases.map_numbers(f) }
///     }
///     fn each_number(&self, f: &mut impl FnMut(f64)) {
///         self.weights.each_number(f);
///         self.biases.each_number(f);
///     }
/// }
///
/// let layer = Layer { weights: vec![1.0], biases: [2.0, 3.0] };
/// assert_eq!(layer.flatten(), [1.0, 2.0, 3.0]);
/// let back = layer.restore(&[4.0, 5.0, 6.0]).unwrap();
/// assert_eq!((back.weights, back.biases), (vec![4.0], [5.0, 6.0]));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no shape of numbers that a derivative can be taken by",
    note = "`Parameters` is implemented for `f64`, and for arrays, slices, `Vec`, `Option` and tuples of such shapes \
            (`&[1.0, 2.0]`, `&x[..]`); derive it for a struct of your own with `#[derive(Parameters)]`"
)]
pub trait Parameters {
    /// The same shape, holding `U`.
    type With<U: Scalar>;

    /// Rebuilds the shape with `f` of each number. The order in which `f` sees the numbers is the order of the
    /// flat vector, and is the same at each call.
    ///
    /// Not called `map`, because the `map` of arrays, options and matrices would hide it on a struct's fields.
    fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> Self::With<U>;

    /// Hands each number to `f`, in the order of [`map_numbers`](Self::map_numbers), and builds nothing.
    ///
    /// Unless it is written, the shape is built and dropped, which costs memory where there are vectors in it.
    fn each_number(&self, f: &mut impl FnMut(f64)) {
        self.map_numbers(&mut |x| {
            f(x);
            x
        });
    }

    /// The numbers as they lie in memory, where they lie in the order of [`map_numbers`](Self::map_numbers), one behind the
    /// other.
    #[doc(hidden)]
    fn as_numbers(&self) -> Option<&[f64]> {
        None
    }

    /// The same of several shapes.
    #[doc(hidden)]
    fn all_as_numbers(_all: &[Self]) -> Option<&[f64]>
    where
        Self: Sized,
    {
        None
    }

    /// How many numbers there are.
    fn count_numbers(&self) -> usize {
        let mut count = 0;
        self.each_number(&mut |_| count += 1);
        count
    }

    /// The numbers in a flat vector.
    fn flatten(&self) -> Vec<f64> {
        let mut flat = Vec::new();
        self.each_number(&mut |x| flat.push(x));
        flat
    }

    /// This shape with the numbers of a flat slice in place of its own; `None` where the lengths differ.
    fn restore<U: Scalar>(&self, flat: &[U]) -> Option<Self::With<U>> {
        let mut asked = 0;
        let shape = self.map_numbers(&mut |x| {
            asked += 1;
            flat.get(asked - 1).copied().unwrap_or_else(|| U::lit(x))
        });
        (asked == flat.len()).then_some(shape)
    }
}

impl Parameters for f64 {
    type With<U: Scalar> = U;
    fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> U {
        f(*self)
    }
    fn each_number(&self, f: &mut impl FnMut(f64)) {
        f(*self);
    }
    fn as_numbers(&self) -> Option<&[f64]> {
        Some(core::slice::from_ref(self))
    }
    fn all_as_numbers(all: &[Self]) -> Option<&[f64]> {
        Some(all)
    }
}

impl<P: Parameters + ?Sized> Parameters for &P {
    type With<U: Scalar> = P::With<U>;
    fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> P::With<U> {
        (**self).map_numbers(f)
    }
    fn each_number(&self, f: &mut impl FnMut(f64)) {
        (**self).each_number(f);
    }
    fn as_numbers(&self) -> Option<&[f64]> {
        (**self).as_numbers()
    }
}

impl<P: Parameters, const N: usize> Parameters for [P; N] {
    type With<U: Scalar> = [P::With<U>; N];
    fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> Self::With<U> {
        core::array::from_fn(|k| self[k].map_numbers(f))
    }
    fn each_number(&self, f: &mut impl FnMut(f64)) {
        self.as_slice().each_number(f);
    }
    fn as_numbers(&self) -> Option<&[f64]> {
        P::all_as_numbers(self)
    }
    fn all_as_numbers(all: &[Self]) -> Option<&[f64]> {
        P::all_as_numbers(all.as_flattened())
    }
}

impl<P: Parameters> Parameters for [P] {
    type With<U: Scalar> = Vec<P::With<U>>;
    fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> Self::With<U> {
        self.iter().map(|p| p.map_numbers(f)).collect()
    }
    fn each_number(&self, f: &mut impl FnMut(f64)) {
        for p in self {
            p.each_number(f);
        }
    }
    fn as_numbers(&self) -> Option<&[f64]> {
        P::all_as_numbers(self)
    }
}

impl<P: Parameters> Parameters for Vec<P> {
    type With<U: Scalar> = Vec<P::With<U>>;
    fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> Self::With<U> {
        self.as_slice().map_numbers(f)
    }
    fn each_number(&self, f: &mut impl FnMut(f64)) {
        self.as_slice().each_number(f);
    }
    fn as_numbers(&self) -> Option<&[f64]> {
        P::all_as_numbers(self)
    }
}

impl<P: Parameters> Parameters for Option<P> {
    type With<U: Scalar> = Option<P::With<U>>;
    fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> Self::With<U> {
        self.as_ref().map(|p| p.map_numbers(f))
    }
    fn each_number(&self, f: &mut impl FnMut(f64)) {
        if let Some(p) = self {
            p.each_number(f);
        }
    }
}

macro_rules! tuple {
    ($($P:ident $k:tt),*) => {
        impl<$($P: Parameters),*> Parameters for ($($P,)*) {
            type With<U: Scalar> = ($($P::With<U>,)*);
            #[allow(clippy::unused_unit, unused_variables)] // of the empty tuple
            fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> Self::With<U> {
                ($(self.$k.map_numbers(f),)*)
            }
            #[allow(unused_variables)] // of the empty tuple
            fn each_number(&self, f: &mut impl FnMut(f64)) {
                $(self.$k.each_number(f);)*
            }
        }
    };
}

tuple!();
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

#[cfg(feature = "ndarray")]
impl<D: ndarray::Dimension> Parameters for ndarray::Array<f64, D> {
    type With<U: Scalar> = ndarray::Array<U, D>;
    /// In logical order, the last index fastest, whatever the layout in memory: two arrays of one shape (a point
    /// and a direction) then agree. The result is in standard layout.
    fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> Self::With<U> {
        let flat = self.iter().map(|x| f(*x)).collect();
        match ndarray::Array::from_shape_vec(self.raw_dim(), flat) {
            Ok(array) => array,
            Err(_) => unreachable!("an array has as many elements as its shape says"),
        }
    }
    fn each_number(&self, f: &mut impl FnMut(f64)) {
        for x in self {
            f(*x);
        }
    }
}

#[cfg(feature = "nalgebra")]
impl<R, C> Parameters for nalgebra::OMatrix<f64, R, C>
where
    R: nalgebra::Dim,
    C: nalgebra::Dim,
    nalgebra::DefaultAllocator: nalgebra::allocator::Allocator<R, C>,
{
    type With<U: Scalar> = nalgebra::OMatrix<U, R, C>;
    /// Column by column, as nalgebra stores.
    fn map_numbers<U: Scalar>(&self, f: &mut impl FnMut(f64) -> U) -> Self::With<U> {
        self.map(f)
    }
    fn each_number(&self, f: &mut impl FnMut(f64)) {
        for x in self.iter() {
            f(*x);
        }
    }
}
