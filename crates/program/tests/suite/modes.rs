//! Two programs that compute the same, compared in every mode.

use wengert_ops::Real;
use wengert_program::{Program, Recovery, Several, SparseHessian, SparseJacobian, SparseOptions, Work};
use wengert_tape::{Dual, Pattern, Taylor};

/// Whether two vectors agree to rounding.
pub(crate) fn close(what: &str, a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len(), "{what}");
    let scale = b.iter().fold(1e-300_f64, |scale, b| scale.max(b.abs()));
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-12 * scale, "{what}: {a} and {b}");
    }
}

fn values(program: &Program, x: &[f64]) -> Vec<f64> {
    let mut y = vec![f64::NAN; program.outputs()];
    program.values_into(&mut Work::new(), x, &mut y).unwrap();
    y
}

fn weights(n: usize) -> Vec<f64> {
    (0..n).map(|k| 1.0 + (k as f64).sin()).collect()
}

/// A matrix of a pattern, dense.
fn dense(pattern: &Pattern, values: &[f64]) -> Vec<f64> {
    let mut matrix = vec![0.0; pattern.rows() * pattern.columns()];
    for ((row, column), value) in pattern.entries().zip(values) {
        matrix[row * pattern.columns() + column] = *value;
    }
    matrix
}

/// Adjoints of the inputs along a curve.
fn slopes_along<const K: usize>(program: &Program, x: &[f64]) -> Vec<f64> {
    let along = |(k, x): (usize, &f64)| Taylor::<f64, K>::series(&[*x, 1.0 - k as f64, 0.5, 0.0]);
    let mut work = Work::new();
    program.forward(&mut work, &x.iter().enumerate().map(along).collect::<Vec<_>>()).unwrap();
    let weights = weights(program.outputs()).into_iter().map(Taylor::lit).collect::<Vec<_>>();
    program.reverse(&mut work, &weights).unwrap();
    let inputs = program.tape().inputs().iter();
    inputs.flat_map(|i| work.adjoints()[i.index()].coefficients().collect::<Vec<_>>()).collect()
}

/// The Jacobian by a sparse plan: what is not in its pattern is 0.
pub(crate) fn sparse_jacobian(program: &Program, x: &[f64]) -> Vec<f64> {
    let plan = SparseJacobian::new(program);
    let mut values = vec![f64::NAN; plan.pattern().nonzeros()];
    plan.values_into(&mut Work::new(), x, &mut values).unwrap();
    dense(plan.pattern(), &values)
}

/// The weighted Hessian by a sparse plan: what is not in its pattern is 0.
pub(crate) fn sparse_hessian(program: &Program, x: &[f64], recovery: Recovery) -> Vec<f64> {
    let options = SparseOptions { recovery, ..SparseOptions::default() };
    let plan = SparseHessian::with(program, &options).unwrap();
    let mut lower = vec![f64::NAN; plan.pattern().nonzeros()];
    plan.values_into(&mut Work::new(), x, &weights(program.outputs()), &mut lower).unwrap();
    let (full, positions) = plan.pattern().mirrored();
    dense(&full, &positions.iter().map(|k| lower[*k]).collect::<Vec<_>>())
}

/// Values and everything of first order.
pub(crate) fn first_order(found: &Program, expected: &Program, x: &[f64]) {
    let (n, m) = (found.inputs(), found.outputs());
    assert_eq!(values(found, x), values(expected, x), "values, bit for bit");
    let vjp = |program: &Program| {
        let (mut y, mut product) = (vec![0.0; m], vec![0.0; n]);
        program.vjp_into(&mut Work::new(), x, &weights(m), &mut y, &mut product).unwrap();
        product
    };
    close("vjp", &vjp(found), &vjp(expected));
    let f32s = |program: &Program| {
        let x: Vec<f32> = x.iter().map(|x| *x as f32).collect();
        let w: Vec<f32> = weights(m).iter().map(|w| *w as f32).collect();
        let (mut y, mut product) = (vec![0.0; m], vec![0.0; n]);
        program.vjp_into(&mut Work::new(), &x, &w, &mut y, &mut product).unwrap();
        y.extend(product);
        y.into_iter().map(f64::from).collect::<Vec<_>>()
    };
    let (a, b) = (f32s(found), f32s(expected));
    let scale = b.iter().fold(0.0_f64, |scale, b| scale.max(b.abs()));
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= 1e-5 * scale), "f32: {a:?} and {b:?}");
    let jvp = |program: &Program| {
        let (mut y, mut product) = (vec![0.0; m], vec![0.0; m]);
        program.jvp_into(&mut Work::new(), x, &weights(n), &mut y, &mut product).unwrap();
        product
    };
    close("jvp", &jvp(found), &jvp(expected));
    let jacobian = |program: &Program| {
        let mut jacobian = vec![f64::NAN; n * m];
        program.jacobian_into(&mut Work::new(), x, &mut vec![0.0; program.outputs()], &mut jacobian).unwrap();
        jacobian
    };
    close("Jacobian", &jacobian(found), &jacobian(expected));
    close("sparse Jacobian", &sparse_jacobian(found, x), &jacobian(expected));
    // Several seeds in one sweep, some of which do not reach everything.
    let seeds = |program: &Program| {
        let mut work = Work::new();
        program.forward(&mut work, x).unwrap();
        let unit = |k| Several::<f64, 5>(std::array::from_fn(|lane| if lane == k { 2.0 } else { 0.0 }));
        let mut adjoints = Vec::new();
        program.reverse_into(&mut work, &(0..m).map(unit).collect::<Vec<_>>(), &mut adjoints).unwrap();
        let inputs = program.tape().inputs().iter();
        inputs.flat_map(|input| adjoints[input.index()].0).collect::<Vec<_>>()
    };
    close("several seeds", &seeds(found), &seeds(expected));
    let recorded = |program: &Program| values(&program.jacobian_program().unwrap(), x);
    close("Jacobian as a program", &recorded(found), &jacobian(expected));
    let mut operands = x.to_vec();
    operands.extend(weights(m));
    close("vjp as a program", &values(&found.vjp_program().unwrap(), &operands), &vjp(expected));
}

/// Second order and beyond.
fn higher_orders(found: &Program, expected: &Program, x: &[f64]) {
    let (n, m) = (found.inputs(), found.outputs());
    let hessian = |program: &Program| {
        let mut hessian = vec![f64::NAN; n * n];
        let w = weights(m);
        program
            .lagrangian_hessian_into(&mut Work::new(), x, &w, &mut vec![0.0; program.inputs()], &mut hessian)
            .unwrap();
        hessian
    };
    close("Hessian", &hessian(found), &hessian(expected));
    for recovery in [Recovery::Direct, Recovery::Substitution] {
        close("sparse Hessian", &sparse_hessian(found, x, recovery), &hessian(expected));
    }
    let hvp = |program: &Program| {
        let (mut g, mut product) = (vec![0.0; n], vec![0.0; n]);
        let (w, v) = (weights(m), weights(n));
        program.lagrangian_hvp_into(&mut Work::new(), x, &w, &v, &mut g, &mut product).unwrap();
        g.extend(product);
        g
    };
    close("hvp", &hvp(found), &hvp(expected));
    let series = |program: &Program| {
        let mut c = vec![f64::NAN; m * 5];
        program.taylor_into::<4, _>(&mut Work::new(), x, &weights(n), &mut c).unwrap();
        c
    };
    close("Taylor", &series(found), &series(expected));
    close("adjoints as series", &slopes_along::<3>(found, x), &slopes_along::<3>(expected, x));
    // Series at which sweeps forward are compiled ahead.
    close("adjoints as series", &slopes_along::<4>(found, x), &slopes_along::<4>(expected, x));
    let in_f32 = |program: &Program| {
        let (x, w): (Vec<f32>, Vec<f32>) =
            (x.iter().map(|x| *x as f32).collect(), weights(m).iter().map(|w| *w as f32).collect());
        let mut hessian = vec![f32::NAN; n * n];
        program
            .lagrangian_hessian_into(&mut Work::new(), &x, &w, &mut vec![0.0; program.inputs()], &mut hessian)
            .unwrap();
        hessian
    };
    let scale = hessian(expected).into_iter().fold(1e-30, |scale: f64, h| scale.max(h.abs()));
    for (a, b) in in_f32(found).into_iter().zip(hessian(expected)) {
        assert!((f64::from(a) - b).abs() <= 1e-4 * scale, "Hessian in f32: {a} and {b}");
    }
    let nested = |program: &Program| {
        let dual = |k: usize| Dual::<Dual<f64>> {
            value: Dual { value: x[k], tangent: [1.0 + k as f64] },
            tangent: [Dual { value: 2.0 - k as f64, tangent: [0.5] }],
        };
        let mut work = Work::new();
        program.forward(&mut work, &(0..n).map(dual).collect::<Vec<_>>()).unwrap();
        program
            .reverse(
                &mut work,
                &weights(m).into_iter().map(|w| Dual::constant(Dual::constant(w))).collect::<Vec<_>>(),
            )
            .unwrap();
        let of = |d: &Dual<Dual<f64>>| {
            [d.value.value, d.value.tangent[0], d.tangent[0].value, d.tangent[0].tangent[0]]
        };
        program.tape().inputs().iter().flat_map(|i| of(&work.adjoints()[i.index()])).collect::<Vec<_>>()
    };
    close("third order by nested duals", &nested(found), &nested(expected));
    let recorded = |program: &Program| values(&program.hessian_program().unwrap(), x);
    close("Hessian as a program", &recorded(found), &recorded(expected));
    let mut operands = x.to_vec();
    operands.extend(weights(n));
    let recorded = |program: &Program| values(&program.hvp_program().unwrap(), &operands);
    close("hvp as a program", &recorded(found), &recorded(expected));
    let third = |program: &Program| {
        values(
            &program.gradient_program().unwrap().gradient_program().unwrap().gradient_program().unwrap(),
            x,
        )
    };
    close("a derivative of a derivative of a derivative program", &third(found), &third(expected));
}

/// All of it, before and after passes.
pub(crate) fn everywhere(found: &Program, expected: &Program, x: &[f64]) {
    for found in [found.clone(), found.optimized()] {
        found.tape().verify().unwrap();
        first_order(&found, expected, x);
        higher_orders(&found, expected, x);
    }
}
