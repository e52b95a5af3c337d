//! `cargo run --release -p wengert-benches --bin layouts`: what the layout of the arena alone costs.
//!
//! The same stream of nodes (Rosenbrock's terms: five of two operands, three of one) is written and swept in four
//! layouts, without sessions, checks or constants. The numbers behind the decision *The layout of the arena*.

use std::hint::black_box;

use std::time::Duration;

use wengert_benches::timing::Times;

/// A way to lay out opcodes, operands and values.
trait Layout {
    const NAME: &'static str;
    fn with_capacity(nodes: usize) -> Self;
    fn clear(&mut self);
    fn push1(&mut self, op: u8, a: u32, value: f64) -> u32;
    fn push2(&mut self, op: u8, a: u32, b: u32, value: f64) -> u32;
    /// Visits nodes from the last to the first: opcode, first and last operand, their values.
    fn reverse(&self, visit: impl FnMut(usize, u8, u32, u32, f64, f64));
}

/// Opcodes, a pool of operands and values, each in a column of its own: the arena's layout.
struct Pool {
    ops: Vec<u8>,
    operands: Vec<u32>,
    values: Vec<f64>,
}

impl Layout for Pool {
    const NAME: &'static str = "columns, operand pool";
    fn with_capacity(n: usize) -> Self {
        Self {
            ops: Vec::with_capacity(n),
            operands: Vec::with_capacity(2 * n),
            values: Vec::with_capacity(n),
        }
    }
    fn clear(&mut self) {
        self.ops.clear();
        self.operands.clear();
        self.values.clear();
    }
    #[inline(always)]
    fn push1(&mut self, op: u8, a: u32, value: f64) -> u32 {
        self.ops.push(op);
        self.operands.push(a);
        self.values.push(value);
        self.values.len() as u32 - 1
    }
    #[inline(always)]
    fn push2(&mut self, op: u8, a: u32, b: u32, value: f64) -> u32 {
        self.ops.push(op);
        self.operands.extend_from_slice(&[a, b]);
        self.values.push(value);
        self.values.len() as u32 - 1
    }
    #[inline(always)]
    fn reverse(&self, mut visit: impl FnMut(usize, u8, u32, u32, f64, f64)) {
        let mut place = self.operands.len();
        for i in (0..self.ops.len()).rev() {
            let op = self.ops[i];
            place -= ARITY[op as usize];
            let (a, b) = (self.operands[place], self.operands[place + ARITY[op as usize] - 1]);
            visit(i, op, a, b, self.values[a as usize], self.values[b as usize]);
        }
    }
}

/// As before, but two operands a node whatever its arity.
struct Pairs {
    ops: Vec<u8>,
    operands: Vec<[u32; 2]>,
    values: Vec<f64>,
}

impl Layout for Pairs {
    const NAME: &'static str = "columns, fixed pairs";
    fn with_capacity(n: usize) -> Self {
        Self { ops: Vec::with_capacity(n), operands: Vec::with_capacity(n), values: Vec::with_capacity(n) }
    }
    fn clear(&mut self) {
        self.ops.clear();
        self.operands.clear();
        self.values.clear();
    }
    #[inline(always)]
    fn push1(&mut self, op: u8, a: u32, value: f64) -> u32 {
        self.push2(op, a, a, value)
    }
    #[inline(always)]
    fn push2(&mut self, op: u8, a: u32, b: u32, value: f64) -> u32 {
        self.ops.push(op);
        self.operands.push([a, b]);
        self.values.push(value);
        self.values.len() as u32 - 1
    }
    #[inline(always)]
    fn reverse(&self, mut visit: impl FnMut(usize, u8, u32, u32, f64, f64)) {
        for i in (0..self.ops.len()).rev() {
            let [a, b] = self.operands[i];
            visit(i, self.ops[i], a, b, self.values[a as usize], self.values[b as usize]);
        }
    }
}

/// Value and operands side by side, 16 bytes a node, opcodes apart.
struct Records {
    ops: Vec<u8>,
    nodes: Vec<(f64, [u32; 2])>,
}

impl Layout for Records {
    const NAME: &'static str = "records of 16 bytes";
    fn with_capacity(n: usize) -> Self {
        Self { ops: Vec::with_capacity(n), nodes: Vec::with_capacity(n) }
    }
    fn clear(&mut self) {
        self.ops.clear();
        self.nodes.clear();
    }
    #[inline(always)]
    fn push1(&mut self, op: u8, a: u32, value: f64) -> u32 {
        self.push2(op, a, a, value)
    }
    #[inline(always)]
    fn push2(&mut self, op: u8, a: u32, b: u32, value: f64) -> u32 {
        self.ops.push(op);
        self.nodes.push((value, [a, b]));
        self.nodes.len() as u32 - 1
    }
    #[inline(always)]
    fn reverse(&self, mut visit: impl FnMut(usize, u8, u32, u32, f64, f64)) {
        for i in (0..self.ops.len()).rev() {
            let [a, b] = self.nodes[i].1;
            visit(i, self.ops[i], a, b, self.nodes[a as usize].0, self.nodes[b as usize].0);
        }
    }
}

/// Blocks of 64 nodes with their columns side by side.
struct Blocks {
    blocks: Vec<Block>,
    len: usize,
}

#[derive(Clone)]
struct Block {
    values: [f64; 64],
    pairs: [[u32; 2]; 64],
    ops: [u8; 64],
}

impl Layout for Blocks {
    const NAME: &'static str = "blocks of 64 nodes";
    fn with_capacity(n: usize) -> Self {
        let block = Block { values: [0.0; 64], pairs: [[0; 2]; 64], ops: [0; 64] };
        Self { blocks: vec![block; n / 64 + 1], len: 0 }
    }
    fn clear(&mut self) {
        self.len = 0;
    }
    #[inline(always)]
    fn push1(&mut self, op: u8, a: u32, value: f64) -> u32 {
        self.push2(op, a, a, value)
    }
    #[inline(always)]
    fn push2(&mut self, op: u8, a: u32, b: u32, value: f64) -> u32 {
        let i = self.len;
        let block = &mut self.blocks[i / 64];
        block.ops[i % 64] = op;
        block.pairs[i % 64] = [a, b];
        block.values[i % 64] = value;
        self.len = i + 1;
        i as u32
    }
    #[inline(always)]
    fn reverse(&self, mut visit: impl FnMut(usize, u8, u32, u32, f64, f64)) {
        let value = |i: u32| self.blocks[i as usize / 64].values[i as usize % 64];
        for i in (0..self.len).rev() {
            let block = &self.blocks[i / 64];
            let [a, b] = block.pairs[i % 64];
            visit(i, block.ops[i % 64], a, b, value(a), value(b));
        }
    }
}

const INPUT: u8 = 0;
const SQUARE: u8 = 1;
const ADD: u8 = 2;
const SUB: u8 = 3;
const MUL: u8 = 4;
const ARITY: [usize; 5] = [1, 1, 2, 2, 2];

/// Writes `terms` terms of nine nodes.
fn record<L: Layout>(layout: &mut L, terms: usize) {
    layout.clear();
    let (mut sum, mut total) = (layout.push1(INPUT, 0, 0.0), 0.0);
    let (mut a, mut x) = (layout.push1(INPUT, 0, 0.5), 0.5);
    for k in 0..terms {
        let next = 0.5 + 1e-9 * k as f64;
        let b = layout.push1(INPUT, 0, next);
        let square = layout.push1(SQUARE, a, x * x);
        let t = layout.push2(SUB, b, square, next - x * x);
        let scaled = layout.push2(MUL, a, t, x * (next - x * x));
        let p = layout.push2(MUL, scaled, t, 3.0);
        let u = layout.push1(SQUARE, a, x * x);
        let v = layout.push1(SQUARE, u, x * x * x * x);
        let w = layout.push2(ADD, p, v, 3.0 + x);
        total += x;
        sum = layout.push2(ADD, sum, w, total);
        (a, x) = (b, next);
    }
}

fn sweep<L: Layout>(layout: &L, adjoints: &mut [f64]) {
    adjoints.fill(0.0);
    if let Some(last) = adjoints.last_mut() {
        *last = 1.0;
    }
    layout.reverse(|i, op, a, b, x, y| {
        let g = adjoints[i];
        match op {
            SQUARE => adjoints[a as usize] += g * (x + x),
            ADD => {
                adjoints[a as usize] += g;
                adjoints[b as usize] += g;
            }
            SUB => {
                adjoints[a as usize] += g;
                adjoints[b as usize] -= g;
            }
            MUL => {
                adjoints[a as usize] += g * y;
                adjoints[b as usize] += g * x;
            }
            _ => {}
        }
    });
}

/// Seconds of the least of at least so many runs.
fn least(runs: usize, mut f: impl FnMut()) -> f64 {
    let mut times = Times::default();
    times.sample(runs, Duration::from_millis(100), || {
        f();
        0.0
    });
    times.least()
}

fn show<L: Layout>(terms: usize) {
    let nodes = 9 * terms + 2;
    let ns = |seconds: f64| seconds * 1e9 / nodes as f64;
    let fresh = least(5, || {
        let mut layout = L::with_capacity(nodes);
        record(&mut layout, black_box(terms));
        black_box(&layout);
    });
    let mut layout = L::with_capacity(nodes);
    let write = least(20, || {
        record(&mut layout, black_box(terms));
        black_box(&layout);
    });
    let mut adjoints = vec![0.0; nodes];
    let read = least(20, || {
        sweep(&layout, &mut adjoints);
        black_box(&adjoints);
    });
    println!("{:<24} {:>9} {:>8.2} {:>8.2} {:>8.2}", L::NAME, nodes, ns(fresh), ns(write), ns(read));
}

fn main() {
    println!("{:<24} {:>9} {:>8} {:>8} {:>8}", "ns a node", "nodes", "fresh", "record", "reverse");
    for terms in [1_111, 11_111, 111_111, 1_111_111] {
        show::<Pool>(terms);
        show::<Pairs>(terms);
        show::<Records>(terms);
        show::<Blocks>(terms);
    }
}
