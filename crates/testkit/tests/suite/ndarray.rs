//! Arrays of our numbers: products, a solver written for floats, and gradients in the shape of the array.

use ndarray::{Array, Array1, Array2, Axis, ShapeBuilder, array, s};
use num_traits::Float;
use wengert::{Dual, Parameters, Recorder, Scalar, Var, forward, gradient, tape::Test};

fn near<'a>(a: impl IntoIterator<Item = &'a f64>, b: impl IntoIterator<Item = &'a f64>) {
    let (a, b): (Vec<_>, Vec<_>) = (a.into_iter().collect(), b.into_iter().collect());
    assert_eq!(a.len(), b.len());
    for (a, b) in a.into_iter().zip(b) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{a} is not {b}");
    }
}

#[test]
fn products() {
    // f = Σ W∘(AB): ∂f/∂A = WBᵀ, ∂f/∂B = AᵀW.
    let a = array![[1.0, 2.0, -1.0], [0.5, -3.0, 4.0]];
    let b = array![[2.0, 0.1], [-1.0, 0.7], [0.3, 0.9]];
    let w = array![[1.0, -2.0], [3.0, 0.25]];
    let weighted = |c: Array2<Var>| (c * &w).sum();
    let (value, (da, db)) = gradient(&(a.clone(), b.clone()), |(a, b)| weighted(a.dot(&b))).unwrap();
    near([&value], [&(a.dot(&b) * &w).sum()]);
    near(&da, &w.dot(&b.t()));
    near(&db, &a.t().dot(&w));

    // Views, a matrix times a vector, sums along an axis.
    let v = array![0.3, -0.4, 2.0];
    let (_, slope) = gradient(&v, |v| a.mapv(Var::from).slice(s![1.., ..]).dot(&v).sum()).unwrap();
    near(&slope, a.row(1));
    let (_, slope) = gradient(&v, |v| v.dot(&v)).unwrap();
    near(&slope, &(&v * 2.0));
    let (_, slope) = gradient(&a, |a| a.sum_axis(Axis(0)).mapv(Var::square).sum()).unwrap();
    near(slope.row(0), &(a.sum_axis(Axis(0)) * 2.0));
}

#[test]
fn a_number_beside_an_array() {
    let v = array![1.0, 2.0, 3.0];
    let (value, (slope, factor)) = gradient(&(v.clone(), 0.5), |(v, x)| {
        let mut y = &v * x + 1.0;
        y += x;
        y /= Var::from(2.0);
        y.sum()
    })
    .unwrap();
    assert_eq!((value, slope, factor), (3.75, array![0.25, 0.25, 0.25], 4.5));
    let y: Array1<Dual> = v.mapv(Dual::constant) * Dual::variable(0.5);
    assert_eq!(y.mapv(|y| y.tangent[0]), v);
}

/// Gaussian elimination with partial pivoting, as one writes it for floats.
fn solve<T: Float + 'static>(mut a: Array2<T>, mut b: Array1<T>) -> (Array1<T>, u32) {
    let n = b.len();
    let mut line = 0;
    for k in 0..n {
        let mut pivot = k;
        for i in k + 1..n {
            line = line!() + 1;
            if a[[i, k]].abs() > a[[pivot, k]].abs() {
                pivot = i;
            }
        }
        for j in 0..n {
            a.swap([k, j], [pivot, j]);
        }
        b.swap(k, pivot);
        for i in k + 1..n {
            let factor = a[[i, k]] / a[[k, k]];
            for j in k..n {
                a[[i, j]] = a[[i, j]] - factor * a[[k, j]];
            }
            b[i] = b[i] - factor * b[k];
        }
    }
    for k in (0..n).rev() {
        let known = (k + 1..n).fold(T::zero(), |sum, j| sum + a[[k, j]] * b[j]);
        b[k] = (b[k] - known) / a[[k, k]];
    }
    (b, line)
}

#[test]
fn a_linear_solve() {
    let a = array![[0.1, 2.0, -1.0], [-3.0, 0.2, 0.4], [1.0, 1.5, 2.5]];
    let b = array![0.7, -0.3, 1.1];
    let w = array![1.0, -2.0, 0.5];
    let (x, line) = solve(a.clone(), b.clone());
    near(&a.dot(&x), &b);

    let mut recorder = Recorder::new();
    let y = recorder
        .record(|s| {
            let (a, b) = s.inputs(&(a.clone(), b.clone()));
            solve(a, b).0.dot(&w.mapv(Var::from))
        })
        .unwrap();
    assert_eq!(y.value().to_bits(), x.dot(&w).to_bits());
    // Three searches among 2 + 1 + 0 candidates; the first exchanges rows.
    let outcomes: Vec<Test> = recorder.tape().guards().iter().map(|guard| guard.test).collect();
    assert_eq!(outcomes, [Test::Greater(true), Test::Greater(false), Test::Greater(false)]);
    assert!(recorder.tape().guards().iter().all(|guard| guard.at.file == file!() && guard.at.line == line));

    // λ = A⁻ᵀw, ∂f/∂b = λ, ∂f/∂A = −λxᵀ.
    let (lambda, _) = solve(a.t().to_owned(), w.clone());
    let flat: Vec<f64> = recorder.reverse(y).unwrap().inputs().collect();
    let (da, db) = (a.clone(), b.clone()).restore(&flat).unwrap();
    near(&db, &lambda);
    let column = lambda.insert_axis(Axis(1));
    near(&da, &(-column.dot(&x.insert_axis(Axis(0)))));

    let at = (a.clone(), b.clone());
    let towards = (a.mapv(f64::sin), b.mapv(f64::cos));
    let (_, along) =
        forward::jvp(&at, |(a, b)| solve(a, b).0.dot(&w.mapv(Dual::constant)), &towards).unwrap();
    near(&along, &[(da * &towards.0).sum() + (db * &towards.1).sum()]);
}

/// `Σ (i + 1) xᵢ²`, `i` in logical order.
fn ramp<T: Scalar>(x: &Array2<T>) -> T {
    x.iter().enumerate().fold(T::lit(0.0), |sum, (k, x)| sum + T::lit(k as f64 + 1.0) * *x * *x)
}

#[test]
fn parameters_are_in_logical_order_whatever_the_layout() {
    let rows = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let mut columns = Array::zeros((2, 3).f());
    columns.assign(&rows);
    let transposed = array![[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]].reversed_axes();
    let reversed = rows.slice(s![..;-1, ..]).to_owned().slice_move(s![..;-1, ..]);
    let expected = &rows * &array![[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]];
    for at in [&rows, &columns, &transposed, &reversed] {
        assert_eq!(at.flatten(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(at.restore(&rows.flatten()).unwrap(), rows);
        assert!(at.restore(&[1.0; 5]).is_none() && at.restore(&[1.0; 7]).is_none());
        let (_, slope): (f64, Array2<f64>) = gradient(at, |x| ramp(&x)).unwrap();
        assert_eq!(slope, expected);
        // A direction of another layout than the point's.
        let (_, along) = forward::jvp(&rows, |x| ramp(&x), at).unwrap();
        assert_eq!(along, [(&expected * &rows).sum()]);
    }
    assert_eq!(array![[[1.0], [2.0]]].restore(&[Var::constant(3.0); 2]).unwrap().dim(), (1, 2, 1));
    assert!(Array2::<f64>::zeros((0, 3)).restore::<f64>(&[]).is_some());
}
