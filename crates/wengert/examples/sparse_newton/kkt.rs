//! The linear system of Newton's method with constraints, and its factorisation `LDLᵀ` by faer.
//!
//! The matrix `[H + δI, Jᵀ; J, −ε]` is factorised as it is, in a fixed order without pivoting, which `ε` makes possible; a few
//! steps of refinement take `ε` out of the solution. A step is one towards a minimum where there are as many negative pivots
//! as constraints (J. Nocedal and S. Wright, *Numerical Optimization*, theorem 16.3): `δ` is raised until that is so.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::ldlt::factor::LdltRegularization;
use faer::prelude::ReborrowMut;
use faer::sparse::SparseColMat;
use faer::sparse::linalg::SupernodalThreshold;
use faer::sparse::linalg::cholesky::{
    CholeskySymbolicParams, LdltRef, SymbolicCholesky, SymbolicCholeskyRaw, SymmetricOrdering,
    factorize_symbolic_cholesky,
};
use faer::{Conj, MatMut, Par, Side, Spec};
use wengert::sparse::Pattern;

const EPSILON: f64 = 1e-8;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The system of one structure: made once, factorised at many points.
pub(crate) struct Kkt {
    variables: usize,
    /// Of the lower triangle.
    pattern: Pattern,
    matrix: SparseColMat<usize, f64>,
    /// Where the values of `H`, of `J` and the diagonal stand.
    hessian: Vec<usize>,
    jacobian: Vec<usize>,
    diagonal: Vec<usize>,
    symbolic: SymbolicCholesky<usize>,
    factor: Vec<f64>,
    memory: MemBuffer,
    added: f64,
}

impl Kkt {
    /// The system of a Hessian's lower triangle and a Jacobian.
    pub(crate) fn new(hessian: &Pattern, jacobian: &Pattern) -> Outcome<Self> {
        let (n, m) = (hessian.columns(), jacobian.rows());
        let below = |(row, column): (usize, usize)| (n + row, column);
        let on = (0..n + m).map(|k| (k, k));
        let entries = hessian.entries().chain(jacobian.entries().map(below)).chain(on.clone());
        let pattern = Pattern::new(n + m, n + m, entries).ok_or("too many variables")?;
        let find = |(row, column)| pattern.position(row, column).ok_or("an entry that is not there");
        let matrix = wengert::faer::matrix(&pattern);
        let symbolic = factorize_symbolic_cholesky(
            matrix.symbolic(),
            Side::Lower,
            SymmetricOrdering::Amd,
            CholeskySymbolicParams {
                supernodal_flop_ratio_threshold: SupernodalThreshold::FORCE_SIMPLICIAL,
                ..CholeskySymbolicParams::default()
            },
        )?;
        let scratch =
            symbolic
                .factorize_numeric_ldlt_scratch::<f64>(Par::Seq, Spec::default())
                .or(symbolic.solve_in_place_scratch::<f64>(1, Par::Seq));
        Ok(Self {
            variables: n,
            hessian: hessian.entries().map(find).collect::<Result<_, _>>()?,
            jacobian: jacobian.entries().map(below).map(find).collect::<Result<_, _>>()?,
            diagonal: on.map(find).collect::<Result<_, _>>()?,
            factor: vec![0.0; symbolic.len_val()],
            memory: MemBuffer::new(scratch),
            pattern,
            matrix,
            symbolic,
            added: 0.0,
        })
    }

    /// Where the lower triangle is not 0.
    pub(crate) fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Entries of the factor.
    pub(crate) fn fill(&self) -> usize {
        self.symbolic.len_val()
    }

    /// Solves in place for the values of `H` and `J`; gives the `δ` that was needed.
    pub(crate) fn solve(&mut self, hessian: &[f64], jacobian: &[f64], x: &mut [f64]) -> Outcome<f64> {
        // Less than last time, in the hope that none is needed.
        let mut delta = 0.0;
        while !self.factorised(hessian, jacobian, delta) {
            delta = if delta == 0.0 { (self.added / 3.0).max(1e-4) } else { 8.0 * delta };
            if delta > 1e20 {
                return Err(
                    "no multiple of the identity makes the Hessian positive where the constraints do not"
                        .into(),
                );
            }
        }
        self.added = delta;
        // Without ε from here on.
        for k in &self.diagonal[self.variables..] {
            self.matrix.val_mut()[*k] = 0.0;
        }
        let right = x.to_vec();
        let mut residual = right.clone();
        x.fill(0.0);
        for _ in 0..3 {
            let (factor, stack) =
                (LdltRef::new(&self.symbolic, &self.factor), MemStack::new(&mut self.memory));
            let rows = residual.len();
            let mut column = MatMut::from_column_major_slice_mut(&mut residual, rows, 1);
            factor.solve_in_place_with_conj(Conj::No, column.rb_mut(), Par::Seq, stack);
            x.iter_mut().zip(&residual).for_each(|(x, change)| *x += change);
            residual.copy_from_slice(&right);
            for ((row, column), value) in self.pattern.entries().zip(self.matrix.val()) {
                residual[row] -= value * x[column];
                if row != column {
                    residual[column] -= value * x[row];
                }
            }
        }
        Ok(delta)
    }

    /// Factorises; whether there are as many negative pivots as constraints, and no pivot is 0.
    fn factorised(&mut self, hessian: &[f64], jacobian: &[f64], delta: f64) -> bool {
        let values = self.matrix.val_mut();
        values.fill(0.0);
        for (position, value) in self.hessian.iter().zip(hessian).chain(self.jacobian.iter().zip(jacobian)) {
            values[*position] = *value;
        }
        for (k, position) in self.diagonal.iter().enumerate() {
            values[*position] += if k < self.variables { delta } else { -EPSILON };
        }
        let result = self.symbolic.factorize_numeric_ldlt(
            &mut self.factor,
            self.matrix.as_ref(),
            Side::Lower,
            LdltRegularization::default(),
            Par::Seq,
            MemStack::new(&mut self.memory),
            Spec::default(),
        );
        let found = result.is_ok();
        let SymbolicCholeskyRaw::Simplicial(simplicial) = self.symbolic.raw() else { return false };
        // Each column of the factor begins with its pivot.
        let starts = &simplicial.col_ptr()[..simplicial.ncols()];
        found
            && starts.iter().filter(|k| self.factor[**k] < 0.0).count()
                == self.diagonal.len() - self.variables
    }
}
