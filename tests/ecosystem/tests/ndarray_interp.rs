//! `ndarray-interp` interpolates data in `ndarray`'s arrays. Linear interpolation asks for `num_traits`' `Num` and `NumCast`;
//! cubic splines ask besides for `Euclid`, `Pow` and `ndarray::ScalarOperand`, the last of which is our feature `ndarray`.
//!
//! The tests interpolate at `Var` and at `Dual`, and differentiate by the query point, by the data and by the knots. Weights
//! of linear interpolation are known in closed form. A spline is linear in its data, so that its slope by one of them is the
//! spline through a 1 and zeros otherwise. Everything else is compared with central differences at `f64`.

use std::fmt::Debug;

use ndarray::{Array1, Array2, Ix1, ScalarOperand};
use ndarray_interp::interp1d::cubic_spline::{BoundaryCondition, CubicSpline, SplineNum};
use ndarray_interp::interp1d::{Interp1DBuilder, Linear};
use ndarray_interp::interp2d::Interp2DBuilder;
use num_traits::{Num, NumCast};
use wengert::{Function, Recorder, Var, forward, gradient};
use wengert_ecosystem::{assert_near, assert_rows_near, differences};

/// A query point, five knots that are not evenly spaced, and five data.
const POINT: [f64; 11] = [1.7, 0.0, 0.5, 1.25, 2.5, 3.0, 1.0, -0.5, 2.0, 0.25, 1.5];

fn linear<T: Num + PartialOrd + NumCast + Copy + Debug + Send>(at: [T; 11]) -> T {
    Interp1DBuilder::new(Array1::from(at[6..].to_vec()))
        .x(Array1::from(at[1..6].to_vec()))
        .strategy(Linear::new())
        .build()
        .unwrap()
        .interp_scalar(at[0])
        .unwrap()
}

#[test]
fn linear_interpolation_by_query_knots_and_data() {
    // Between the knots 1.25 and 2.5, with the data 2 and 0.25.
    let (weight, slope) = ((1.7 - 1.25) / 1.25, (0.25 - 2.0) / 1.25);
    let mut wanted = [0.0; 11];
    wanted[0] = slope;
    [wanted[3], wanted[4]] = [-slope * (1.0 - weight), -slope * weight];
    [wanted[8], wanted[9]] = [1.0 - weight, weight];
    let (value, reverse) = gradient(&POINT, linear::<Var>).unwrap();
    assert_eq!(value.to_bits(), linear(POINT).to_bits());
    assert_near(value, 2.0 + slope * 0.45, 1e-14);
    assert_rows_near(&[reverse], &[wanted], 1e-14);
    assert_rows_near(&[forward::gradient(&POINT, linear).unwrap().1], &[wanted], 1e-14);
    assert_rows_near(&differences(&POINT, 1e-5, |at| vec![linear(at)]), &[wanted], 1e-9);
}

type Boundary<T> = BoundaryCondition<T, Ix1>;

fn spline<T: SplineNum>(boundary: Boundary<T>, at: [T; 11]) -> T {
    Interp1DBuilder::new(Array1::from(at[6..].to_vec()))
        .x(Array1::from(at[1..6].to_vec()))
        .strategy(CubicSpline::new().boundary(boundary))
        .build()
        .unwrap()
        .interp_scalar(at[0])
        .unwrap()
}

/// One kind of end, at each number type.
macro_rules! splines {
    ($($name:ident $Kind:ident)*) => { $(
        #[test]
        fn $name() {
            let (value, reverse) = gradient(&POINT, |at| spline::<Var>(Boundary::$Kind, at)).unwrap();
            assert_eq!(value.to_bits(), spline::<f64>(Boundary::$Kind, POINT).to_bits());
            let (_, forwards) = forward::gradient(&POINT, |at| spline(Boundary::$Kind, at)).unwrap();
            assert_rows_near(&[forwards], &[reverse], 1e-12);
            let found = differences(&POINT, 1e-5, |at| vec![spline::<f64>(Boundary::$Kind, at)]);
            assert_rows_near(&[reverse], &found, 1e-8);
            for datum in 6..11 {
                let mut basis = POINT;
                basis[6..].fill(0.0);
                basis[datum] = 1.0;
                assert_near(reverse[datum], spline::<f64>(Boundary::$Kind, basis), 1e-13);
            }
        }
    )* };
}

splines! {
    a_spline_with_no_knot_at_its_second_points NotAKnot
    a_spline_with_natural_ends Natural
    a_spline_with_clamped_ends Clamped
}

/// A cubic goes through itself, so that the slope by the query is the cubic's own. The last two intervals are of one length:
/// where they are not, version 0.6.0 gives another curve at this kind of end, at `f64` as at any number.
#[test]
fn a_spline_through_a_cubic_has_its_slope() {
    let cubic = |x: f64| ((x - 2.0) * x + 0.5) * x - 1.0;
    let mut at = POINT;
    at[5] = 3.75;
    for k in 0..5 {
        at[6 + k] = cubic(at[1 + k]);
    }
    let (value, slopes) = gradient(&at, |at| spline::<Var>(Boundary::NotAKnot, at)).unwrap();
    assert_near(value, cubic(1.7), 1e-12);
    assert_near(slopes[0], 3.0 * 1.7 * 1.7 - 4.0 * 1.7 + 0.5, 1e-12);
}

/// Beyond its ends a periodic spline takes the remainder of the query by the period, which is `Euclid::rem_euclid`. A query
/// that is a period lower has the same value and the same slope.
fn periodic<T: SplineNum>([x, a, b, c]: [T; 4]) -> T {
    Interp1DBuilder::new(Array1::from(vec![a, b, c, a]))
        .strategy(CubicSpline::new().extrapolate(true).boundary(Boundary::Periodic))
        .build()
        .unwrap()
        .interp_scalar(x)
        .unwrap()
}

#[test]
fn a_periodic_spline_beyond_its_ends() {
    let [inside, outside] = [1.3, 1.3 - 3.0].map(|x| [x, 0.5, -1.0, 2.0]);
    let (value, slopes) = gradient(&inside, periodic::<Var>).unwrap();
    let (beyond, slopes_beyond) = gradient(&outside, periodic::<Var>).unwrap();
    assert_near(beyond, value, 1e-13);
    assert_rows_near(&[slopes_beyond], &[slopes], 1e-13);
    assert!(slopes[0].abs() > 0.5, "a slope that could be seen to be lost");
    assert_rows_near(&[slopes_beyond], &differences(&outside, 1e-5, |at| vec![periodic(at)]), 1e-8);
    assert_rows_near(&[forward::gradient(&outside, periodic).unwrap().1], &[slopes_beyond], 1e-13);
}

/// Bilinear interpolation on a grid of two by two cells.
fn bilinear<T: Num + PartialOrd + NumCast + Copy + Debug + Send + ScalarOperand>(at: [T; 11]) -> T {
    Interp2DBuilder::new(Array2::from_shape_vec((3, 3), at[2..].to_vec()).unwrap())
        .build()
        .unwrap()
        .interp_scalar(at[0], at[1])
        .unwrap()
}

#[test]
fn bilinear_interpolation_by_query_and_data() {
    let at = [0.25, 1.5, 1.0, 2.0, 4.0, -1.0, 0.5, 3.0, 7.0, 8.0, 9.0];
    // In the cell of the rows 0 and 1 and the columns 1 and 2, whose corners are 2, 4, 0.5 and 3.
    let mut wanted = [0.0; 11];
    wanted[0] = 0.5 * (0.5 - 2.0) + 0.5 * (3.0 - 4.0);
    wanted[1] = 0.75 * (4.0 - 2.0) + 0.25 * (3.0 - 0.5);
    [wanted[3], wanted[4], wanted[6], wanted[7]] = [0.375, 0.375, 0.125, 0.125];
    let (value, slopes) = gradient(&at, bilinear::<Var>).unwrap();
    assert_near(value, 0.375 * 6.0 + 0.125 * 3.5, 1e-14);
    assert_rows_near(&[slopes], &[wanted], 1e-14);
    assert_rows_near(&[forward::gradient(&at, bilinear).unwrap().1], &[wanted], 1e-14);
}

/// Which interval a query falls into is found by comparisons and by a whole number of a quotient: guards, and no reads.
#[test]
fn another_interval_is_another_trace() {
    let mut recorder = Recorder::new();
    recorder
        .record(|s| {
            let at = s.inputs(&POINT);
            spline(Boundary::Natural, at)
        })
        .unwrap();
    assert!(!recorder.tape().guards().is_empty());
    assert_eq!(recorder.tape().lossy_reads(), []);

    let mut f = Function::new(|at: &[Var]| linear::<Var>(at.try_into().unwrap()));
    let mut at = POINT;
    for (query, slope) in [(1.7, -1.4), (1.9, -1.4), (0.2, -3.0), (2.75, 2.5)] {
        at[0] = query;
        let (value, slopes) = f.gradient(&at).unwrap();
        assert_eq!(value.to_bits(), linear(at).to_bits());
        assert_near(slopes[0], slope, 1e-14);
    }
    assert_eq!(f.report().recordings, 3);
}
