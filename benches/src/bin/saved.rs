//! How many nodes a second are saved, loaded and verified, as bytes and as text; and how many bytes a node takes.
//!
//! ```text
//! cargo run --release -p wengert-benches --bin saved
//! ```
//!
//! Loading bytes gives a verified program, whose run is planned; parsing text a tape.

use wengert::{Program, Tape, call::Registry};
use wengert_benches::Problem;
use wengert_benches::arithmetic::Recording;
use wengert_benches::problems::{Heat, Layers, Network, RandomGraph, Rosenbrock};
use wengert_benches::timing::least;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    println!("million nodes a second");
    println!(
        "{:<28} {:>9} {:>8} {:>8} {:>8} {:>12} {:>8} {:>8} {:>12}",
        "", "nodes", "verify", "save", "load", "bytes/node", "print", "parse", "bytes/node"
    );
    table(&Rosenbrock::new(200_000))?;
    table(&Network::new(&[256, 256, 256, 1], Layers::Chains))?;
    table(&Network::new(&[256, 256, 256, 1], Layers::Dots))?;
    table(&RandomGraph::new(1_000_000, true))?;
    table(&Heat::new(1_000, 250))
}

fn table(problem: &impl Problem) -> Outcome {
    let program = Program::record(problem.point(), |x| vec![problem.eval::<Recording>(x)])?;
    let tape = program.tape();
    let nodes = tape.len() as f64;
    let rate = |seconds: f64| nodes / seconds / 1e6;
    let (bytes, registry) = (program.to_bytes()?, Registry::new());
    let text = tape.dump().full().to_string();
    assert_eq!(Program::from_bytes(&bytes, &registry)?.tape(), tape);
    assert_eq!(&Tape::parse(&text)?.0, tape);
    let verify = least(|| f64::from(u8::from(tape.verify().is_ok())));
    let save = least(|| program.to_bytes().map_or(f64::NAN, |bytes| bytes.len() as f64));
    let load = least(|| Program::from_bytes(&bytes, &registry).map_or(f64::NAN, |p| p.outputs() as f64));
    let print = least(|| tape.dump().full().to_string().len() as f64);
    let parse = least(|| Tape::parse(&text).map_or(f64::NAN, |(tape, _)| tape.len() as f64));
    println!(
        "{:<28} {nodes:>9} {:>8.1} {:>8.1} {:>8.1} {:>12.2} {:>8.2} {:>8.2} {:>12.2}",
        problem.name(),
        rate(verify),
        rate(save),
        rate(load),
        bytes.len() as f64 / nodes,
        rate(print),
        rate(parse),
        text.len() as f64 / nodes
    );
    Ok(())
}
