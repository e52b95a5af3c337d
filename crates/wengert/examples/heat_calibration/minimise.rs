//! The method of Broyden, Fletcher, Goldfarb and Shanno: a minimum by values and gradients alone.
//!
//! It keeps an estimate of the inverse Hessian, a full matrix: for few unknowns.

/// A point, the value there and the gradient.
pub(crate) struct Point {
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
}

/// Walks downhill from a point until a step gains less than so much; `seen` is shown each point that is better.
pub(crate) fn minimise<E>(
    mut at: Point,
    enough: f64,
    mut evaluate: impl FnMut(&[f64]) -> Result<Point, E>,
    mut seen: impl FnMut(&Point),
) -> Result<Point, E> {
    let n = at.x.len();
    // The first step is a short one: ten percent in all unknowns together.
    let scale = 0.1 / dot(&at.gradient, &at.gradient).sqrt();
    let mut inverse: Vec<Vec<f64>> =
        (0..n).map(|i| (0..n).map(|j| if i == j { scale } else { 0.0 }).collect()).collect();
    loop {
        let direction: Vec<f64> = inverse.iter().map(|row| -dot(row, &at.gradient)).collect();
        let slope = dot(&direction, &at.gradient);
        // No unknown may change by more than a factor of e at once.
        let mut length = (1.0 / direction.iter().fold(0.0_f64, |m, d| m.max(d.abs()))).min(1.0);
        let new = loop {
            let x: Vec<f64> = at.x.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
            let new = evaluate(&x)?;
            if new.value <= at.value + 1e-4 * length * slope {
                break new;
            }
            if length * slope > -enough {
                return Ok(at);
            }
            length *= 0.3;
        };
        seen(&new);
        let gained = at.value - new.value;
        let moved: Vec<f64> = new.x.iter().zip(&at.x).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = new.gradient.iter().zip(&at.gradient).map(|(a, b)| a - b).collect();
        update(&mut inverse, &moved, &turned);
        at = new;
        if gained < enough {
            return Ok(at);
        }
    }
}

/// The nearest matrix that maps the change of the gradient to the step that made it.
fn update(inverse: &mut [Vec<f64>], moved: &[f64], turned: &[f64]) {
    let curvature = dot(moved, turned);
    if curvature <= 0.0 {
        return; // no minimum lies ahead on that line, and nothing is learnt
    }
    let mapped: Vec<f64> = inverse.iter().map(|row| dot(row, turned)).collect();
    let weight = (1.0 + dot(turned, &mapped) / curvature) / curvature;
    for (i, row) in inverse.iter_mut().enumerate() {
        for (j, entry) in row.iter_mut().enumerate() {
            *entry +=
                weight * moved[i] * moved[j] - (mapped[i] * moved[j] + moved[i] * mapped[j]) / curvature;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
