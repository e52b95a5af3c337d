//! Bodies that attract each other.

use crate::arithmetic::Arithmetic;
use crate::problems::{Problem, uniform};

/// The energy of bodies of fixed masses, `Σ ½mv² − Σ mₖmₗ/√(d² + ε²)` over all pairs; gradient by all positions and
/// velocities.
pub struct Bodies {
    point: Vec<f64>,
    masses: Vec<f64>,
}

impl Bodies {
    /// Of so many bodies, two at least, in the unit cube.
    #[must_use]
    pub fn new(bodies: usize) -> Self {
        Self { point: uniform(6 * bodies, 0.0, 1.0), masses: uniform(bodies, 0.5, 2.0) }
    }
}

impl Problem for Bodies {
    fn name(&self) -> String {
        format!("{} bodies", self.masses.len())
    }
    fn point(&self) -> &[f64] {
        &self.point
    }
    fn operations(&self) -> usize {
        let bodies = self.masses.len();
        7 * bodies - 1 + 13 * (bodies * (bodies - 1) / 2)
    }
    fn eval<A: Arithmetic>(&self, x: &[A::Number]) -> A::Number {
        let (positions, velocities) = x.split_at(x.len() / 2);
        let square = |x: &[A::Number]| x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
        let kinetic = |k: usize| square(&velocities[3 * k..]) * (0.5 * self.masses[k]);
        let mut energy = kinetic(0);
        for k in 1..self.masses.len() {
            energy = energy + kinetic(k);
        }
        for k in 1..self.masses.len() {
            for l in 0..k {
                let (p, q) = (&positions[3 * k..], &positions[3 * l..]);
                let distance = A::sqrt(square(&[p[0] - q[0], p[1] - q[1], p[2] - q[2]]) + 1e-4);
                energy = energy - A::recip(distance) * (self.masses[k] * self.masses[l]);
            }
        }
        energy
    }
}
