//! The comparisons of a number whose value decides.

/// The methods of `PartialOrd`, each of its own: at a value that records comparisons, the one that was asked is recorded, with
/// the line of the caller.
#[doc(hidden)]
#[macro_export]
macro_rules! comparisons {
    ($Other:ty, ($this:ident, $other:ident) => $left:expr, $right:expr) => {
        #[inline]
        #[track_caller]
        fn partial_cmp(&self, $other: &$Other) -> Option<::core::cmp::Ordering> {
            let $this = self;
            ($left).partial_cmp(&$right)
        }
        $crate::comparisons! { @one lt <, $Other, ($this, $other) => $left, $right }
        $crate::comparisons! { @one le <=, $Other, ($this, $other) => $left, $right }
        $crate::comparisons! { @one gt >, $Other, ($this, $other) => $left, $right }
        $crate::comparisons! { @one ge >=, $Other, ($this, $other) => $left, $right }
    };
    (@one $method:ident $operator:tt, $Other:ty, ($this:ident, $other:ident) => $left:expr, $right:expr) => {
        #[inline]
        #[track_caller]
        fn $method(&self, $other: &$Other) -> bool {
            let $this = self;
            $left $operator $right
        }
    };
}
