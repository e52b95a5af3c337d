//! The opcodes: a byte for each row of the table, and those of leaves and calls. What an opcode means is in `visit.rs`.

/// The rows' names → the opcodes.
macro_rules! opcodes {
    ($($(#[$doc:meta])* $form:ident $Row:ident $method:ident $x:tt $body:tt)*) => {
        /// The opcode of a node: one byte.
        ///
        /// ```
        /// use wengert::ops::Op;
        /// assert_eq!(Op::from_name("mul").unwrap().info().arity, Some(2));
        /// assert_eq!(std::mem::size_of::<Op>(), 1);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Op {
            /// A leaf: an input of the recording.
            Input,
            /// A leaf that is not differentiated: a parameter of the recording.
            Parameter,
            $($(#[$doc])* $Row,)*
            /// A call: of a program, or of a user's own operation. Its values are the results behind it.
            Foreign,
            /// A result of a call: the call, and which of its results.
            Result,
        }

        impl Op {
            /// Every opcode, in order of its byte.
            pub const ALL: &[Op] = &[Op::Input, Op::Parameter, $(Op::$Row,)* Op::Foreign, Op::Result];
        }
    };
}

table!(opcodes);
