//! Constants belong to no recording, and cannot be misused.

use wengert_tape::{Recorder, Var};

use super::Outcome;

static TWO: Var = Var::constant(2.0);
const HALF: Var = Var::constant(0.5);

/// Operations of every form on constants alone.
fn on_constants() -> f64 {
    let three = Var::from(3.0);
    let all = [TWO, three, Var::from(4_i32), Var::from(0.25_f32), Var::default(), HALF];
    let sum: Var = all.iter().sum();
    let product: Var = all.into_iter().map(|x| x + 1.0).product();
    assert!(TWO < three && TWO != three && TWO >= HALF && TWO <= 2.0);
    let mut total = sum + product * 2.0 - 1.0 / TWO;
    total += three.powi(2) + three.max(TWO) + TWO.mul_add(three, HALF) + three.named("three");
    total -= Var::dot(&all, &all) + Var::select(TWO, three, HALF);
    assert!(total.is_constant());
    total.value()
}

#[test]
fn constants_are_valid_everywhere_and_record_nothing() -> Outcome {
    // Where nothing is recorded, and on another thread. The sum is 9.75, the product 3·4·5·1.25·1·1.5 = 112.5.
    let value = on_constants();
    assert_eq!(value, 9.75 + 225.0 - 0.5 + (9.0 + 3.0 + 6.5 + 3.0) - (29.3125 + 3.0));
    let elsewhere = std::thread::spawn(|| (on_constants(), TWO * HALF)).join();
    let Ok((there, one)) = elsewhere else { panic!("constants panic on another thread") };
    assert_eq!((there, one.value()), (value, 1.0));

    let (mut outer, mut inner) = (Recorder::new(), Recorder::new());
    let mut kept = TWO;
    for _ in 0..2 {
        let (x, f) = outer.record(|s| {
            assert_eq!(on_constants(), value);
            let x = s.input(3.0);
            // From an earlier recording, from a nested one, from another thread.
            let nested = inner.record(|_| (on_constants(), TWO + 1.0)).map(|(v, three)| {
                assert_eq!(v, value);
                three
            });
            let three = nested.unwrap_or_else(|error| panic!("{error}"));
            (x, x * kept * three * one * HALF)
        })?;
        kept = TWO * 1.0;
        assert!(inner.tape().is_empty() && inner.tape().guards().is_empty());
        // The input and four products; no guards for comparisons of constants.
        assert_eq!((outer.tape().len(), outer.tape().guards().len()), (5, 0));
        assert_eq!((f.value(), outer.reverse(f)?.of(x)?), (9.0, 3.0));
    }
    Ok(())
}
