//! The derivative by batches: vertices as the rows of one, points as the rows of another, which read vertices together with
//! how these move.
//!
//! What the angles alone decide, the places of all bones, is the same in all rows. A vertex's coordinate is the sum over bones of
//! share × (row of the bone's matrix · vertex), taken as one dot of all rows with the products of share and vertex.

use serde_json::Value;
use wengert::batch::{By, Rows};
use wengert::{Batch, Scalar, Var};

use super::pose::{self, Matrix};
use super::{Hand, Near, PLACE, THETA};
use crate::failure::Failure;
use crate::runs::{Runs, answer};

impl Hand {
    /// Where a vertex is in space, given its coordinates and its bones' shares.
    fn vertex<T: Scalar>(&self, theta: &[T], x: &[T]) -> [T; 3] {
        let (base, weights) = x.split_at(4);
        let products: Vec<T> = weights.iter().flat_map(|w| base.iter().map(|x| *w * *x)).collect();
        let (place, angles) = theta.split_at(PLACE);
        let (fingers, _) = angles.as_chunks();
        let mut placed: Vec<Matrix<T>> = Vec::with_capacity(self.bones.len());
        let mut rows: [Vec<T>; 3] = [const { Vec::new() }; 3];
        for (i, bone) in self.bones.iter().enumerate() {
            let still = [T::lit(0.0); 3];
            let turn = pose::joint(i).map_or(still, |(finger, joint)| pose::turn(&fingers[finger], joint));
            placed.push(bone.place(bone.parent.map(|p| &placed[p]), turn));
            let moved = pose::product(&placed[i], &pose::constant(&bone.inverse));
            rows.iter_mut().zip(moved).for_each(|(row, moved)| row.extend(moved));
        }
        let at = rows.map(|row| T::dot(&row, &products));
        self.to_space(core::array::from_fn(|k| place[k]))(at)
    }

    /// Runs the derivative by batches.
    pub(super) fn run_batches(&self, runs: &mut Runs) -> Result<Value, Failure> {
        let count = self.base[0].len();
        let vertex = |v: usize| {
            let coordinates = self.base.iter().map(move |base| base[v]);
            coordinates.chain(self.bones.iter().map(move |bone| bone.weights[v]))
        };
        let data: Vec<f64> = (0..count).flat_map(vertex).collect();
        let mut vertices = Batch::new(|theta, x| self.vertex(theta, x)).on_one_thread();
        let (mut at, mut moves) = (vec![0.0; 3 * count], vec![0.0; 3 * THETA * count]);
        let of_vertices = Rows::count(count).beside(&data, 4 + self.bones.len());

        let points = self.points.as_flattened();
        let rows = self.points.len();
        let mut errors = vec![0.0; 3 * rows];
        let error = |x: &[Var], p: &[Var]| core::array::from_fn::<_, 3, _>(|j| p[j] - x[j]);
        match &self.near {
            Near::Vertex(near) => {
                let near: Vec<u32> = near.iter().map(|v| *v as u32).collect();
                let mut jacobian = vec![[0.0; THETA]; 3 * rows];
                let mut of_points = Batch::new(|_, x| error(&x[..3], &x[3..])).on_one_thread();
                runs.time(|| {
                    vertices.jacobian_into(&self.theta, &of_vertices, By::Shared, &mut at, &mut moves)?;
                    let rows = Rows::count(rows).and_moving(&at, &moves, 3, &near).beside(points, 3);
                    let into = jacobian.as_flattened_mut();
                    of_points.jacobian_into(&self.theta, &rows, By::Shared, &mut errors, into)?;
                    Ok(())
                })?;
                runs.by_batch(&vertices);
                answer(&jacobian)
            }
            Near::Triangle(near) => {
                let corner = |k: usize| near.iter().map(|(corners, _)| corners[k] as u32).collect();
                let [a, b, c]: [Vec<u32>; 3] = core::array::from_fn(corner);
                let inside: Vec<f64> = near.iter().flat_map(|(_, u)| *u).collect();
                let mut jacobian = vec![[0.0; 2 + THETA]; 3 * rows];
                let blend = |x: &[Var]| {
                    let at = |j: usize| pose::blend([x[2 + j], x[5 + j], x[8 + j]], [x[0], x[1]]);
                    error(&[at(0), at(1), at(2)], &x[11..])
                };
                let mut of_points = Batch::new(|_, x| blend(x)).on_one_thread();
                runs.time(|| {
                    vertices.jacobian_into(&self.theta, &of_vertices, By::Shared, &mut at, &mut moves)?;
                    let rows = Rows::new(&inside, 2)
                        .and_moving(&at, &moves, 3, &a)
                        .and_moving(&at, &moves, 3, &b)
                        .and_moving(&at, &moves, 3, &c)
                        .beside(points, 3);
                    let into = jacobian.as_flattened_mut();
                    of_points.jacobian_into(&self.theta, &rows, By::Both, &mut errors, into)?;
                    // The place in the triangle is asked for first.
                    for row in &mut jacobian {
                        row.rotate_right(2);
                    }
                    Ok(())
                })?;
                runs.by_batch(&vertices);
                answer(&jacobian)
            }
        }
    }
}
