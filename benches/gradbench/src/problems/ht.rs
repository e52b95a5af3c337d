//! *ht*: hand tracking, how far a posed hand is from measured points.
//!
//! Here are the input and the function; its derivative is in `batches`, and recorded anew each time in `derivative`.

mod pose;
mod derivative;
mod batches;

use core::ops::Mul;

use serde::Deserialize;
use serde_json::Value;
use wengert::Scalar;

use crate::failure::Failure;
use crate::problem::{Problem, Reverse};
use crate::runs::Runs;
use crate::shape;
use pose::{ANGLES, FINGERS, Matrix};

const BONES: usize = 22;
/// Rotation and shift in space; the fingers follow.
const PLACE: usize = 6;
const THETA: usize = PLACE + FINGERS * ANGLES;

#[derive(Deserialize)]
pub(crate) struct Input {
    theta: Vec<f64>,
    data: Data,
    us: Vec<[f64; 2]>,
}

#[derive(Deserialize)]
struct Data {
    model: Model,
    correspondences: Vec<usize>,
    points: Vec<[f64; 3]>,
}

#[derive(Deserialize)]
struct Model {
    bone_count: usize,
    parents: Vec<i64>,
    base_relatives: Vec<Matrix<f64>>,
    inverse_base_absolutes: Vec<Matrix<f64>>,
    base_positions: Vec<[f64; 4]>,
    weights: Vec<Vec<f64>>,
    triangles: Vec<[usize; 3]>,
    is_mirrored: bool,
}

pub(crate) struct Hand {
    theta: Vec<f64>,
    bones: Vec<Bone>,
    /// Vertices before they are posed, each coordinate apart.
    base: [Vec<f64>; 4],
    mirrored: bool,
    points: Vec<[f64; 3]>,
    near: Near,
}

/// What of the hand each point is compared with.
enum Near {
    /// A vertex.
    Vertex(Vec<usize>),
    /// A place in a triangle: its vertices and two coordinates.
    Triangle(Vec<([usize; 3], [f64; 2])>),
}

struct Bone {
    parent: Option<usize>,
    relative: Matrix<f64>,
    inverse: Matrix<f64>,
    /// How much of each vertex moves with it.
    weights: Vec<f64>,
    /// For each finger, whether its angles move this bone.
    moved_by: [bool; FINGERS],
}

/// Vertices, each coordinate apart.
type Cloud<T> = [Vec<T>; 3];

impl Bone {
    /// Its place in the hand's frame.
    fn place<T: Scalar>(&self, parent: Option<&Matrix<T>>, turn: [T; 3]) -> Matrix<T> {
        let relative = pose::product(&pose::constant(&self.relative), &pose::rotation(turn));
        parent.map_or(relative, |parent| pose::product(parent, &relative))
    }
}

impl Hand {
    fn angles(&self, finger: usize) -> [f64; ANGLES] {
        core::array::from_fn(|k| self.theta[PLACE + finger * ANGLES + k])
    }

    /// The angles of a bone that is turned by no finger but perhaps by `finger`, whose angles are given.
    fn turn<T: Scalar>(&self, bone: usize, finger: usize, angles: &[T; ANGLES]) -> [T; 3] {
        match pose::joint(bone) {
            Some((own, joint)) if own == finger => pose::turn(angles, joint),
            Some((own, joint)) => pose::turn(&self.angles(own), joint).map(T::lit),
            None => [T::lit(0.0); 3],
        }
    }

    /// All bones' places.
    fn skeleton(&self) -> Vec<Matrix<f64>> {
        let mut placed: Vec<Matrix<f64>> = Vec::with_capacity(BONES);
        for (i, bone) in self.bones.iter().enumerate() {
            let turn = self.turn(i, FINGERS, &[0.0; ANGLES]);
            placed.push(bone.place(bone.parent.map(|p| &placed[p]), turn));
        }
        placed
    }

    /// Adds a bone's share to every vertex. By floats, not by constants of the number type, whose tangents of 0 would be
    /// multiplied too.
    fn skin<T: Scalar + Mul<f64, Output = T>>(&self, bone: &Bone, placed: &Matrix<T>, cloud: &mut Cloud<T>) {
        let moved = pose::product(placed, &pose::constant(&bone.inverse));
        let [x, y, z, h] = &self.base;
        for (row, cloud) in moved.iter().zip(cloud) {
            let base = x.iter().zip(y).zip(z.iter().zip(h));
            for ((sum, w), ((x, y), (z, h))) in cloud.iter_mut().zip(&bone.weights).zip(base) {
                let at = row[0] * *x + row[1] * *y + row[2] * *z + row[3] * *h;
                *sum += at * *w;
            }
        }
    }

    fn cloud<T: Scalar>(&self) -> Cloud<T> {
        core::array::from_fn(|_| vec![T::lit(0.0); self.base[0].len()])
    }

    /// The vertices in the hand's frame.
    fn posed(&self, placed: &[Matrix<f64>]) -> Cloud<f64> {
        let mut cloud = self.cloud();
        for (bone, placed) in self.bones.iter().zip(placed) {
            self.skin(bone, placed, &mut cloud);
        }
        cloud
    }

    /// From the hand's frame to space.
    fn to_space<T: Scalar>(&self, place: [T; PLACE]) -> impl Fn([T; 3]) -> [T; 3] {
        let [r0, r1, r2, shift @ ..] = place;
        let turn = pose::rodrigues([r0, r1, r2]);
        let mirrored = self.mirrored;
        move |[x, y, z]| pose::place(&turn, &shift, [if mirrored { -x } else { x }, y, z])
    }

    fn objective(&self) -> Vec<f64> {
        let [x, y, z] = self.posed(&self.skeleton());
        let to_space = self.to_space(core::array::from_fn(|k| self.theta[k]));
        let vertices: Vec<_> = (0..x.len()).map(|v| to_space([x[v], y[v], z[v]])).collect();
        let points = self.points.iter();
        match &self.near {
            Near::Vertex(near) => {
                let errors = |(point, v): (&[f64; 3], &usize)| {
                    let error = |j: usize| pose::error(point[j], vertices[*v][j]);
                    [error(0), error(1), error(2)]
                };
                points.zip(near).flat_map(errors).collect()
            }
            Near::Triangle(near) => {
                let errors = |(point, (corners, u)): (&[f64; 3], &([usize; 3], [f64; 2]))| {
                    let [a, b, c] = corners.map(|v| vertices[v]);
                    let error = |j: usize| pose::error(point[j], pose::blend([a[j], b[j], c[j]], *u));
                    [error(0), error(1), error(2)]
                };
                points.zip(near).flat_map(errors).collect()
            }
        }
    }
}

impl Problem for Hand {
    type Input = Input;
    const FUNCTIONS: &'static str = "`objective` and `jacobian`";

    fn prepare(input: Input) -> Result<Self, Failure> {
        let Input { theta, data: Data { model, correspondences, points }, us } = input;
        shape::length("input.theta", &theta, THETA)?;
        let count = model.base_positions.len();
        let bones = bones(&model)?;
        shape::length("input.data.points", &points, correspondences.len())?;
        let near = if us.is_empty() {
            for (i, vertex) in correspondences.iter().enumerate() {
                shape::within(format_args!("input.data.correspondences[{i}]"), *vertex, 0..count)?;
            }
            Near::Vertex(correspondences)
        } else {
            shape::length("input.us", &us, correspondences.len())?;
            for (i, corner) in model.triangles.iter().flatten().enumerate() {
                let field = format_args!("input.data.model.triangles[{}][{}]", i / 3, i % 3);
                shape::within(field, *corner, 0..count)?;
            }
            let mut near = Vec::with_capacity(us.len());
            for (i, (triangle, u)) in correspondences.iter().zip(us).enumerate() {
                let field = format_args!("input.data.correspondences[{i}]");
                shape::within(field, *triangle, 0..model.triangles.len())?;
                near.push((model.triangles[*triangle], u));
            }
            Near::Triangle(near)
        };
        let base = core::array::from_fn(|j| model.base_positions.iter().map(|p| p[j]).collect());
        Ok(Self { theta, bones, base, mirrored: model.is_mirrored, points, near })
    }

    fn evaluate(
        &self,
        function: &str,
        runs: &mut Runs,
        reverse: &mut Reverse,
    ) -> Option<Result<Value, Failure>> {
        match function {
            "objective" => Some(runs.repeat(|| Ok(self.objective()))),
            "jacobian" if !reverse.one_shot => Some(self.run_batches(runs)),
            "jacobian" => Some(self.run_jacobian(runs)),
            _ => None,
        }
    }
}

/// The model's bones, each behind its parent.
fn bones(model: &Model) -> Result<Vec<Bone>, Failure> {
    shape::within("input.data.model.bone_count", model.bone_count, BONES..BONES + 1)?;
    shape::length("input.data.model.parents", &model.parents, BONES)?;
    shape::length("input.data.model.base_relatives", &model.base_relatives, BONES)?;
    shape::length("input.data.model.inverse_base_absolutes", &model.inverse_base_absolutes, BONES)?;
    let count = model.base_positions.len();
    let weights = shape::matrix("input.data.model.weights", &model.weights, count, BONES)?;
    let mut bones: Vec<Bone> = Vec::with_capacity(BONES);
    for (i, parent) in model.parents.iter().enumerate() {
        let parent = match usize::try_from(*parent) {
            Ok(parent) if parent < i => Some(parent),
            Err(_) if *parent == -1 => None,
            _ => {
                let field = format_args!("input.data.model.parents[{i}]");
                return Err(shape::outside(field, parent, "an earlier bone, or -1 for none"));
            }
        };
        let mut moved_by = parent.map_or([false; FINGERS], |p| bones[p].moved_by);
        if let Some((finger, _)) = pose::joint(i) {
            moved_by[finger] = true;
        }
        bones.push(Bone {
            parent,
            relative: model.base_relatives[i],
            inverse: model.inverse_base_absolutes[i],
            weights: weights.iter().skip(i).step_by(BONES).copied().collect(),
            moved_by,
        });
    }
    Ok(bones)
}
