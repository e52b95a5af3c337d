use wengert::{Recorder, Var};
use wengert_benches::{Problem, problems::*, timing::least};
fn main() {
    let p = Network::new();
    let mut r = Recorder::new();
    let mut x: Vec<Var> = vec![];
    let what = std::env::args().nth(1).unwrap_or_default();
    let n = p.operations() as f64;
    let mut rec = |r: &mut Recorder| {
        r.record(|s| {
            x.clear();
            s.inputs_into(p.point(), &mut x);
            p.eval(&x)
        })
        .unwrap()
    };
    let y = rec(&mut r);
    if what == "record" {
        println!(
            "record {:?}",
            least(20000, || {
                rec(&mut r);
            })
            .as_secs_f64()
                * 1e9
                / n
        );
    } else {
        println!(
            "reverse {:?}",
            least(20000, || {
                r.reverse(y).unwrap();
            })
            .as_secs_f64()
                * 1e9
                / n
        );
    }
}
