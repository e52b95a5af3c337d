//! Messages of errors, and what is generated, compared as text.

use syn::{DeriveInput, parse_quote};

use crate::expand::expand;

/// All messages of the errors for an item.
#[track_caller]
fn errors(item: &DeriveInput) -> Vec<String> {
    match expand(item) {
        Ok(code) => panic!("no error, but {code}"),
        Err(error) => error.into_iter().map(|error| error.to_string()).collect(),
    }
}

/// The generated code, without its spaces.
#[track_caller]
fn code(item: &DeriveInput) -> String {
    match expand(item) {
        Ok(code) => code.to_string().replace(' ', ""),
        Err(error) => panic!("{error}"),
    }
}

/// The head of the implementation, without its spaces.
#[track_caller]
fn head(item: &DeriveInput) -> String {
    let code = code(item);
    let head = code.split('{').next().unwrap_or_default();
    head.trim_start_matches("#[automatically_derived]").replace("::core::primitive::", "")
}

#[test]
fn an_item_without_a_type_parameter() {
    assert_eq!(
        errors(&parse_quote!(
            struct Point {
                x: f64,
            }
        )),
        [
            "`Point` has no type parameter, and the number type must be a type parameter: `struct Point<T> {..}`, with \
          `T` as the type of its numbers"
        ]
    );
    assert_eq!(
        errors(&parse_quote!(
            #[parameters(number = T)]
            enum Choice<'a, const N: usize> {
                One(&'a [f64; N]),
            }
        )),
        [
            "`Choice` has no type parameter, and the number type must be a type parameter: `enum Choice<T> {..}`, with \
          `T` as the type of its numbers"
        ]
    );
}

#[test]
fn the_number_type_among_several() {
    assert_eq!(
        errors(&parse_quote!(
            struct Labelled<L, T>(L, T);
        )),
        [
            "`Labelled` has several type parameters: say which is the number type, `#[parameters(number = L)]` or \
          `#[parameters(number = T)]`"
        ]
    );
    assert_eq!(
        errors(&parse_quote!(
            #[parameters(number = F)]
            struct Labelled<L, T>(L, T);
        )),
        [
            "`F` is no type parameter of `Labelled`: write `#[parameters(number = L)]` or `#[parameters(number = T)]`"
        ]
    );
}

#[test]
fn unions() {
    assert_eq!(
        errors(&parse_quote!(
            union Either<T: Copy> {
                x: T,
                n: u64,
            }
        )),
        ["a union does not know which of its fields it holds: derive `Parameters` for a struct or an enum"]
    );
}

#[test]
fn options_against_the_type() {
    // All fields at once: who has two errors shall not compile twice.
    assert_eq!(
        errors(&parse_quote!(
            struct Wrong<T> {
                #[parameters(keep)]
                numbers: Vec<T>,
                #[parameters(fixed)]
                name: String,
                #[parameters(fixed)]
                unit: core::marker::PhantomData<T>,
                slice: &'static [T],
            }
        )),
        [
            "the type of this field mentions `T` and changes with it, so the field cannot be kept: write `f64` in \
             place of `T`, or `#[parameters(fixed)]` to carry its numbers as constants",
            "the type of this field does not mention `T`, so the field is kept as it is: remove `fixed`",
            "`PhantomData` holds no numbers that could be fixed: remove `fixed`",
            "a reference cannot be rebuilt with other numbers, since it owns none: write `Vec<T>` or an array in its \
             place, or `f64` in place of `T` to keep it",
        ]
    );
}

#[test]
fn options_that_cannot_be_said() {
    let of_item = |options: DeriveInput| errors(&options).join("; ");
    assert_eq!(
        of_item(parse_quote!(
            #[parameters(fixed)]
            struct S<T>(T);
        )),
        "`keep` and `fixed` are said of a field: write them before the field"
    );
    assert_eq!(
        of_item(parse_quote!(
            #[parameters(name = T)]
            struct S<T>(T);
        )),
        "an item takes `number = T` and `crate = path`, and nothing else"
    );
    assert_eq!(
        of_item(parse_quote!(
            #[parameters(number = T, number = T)]
            struct S<T>(T);
        )),
        "this option is given twice: remove one"
    );
    assert_eq!(
        of_item(parse_quote!(
            #[parameters(crate = "ad")]
            struct S<T>(T);
        )),
        "the path stands without quotation marks: write `crate = path`"
    );
    assert_eq!(
        of_item(parse_quote!(
            #[parameters]
            struct S<T>(T);
        )),
        "the attribute is written with an option in parentheses, as in `#[parameters(fixed)]`"
    );
    let of_field = of_item;
    assert_eq!(
        of_field(parse_quote!(
            struct S<T>(#[parameters(number = T)] T);
        )),
        "`number` and `crate` are said of the whole item: write them before `struct` or `enum`"
    );
    assert_eq!(
        of_field(parse_quote!(
            struct S<T>(#[parameters(skip)] T);
        )),
        "a field takes `fixed` or `keep`, and nothing else"
    );
    assert_eq!(
        of_field(parse_quote!(
            struct S<T>(#[parameters(fixed, keep)] T);
        )),
        "`keep` and `fixed` exclude each other: write one of them"
    );
    assert_eq!(
        of_field(parse_quote!(
            struct S<T>(
                #[parameters(fixed)]
                #[parameters(fixed)]
                T,
            );
        )),
        "this option is given twice: remove one"
    );
    assert_eq!(
        of_item(parse_quote!(
            enum E<T> {
                #[parameters(fixed)]
                A(T),
            }
        )),
        "a variant takes no options: write them before the fields or before the enum"
    );
}

#[test]
fn an_associated_type_without_its_trait() {
    let message = "the derive puts `f64` in place of `T`, and `f64::` names no trait: write `<T as Trait>::`";
    assert_eq!(
        errors(&parse_quote!(
            #[parameters(number = T)]
            struct S<T: Add, A: From<T::Output>>(T, A);
        )),
        [message]
    );
    // Of `f64` alone it says nothing that has to be written down.
    let written = head(&parse_quote!(
        struct S<T: Add>(T)
        where
            T::Output: Copy;
    ));
    assert_eq!(written, "impl::wengert::ParametersforS<f64>");
}

#[test]
fn everything_generic_is_carried_through() {
    let written = head(&parse_quote!(
        #[parameters(number = T)]
        struct S<'a, 'b: 'a, T: Scalar + Mul<A> = f64, A: From<T> + 'a = u8, const N: usize = 2>(
            T,
            &'a [A; N],
            &'b str,
        )
        where
            T: Copy,
            Vec<(T, A)>: Debug,
            for<'c> &'c A: Add<T, Output = <T as Trait<A>>::Output>,
            'b: 'a;
    ));
    assert_eq!(
        written,
        "impl<'a,'b:'a,A:From<f64>+'a,constN:usize>::wengert::ParametersforS<'a,'b,f64,A,N>\
         wheref64:Mul<A>,Vec<(f64,A)>:Debug,for<'c>&'cA:Add<f64,Output=<f64asTrait<A>>::Output>,'b:'a,\
         &'a[A;N]:::core::clone::Clone"
    );
}

#[test]
fn a_name_is_a_parameter_only_where_it_is_one() {
    let written = code(&parse_quote!(
        struct S<T> {
            number: T,
            in_a_path: other::T,
            associated: Box<dyn Iterator<T = u8>>,
            argument: fn(T: u8),
            lifetime: &'T str,
            in_a_macro: array!(T; 2),
        }
    ));
    let numbers = written.matches("::wengert::Parameters::map_numbers").count();
    let kept = written.matches("::core::clone::Clone::clone").count();
    assert_eq!((numbers, kept), (2, 4));
}

#[test]
fn the_other_number_type_has_a_name_of_its_own() {
    let with = |item: DeriveInput| {
        let code = code(&item);
        code.split("typeWith<").nth(1).and_then(|rest| rest.split(':').next()).unwrap_or_default().to_owned()
    };
    assert_eq!(
        with(parse_quote!(
            struct S<T>(T);
        )),
        "U"
    );
    assert_eq!(
        with(parse_quote!(
            struct U<T>(T);
        )),
        "U1"
    );
    assert_eq!(
        with(parse_quote!(
            struct S<U>(U);
        )),
        "U1"
    );
    assert_eq!(
        with(parse_quote!(
            #[parameters(number = U1)]
            struct U<U1, const U2: usize>(U1);
        )),
        "U3"
    );
}
