//! Whether two gradients are the same but for rounding.

use crate::tool::Absent;

/// Relative to each entry.
const RELATIVE: f64 = 1e-8;
/// And relative to the largest entry, for those that are what cancellation left.
const OF_LARGEST: f64 = 1e-12;

/// Compares a gradient with the expected one.
///
/// # Errors
/// The first entry that is off by more than 10⁻⁸ of itself and 10⁻¹² of the largest, or is not finite.
pub fn agree(expected: &[f64], found: &[f64]) -> Result<(), Absent> {
    let largest = expected.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    for (index, (expected, found)) in expected.iter().copied().zip(found.iter().copied()).enumerate() {
        let close = (expected - found).abs() <= RELATIVE * expected.abs() + OF_LARGEST * largest;
        if !close || !found.is_finite() {
            return Err(Absent::Differs { index, found, expected });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::agree;

    #[test]
    fn rounding_agrees_and_errors_do_not() {
        assert_eq!(agree(&[1.0, 1e-20], &[1.0 + 1e-9, 2e-20]), Ok(()));
        for wrong in [[1.0 + 1e-7, 1e-20], [1.0, 1e-9], [f64::NAN, 1e-20], [1.0, f64::INFINITY]] {
            assert!(agree(&[1.0, 1e-20], &wrong).is_err(), "{wrong:?}");
        }
        assert!(agree(&[f64::INFINITY], &[f64::INFINITY]).is_err());
    }
}
