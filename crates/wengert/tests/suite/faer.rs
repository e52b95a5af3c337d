//! faer's matrices and wengert's patterns are the same matrices.

use faer::linalg::solvers::Solve;
use faer::sparse::{SparseColMat, SymbolicSparseColMatRef, Triplet};
use faer::{Col, Mat, Side};
use wengert::faer::{matrix, pattern, product, symbolic};
use wengert::{
    Program, ProgramError, Var, Work,
    sparse::{Pattern, SparseHessian, SparseJacobian},
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A ring with a hub: `Σ exp(0.1·xₖxₖ₊₁) + (0.1·x₀ + 3)·xₖ²`.
fn ring(x: &[Var]) -> Var {
    let n = x.len();
    (0..n).map(|k| (x[k] * x[(k + 1) % n] * 0.1).exp() + (x[0] * 0.1 + 3.0) * x[k].square()).sum()
}

#[test]
fn a_hessian_is_factorised_from_its_lower_triangle() -> Outcome {
    let x: Vec<f64> = (0..30).map(|k| (f64::from(k) * 0.7).sin()).collect();
    let f = Program::record(&x, |x| vec![ring(x)])?;
    let hessian = SparseHessian::new(&f);
    let mut lower = matrix::<f64>(hessian.pattern());
    hessian.values_into(&mut Work::new(), &x, &[1.0], lower.val_mut())?;
    // The whole matrix, by the positions of the mirror images.
    let (full, positions) = hessian.pattern().mirrored();
    let mut whole = matrix::<f64>(&full);
    for (value, position) in whole.val_mut().iter_mut().zip(&positions) {
        *value = lower.val()[*position];
    }
    let right = Col::from_fn(30, |k| 1.0 + k as f64);
    let by_cholesky = lower.sp_cholesky(Side::Lower)?.solve(&right);
    let by_lu = whole.sp_lu()?.solve(&right);
    let back: Mat<f64> = &whole * by_cholesky.as_mat();
    for k in 0..30 {
        assert!((by_cholesky[k] - by_lu[k]).abs() < 1e-12);
        assert!((back[(k, 0)] - right[k]).abs() < 1e-12);
    }
    Ok(())
}

#[test]
fn patterns_come_back() {
    let wide = Pattern::new(3, 5, [(2, 0), (0, 1), (1, 1), (2, 4)]).unwrap();
    assert_eq!(pattern(symbolic(&wide).as_ref()), Some(wide));
    let empty = Pattern::new(0, 0, []).unwrap();
    assert_eq!(pattern(symbolic(&empty).as_ref()), Some(empty));
    // Columns with room behind them, in narrower indices.
    let loose = SymbolicSparseColMatRef::<u32>::new_checked(2, 2, &[0, 2, 4], Some(&[1, 2]), &[1, 0, 0, 1]);
    assert_eq!(pattern(loose), Pattern::new(2, 2, [(1, 0), (0, 1), (1, 1)]));
}

#[test]
fn products_are_linear() -> Outcome {
    // Row 1 is empty.
    let entries = [(0, 0, 2.0), (2, 1, -1.0), (0, 3, 0.5), (2, 3, 4.0), (2, 0, 3.0)];
    let entries = entries.map(|(row, col, val)| Triplet { row, col, val });
    let a = SparseColMat::<usize, f64>::try_new_from_triplets(3, 4, &entries)?;
    let x = [1.0, 2.0, 3.0, 4.0];
    assert_eq!(product(a.as_ref(), &x), [4.0, 0.0, 17.0]);
    let f = Program::record(&x, |x| product(a.as_ref(), x))?;
    let jacobian = SparseJacobian::new(&f);
    let mut j = matrix::<f64>(jacobian.pattern());
    jacobian.values_into(&mut Work::new(), &x, j.val_mut())?;
    assert_eq!(
        (j.symbolic().col_ptr(), j.symbolic().row_idx()),
        (a.symbolic().col_ptr(), a.symbolic().row_idx())
    );
    assert_eq!(j.val(), a.val());
    assert_eq!(f.tape().hessian_pattern().nonzeros(), 0);
    Ok(())
}

#[test]
fn a_slice_of_the_wrong_length_is_an_error() {
    let a = matrix::<f64>(&Pattern::new(2, 3, [(0, 0)]).unwrap());
    assert!(product::<f64, _>(a.as_ref(), &[1.0, 2.0]).iter().all(|y| y.is_nan()));
    let recorded = Program::record(&[1.0, 2.0], |x| product(a.as_ref(), x));
    let Err(ProgramError::Record(error)) = recorded else { panic!("{recorded:?}") };
    assert!(error.to_string().contains("faer.rs"), "{error}");
}
