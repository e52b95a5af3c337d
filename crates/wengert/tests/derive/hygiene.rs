//! The derive where its user's names and lints are in the way.

use std::marker::PhantomData;

use wengert::Parameters as _;

/// Where every name that the generated code could want means something else.
mod names {
    #![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

    pub(crate) mod elsewhere {
        pub(crate) use ::wengert as ad;
    }

    struct f64;
    struct Clone;
    struct PhantomData;
    struct FnMut;
    struct Scalar;
    struct Real;
    struct Parameters;
    struct Option;
    mod wengert {}
    mod core {}
    const f: u8 = 0;
    const field_0: u8 = 0;
    static x: u8 = 0;

    #[derive(elsewhere::ad::Parameters)]
    #[parameters(crate = self::elsewhere::ad)]
    pub(crate) struct U<T> {
        pub(crate) f: T,
        pub(crate) x: T,
        #[parameters(fixed)]
        pub(crate) field_0: T,
        pub(crate) r#struct: u8,
        pub(crate) self_: ::core::marker::PhantomData<T>,
    }

    #[derive(::wengert::Parameters)]
    pub(crate) struct Plain<r#type>(pub(crate) r#type, pub(crate) Vec<r#type>);

    macro_rules! made {
        ($name:ident, $number:ident, $ty:ty, $field:ident) => {
            #[derive(::wengert::Parameters)]
            pub(crate) struct $name<$number> {
                pub(crate) $field: $ty,
                pub(crate) f: u8,
            }
        };
    }
    made!(Made, T, [T; 2], __f);
}

#[test]
fn names_do_not_meet() {
    let u = names::U { f: 1.0, x: 2.0, field_0: 3.0, r#struct: 4, self_: PhantomData };
    assert_eq!(u.flatten(), [1.0, 2.0]);
    assert_eq!(names::Plain(1.0, vec![2.0]).flatten(), [1.0, 2.0]);
    assert_eq!(names::Made { __f: [1.0, 2.0], f: 3 }.flatten(), [1.0, 2.0]);
}

/// What a library has: public items with private and deprecated parts.
pub mod public {
    use wengert::Parameters;

    #[derive(Clone)]
    struct Private<A>(#[allow(dead_code)] A);

    /// Public.
    #[derive(Parameters)]
    #[parameters(number = T)]
    pub struct Public<T, A> {
        /// A number.
        pub number: T,
        private: Private<A>,
    }

    impl<T, A> Public<T, A> {
        /// Made.
        pub fn new(number: T, private: A) -> Self {
            Self { number, private: Private(private) }
        }

        /// Whether it is there.
        pub fn has(&self) -> bool {
            let Private(_) = self.private;
            true
        }
    }
}

#[test]
fn private_fields_of_public_structs() {
    let public = public::Public::new(1.0, 'a');
    assert!(public.has());
    assert_eq!(public.restore(&[2.0]).map(|public| public.number), Some(2.0));
}

/// A type and a field that their crate wants nobody to write any more.
mod deprecated {
    #[deprecated]
    #[derive(wengert::Parameters)]
    pub(crate) struct Old<T>(pub(crate) T);

    #[derive(wengert::Parameters)]
    pub(crate) struct Part<T> {
        pub(crate) new: T,
        #[deprecated]
        pub(crate) old: T,
        #[deprecated]
        pub(crate) name: u8,
    }

    #[derive(wengert::Parameters)]
    pub(crate) enum Choice<T> {
        New(T),
        #[deprecated]
        Old(T),
    }
}

#[test]
#[expect(deprecated)]
fn deprecated_things_are_shapes_too() {
    assert_eq!(deprecated::Old(1.0).flatten(), [1.0]);
    assert_eq!(deprecated::Part { new: 1.0, old: 2.0, name: 3 }.flatten(), [1.0, 2.0]);
    assert_eq!(deprecated::Choice::Old(1.0).flatten(), [1.0]);
    assert_eq!(deprecated::Choice::New(1.0).flatten(), [1.0]);
}
