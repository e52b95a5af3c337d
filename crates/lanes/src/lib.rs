//! The lane executor: straight-line code as plain data, run over many rows at a time.
//!
//! ```
//! use wengert::lanes::{Code, Lanewise, NoCalls, RowBlock, Straight, RowTable};
//! use wengert::ops::Op;
//!
//! // y = exp(−k·t) at one k and many t, by row, and their sum.
//! let mut straight = Straight::new(1);
//! let k = straight.uniform(0).unwrap();
//! let t = straight.column(0, 0);
//! let power = straight.row(Op::Mul, &[k, t], &[])?;
//! let power = straight.row(Op::Neg, &[power], &[])?;
//! let y = straight.row(Op::Exp, &[power], &[])?;
//! straight.give(0, y)?;
//! straight.sum(y)?;
//! let code = Code::new(straight);
//!
//! let times: Vec<f64> = (0..100).map(|t| f64::from(t) * 0.1).collect();
//! let mut lanes = Lanewise::new();
//! let (mut y, mut sum) = (vec![0.0; 100], [0.0]);
//! lanes.begin(&code, &[2.0]);
//! let rows: Vec<u32> = (0..100).collect();
//! let tables = &[RowTable::by_rows(&times, 1)];
//! let block = RowBlock { tables, first: 0, list: &rows, y: &mut [&mut y], totals: &mut sum, maxima: &mut [] };
//! lanes.run(&code, block, &mut NoCalls)?;
//! assert_eq!(y[7], (-2.0 * times[7]).exp());
//! assert!((sum[0] - y.iter().sum::<f64>()).abs() < 1e-13);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Data flow one way: [`Straight`], code as it is written → [`Code`], its steps with lanes' slots → [`Lanewise`], memory and a
//! run. What is the same in all rows is *uniform*, and read as one number; all else *varies*, and stands in lanes. This crate
//! knows operations, and knows nothing of tapes: what a call calls is its caller's to do, row by row.
#![deny(unsafe_code)]

mod straight;
mod chains;
mod steps;
mod lower;
mod code;
mod cost;
mod dump;
mod instructions;
mod table;
mod vector;
mod frame;
mod dots;
mod sums;
mod maxima;
mod exchange;
mod kernels;
mod run;

pub use code::{Code, GROUP};
pub use instructions::{InstructionSet, Precision};
pub use maxima::RowMaximum;
pub use run::{LaneFloat, Lanewise, NoCalls, RowBlock, RowCalls, RowStopped};
pub use straight::{LaneValue, Straight, StraightError};
pub use table::RowTable;
