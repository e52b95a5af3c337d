//! Chains: `φ(φ(φ(a, b), c), d)` is one n-ary node `Φ(a, b, c, d)`, where the row says that both do the same from first to
//! last (`Law::Chains`). Values stay bit for bit, and so do derivatives but for rounding.
//!
//! A link that somebody else reads, or that is wanted for itself, ends a chain. A chain longer than [`LONGEST`] becomes
//! several nodes, each the first operand of the next: what an n-ary node reads has to be kept until it is reached, and
//! should not have left the caches.

use wengert_ops::{Law, Op};

use super::builder::Builder;
use super::laws::commutes;
use super::prune::{live, wanted};
use crate::arena::Node;
use crate::index::Operand;
use crate::tape::Tape;

/// Operands from which on an n-ary node is worth a dispatch of its own.
const SHORTEST: u32 = 8;

/// Operands of one gathered node at most.
const LONGEST: u32 = 256;

/// The n-ary row that does what a chain of that operation does.
fn chains(op: Op) -> Option<Op> {
    op.info().laws.iter().find_map(|law| match law {
        Law::Chains(row) => Some(*row),
        _ => None,
    })
}

/// A node's part in a chain.
#[derive(Clone, Copy, Default)]
struct ChainLink {
    /// Operands of the chain that ends here; 0 of what cannot be a link.
    operands: u32,
    /// The operand by which the chain goes on, if one does.
    rest: Option<u8>,
    /// Whether the chain goes on behind this node.
    taken: bool,
    /// Where the chain's operands are gathered.
    gathered: u32,
}

/// The same tape with chains gathered, and without what nothing asks for: the links among it.
pub(crate) fn gather(tape: &Tape) -> Tape {
    let live = live(tape);
    let mut links = links(tape, &live);
    let mut builder = Builder::new(tape);
    let (mut gathered, mut free) = (Vec::<Vec<Operand>>::new(), Vec::new());
    for node in tape.arena.nodes(0).filter(|node| live[node.id.index()]) {
        let link = links[node.id.index()];
        if link.rest.is_none() && !link.taken {
            builder.keep(&node);
            continue;
        }
        let at = match link.rest {
            Some(k) => links[node.operands[usize::from(k)].index()].gathered,
            None => free.pop().unwrap_or_else(|| {
                gathered.push(Vec::new());
                gathered.len() as u32 - 1
            }),
        };
        let operands = &mut gathered[at as usize];
        for (k, operand) in node.operands.iter().enumerate() {
            if link.rest.is_none_or(|rest| usize::from(rest) != k) {
                operands.push(builder.place(*operand));
            }
        }
        if link.taken {
            links[node.id.index()].gathered = at;
        } else {
            let row = chains(node.op).unwrap_or(node.op);
            builder.push(node.id, row, operands, &[]);
            operands.clear();
            free.push(at);
        }
    }
    builder.finish()
}

/// Finds the chains worth gathering.
fn links(tape: &Tape, live: &[bool]) -> Vec<ChainLink> {
    let wanted = wanted(tape);
    let mut readers = vec![0_u32; tape.len()];
    let mut links = vec![ChainLink::default(); tape.len()];
    for node in tape.arena.nodes(0).filter(|node| live[node.id.index()]) {
        for operand in node.operands.iter().filter(|operand| !operand.is_constant()) {
            readers[operand.index()] += 1;
        }
    }
    for node in tape.arena.nodes(0).filter(|node| live[node.id.index()]) {
        let Some(row) = chains(node.op).filter(|_| !node.operands.is_empty()) else { continue };
        let others = node.operands.len() as u32 - 1;
        let goes_on = |k: &usize| {
            let Some(below) = node.operands.get(*k).filter(|operand| !operand.is_constant()) else {
                return 0;
            };
            let link = links[below.index()];
            let own = readers[below.index()] == 1 && !wanted[below.index()];
            let same = chains(tape.arena.ops[below.index()]) == Some(row);
            if own && same && link.operands + others <= LONGEST { link.operands } else { 0 }
        };
        let places = if commutes(node.op) { 0..2_usize } else { 0..1 };
        let best = places.rev().max_by_key(goes_on).filter(|k| goes_on(k) > 0);
        let operands = best.map_or(1, |k| goes_on(&k)) + others;
        links[node.id.index()] = ChainLink { operands, rest: best.map(|k| k as u8), ..ChainLink::default() };
    }
    keep_long(tape, &mut links);
    links
}

/// Breaks chains that are too short, and marks the links of the others.
fn keep_long(tape: &Tape, links: &mut [ChainLink]) {
    let mut place = tape.arena.place(tape.len());
    for i in (0..tape.len()).rev() {
        let node: Node<'_> = tape.arena.node_before(i, &mut place);
        if !links[i].taken && links[i].operands < SHORTEST {
            links[i].rest = None;
        }
        if let Some(k) = links[i].rest {
            links[node.operands[usize::from(k)].index()].taken = true;
        }
    }
}
