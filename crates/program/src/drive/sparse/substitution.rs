//! Recovering a symmetric matrix from its products with the sums of columns of a colour.
//!
//! With a star colouring each entry stands alone in one of the products. With an acyclic one, at each leaf of the trees that
//! two colours span an entry stands alone; taken out there, it leaves a smaller tree. (A. H. Gebremedhin, A. Pothen,
//! A. Tarafdar and A. Walther, *Efficient computation of sparse Hessians using coloring and automatic differentiation*,
//! INFORMS Journal on Computing 21, 2009.)

use smallvec::SmallVec;
use wengert_ops::Primitive;
use wengert_tape::{Graph, Pattern};

use super::plan::EntryRead;

/// Where the entries of the lower triangle stand alone: of products by variable (`row`) and colour (`lane`). All entries
/// for a star colouring.
pub(super) fn read_alone(lower: &Pattern, colors: &[u32]) -> Vec<EntryRead> {
    let graph = Graph::new(lower);
    let mut reads = diagonal(lower, colors);
    let mut found = vec![false; lower.nonzeros()];
    let mut met: Vec<(u32, usize)> = Vec::new();
    for v in 0..graph.vertices() {
        met.clear();
        met.extend(graph.links(v).map(|(w, position)| (colors[w], position)));
        met.sort_unstable();
        for same in met.chunk_by(|a, b| a.0 == b.0) {
            if let [(color, position)] = *same
                && !core::mem::replace(&mut found[position], true)
            {
                reads.push(EntryRead { position, row: v as u32, lane: color });
            }
        }
    }
    reads
}

/// The entries of the diagonal: no neighbour has a variable's own colour.
fn diagonal(lower: &Pattern, colors: &[u32]) -> Vec<EntryRead> {
    let on = lower.entries().enumerate().filter(|(_, (row, column))| row == column);
    on.map(|(position, (row, _))| EntryRead { position, row: row as u32, lane: colors[row] }).collect()
}

/// How the entries follow from the products by variable and colour.
#[derive(Clone, Debug, Default)]
pub(super) struct Substitution {
    diagonal: Vec<EntryRead>,
    /// From the leaves inwards.
    steps: Vec<SubstitutionStep>,
}

/// The entry of two variables, alone by now in the first one's product with the other's colour.
#[derive(Clone, Copy, Debug)]
struct SubstitutionStep {
    position: usize,
    leaf: u32,
    other: u32,
}

/// The neighbours of one colour whose entries are not found yet: how many, and the exclusive or of the entries' positions
/// and of the neighbours, which are those of the last one when it is alone.
#[derive(Clone, Copy, Debug)]
struct Open {
    color: u32,
    count: u32,
    position: usize,
    other: usize,
}

impl Substitution {
    pub(super) fn new(lower: &Pattern, colors: &[u32]) -> Self {
        let graph = Graph::new(lower);
        let mut open: Vec<SmallVec<[Open; 2]>> = vec![SmallVec::new(); graph.vertices()];
        let mut leaves = Vec::new();
        for (v, open) in open.iter_mut().enumerate() {
            for (w, position) in graph.links(v) {
                match open.iter_mut().find(|open| open.color == colors[w]) {
                    Some(open) => open.toggle(1, position, w),
                    None => open.push(Open { color: colors[w], count: 1, position, other: w }),
                }
            }
            leaves.extend(open.iter().filter(|open| open.count == 1).map(|open| (v, open.color)));
        }
        let mut steps = Vec::with_capacity(lower.nonzeros());
        while let Some((leaf, color)) = leaves.pop() {
            let Some(Open { count: 1, position, other, .. }) =
                open[leaf].iter().find(|open| open.color == color).copied()
            else {
                continue; // found from its other end
            };
            steps.push(SubstitutionStep { position, leaf: leaf as u32, other: other as u32 });
            for (v, w) in [(leaf, other), (other, leaf)] {
                if let Some(open) = open[v].iter_mut().find(|open| open.color == colors[w]) {
                    open.toggle(-1, position, w);
                    if open.count == 1 {
                        leaves.push((v, open.color));
                    }
                }
            }
        }
        Self { diagonal: diagonal(lower, colors), steps }
    }

    /// How many entries it finds.
    pub(super) fn len(&self) -> usize {
        self.diagonal.len() + self.steps.len()
    }

    /// Finds the entries from the products: that of variable `v` with colour `c` is `products[v·count + c]`, and is used up.
    pub(super) fn values<F: Primitive>(
        &self,
        products: &mut [F],
        colors: &[u32],
        count: usize,
        values: &mut [F],
    ) {
        for EntryRead { position, row, lane } in &self.diagonal {
            values[*position] = products[*row as usize * count + *lane as usize];
        }
        for SubstitutionStep { position, leaf, other } in &self.steps {
            let (leaf, other) = (*leaf as usize, *other as usize);
            let entry = products[leaf * count + colors[other] as usize];
            values[*position] = entry;
            let inner = &mut products[other * count + colors[leaf] as usize];
            *inner = *inner - entry;
        }
    }
}

impl Open {
    fn toggle(&mut self, change: i32, position: usize, other: usize) {
        self.count = self.count.saturating_add_signed(change);
        self.position ^= position;
        self.other ^= other;
    }
}
