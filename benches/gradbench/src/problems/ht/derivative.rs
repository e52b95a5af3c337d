//! The derivative, by forward mode in stages, each with as many tangents as it has variables.
//!
//! A finger's four angles move few bones, and through them the vertices in the hand's own frame. Then comes the place
//! in space (6 numbers more), and at last the two coordinates in a triangle, of which each point has its own: all
//! points share their directions.

use serde_json::Value;
use wengert::Dual;

use super::pose::{self, ANGLES, FINGERS, Matrix};
use super::{Cloud, Hand, Near, PLACE, THETA};
use crate::chain::{along, join};
use crate::failure::Failure;
use crate::runs::{Runs, answer};

/// Memory that is kept between runs: given back and asked for again, it would be the third part of the time.
struct Memory<const N: usize> {
    /// The vertices' tangents along the fingers' angles, in the hand's frame.
    posed: Vec<[[f64; THETA - PLACE]; 3]>,
    /// The vertices in space, with their tangents along θ.
    vertices: Vec<[Dual<f64, THETA>; 3]>,
    /// The Jacobian.
    rows: Vec<[f64; N]>,
}

impl<const N: usize> Memory<N> {
    fn new() -> Self {
        Self { posed: Vec::new(), vertices: Vec::new(), rows: Vec::new() }
    }
}

impl Hand {
    /// How the vertices move with a finger's angles: the share of the bones that it moves.
    fn motion(&self, finger: usize, placed: &[Matrix<f64>]) -> Cloud<Dual<f64, ANGLES>> {
        let mut cloud = self.cloud();
        let angles = self.angles(finger);
        let angles = core::array::from_fn(|k| along(angles[k], k));
        let mut moved: Vec<Matrix<Dual<f64, ANGLES>>> = placed.iter().map(pose::constant).collect();
        for (i, bone) in self.bones.iter().enumerate().filter(|(_, bone)| bone.moved_by[finger]) {
            moved[i] = bone.place(bone.parent.map(|p| &moved[p]), self.turn(i, finger, &angles));
            self.skin(bone, &moved[i], &mut cloud);
        }
        cloud
    }

    /// The vertices in space, with their tangents along θ.
    fn vertices<const N: usize>(&self, memory: &mut Memory<N>) {
        let placed = self.skeleton();
        let [x, y, z] = self.posed(&placed);
        memory.posed.resize(x.len(), [[0.0; THETA - PLACE]; 3]);
        for finger in 0..FINGERS {
            for (j, motion) in self.motion(finger, &placed).iter().enumerate() {
                for (tangents, moved) in memory.posed.iter_mut().zip(motion) {
                    tangents[j][finger * ANGLES..][..ANGLES].copy_from_slice(&moved.tangent);
                }
            }
        }
        let to_space = self.to_space(core::array::from_fn(|k| along::<{ PLACE + 3 }>(self.theta[k], k)));
        let vertex = |(v, tangents): (usize, &[[f64; THETA - PLACE]; 3])| {
            let at = [along(x[v], PLACE), along(y[v], PLACE + 1), along(z[v], PLACE + 2)];
            let whole = |at: Dual<f64, { PLACE + 3 }>| {
                let (place, own) = at.tangent.split_at(PLACE);
                let mut tangent = [0.0; THETA];
                tangent[..PLACE].copy_from_slice(place);
                tangent[PLACE..].copy_from_slice(&join(own, tangents));
                Dual { value: at.value, tangent }
            };
            let [x, y, z] = to_space(at);
            [whole(x), whole(y), whole(z)]
        };
        memory.vertices.clear();
        memory.vertices.extend(memory.posed.iter().enumerate().map(vertex));
    }

    /// Rows of 26: θ.
    fn at_vertices(&self, near: &[usize], memory: &mut Memory<THETA>) {
        self.vertices(memory);
        let Memory { vertices, rows, .. } = memory;
        rows.clear();
        for (point, v) in self.points.iter().zip(near) {
            for (measured, vertex) in point.iter().zip(&vertices[*v]) {
                let error = pose::error::<Dual<f64, 1>>(*measured, along(vertex.value, 0));
                rows.push(join(&error.tangent, [&vertex.tangent]));
            }
        }
    }

    /// Rows of 28: the coordinates in the triangle, then θ.
    fn in_triangles(&self, near: &[([usize; 3], [f64; 2])], memory: &mut Memory<{ 2 + THETA }>) {
        self.vertices(memory);
        let Memory { vertices, rows, .. } = memory;
        rows.clear();
        for (point, (corners, [u, v])) in self.points.iter().zip(near) {
            let corners = [&vertices[corners[0]], &vertices[corners[1]], &vertices[corners[2]]];
            for j in 0..3 {
                let [a, b, c] = corners.map(|corner| &corner[j]);
                let own = [along(a.value, 2), along(b.value, 3), along(c.value, 4)];
                let at = pose::blend::<Dual<f64, 5>>(own, [along(*u, 0), along(*v, 1)]);
                let error = pose::error(point[j], at);
                let mut row = [0.0; 2 + THETA];
                row[..2].copy_from_slice(&error.tangent[..2]);
                row[2..].copy_from_slice(&join(&error.tangent[2..], [&a.tangent, &b.tangent, &c.tangent]));
                rows.push(row);
            }
        }
    }

    /// Runs one of the two.
    pub(super) fn run_jacobian(&self, runs: &mut Runs) -> Result<Value, Failure> {
        runs.mode = "duals, forward";
        match &self.near {
            Near::Vertex(near) => {
                let mut memory = Memory::new();
                runs.time(|| {
                    self.at_vertices(near, &mut memory);
                    Ok(())
                })?;
                answer(&memory.rows)
            }
            Near::Triangle(near) => {
                let mut memory = Memory::new();
                runs.time(|| {
                    self.in_triangles(near, &mut memory);
                    Ok(())
                })?;
                answer(&memory.rows)
            }
        }
    }
}
