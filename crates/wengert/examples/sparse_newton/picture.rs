//! Spy plots: where the matrices are not 0, and which of their columns are found together.
//!
//! Text is left to whatever shows the SVG, so that no font need be installed here.

// A sheet's coordinates are `i32`, and all of these fit.
#![allow(clippy::cast_possible_wrap)]

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use wengert::sparse::{NonlinearProgram, Pattern};

type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const SIZE: (u32, u32) = (1180, 470);
/// The side of a panel, and where panels begin.
const SIDE: i32 = 340;
const TOP: i32 = 90;
/// Rows and columns of a panel that shows a corner, and cells of one that shows all.
const CORNER: usize = 20;
const CELLS: usize = 170;

const INK: RGBColor = RGBColor(34, 34, 34);
const FAINT: RGBColor = RGBColor(115, 115, 115);
const FRAME: RGBColor = RGBColor(190, 190, 190);
/// One for each of the first colours (Okabe and Ito's, for colour-blind readers too).
const COLORS: [RGBColor; 5] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
];

/// Draws the whole system, and the corners of the Hessian and the Jacobian with the colours of their columns.
pub(crate) fn draw(path: &Path, nlp: &NonlinearProgram, kkt: &Pattern) -> Result<(), Box<dyn Error>> {
    let sheet = SVGBackend::new(path, SIZE).into_drawing_area();
    sheet.fill(&WHITE)?;
    let (jacobian, hessian) = nlp.plans();
    text(&sheet, "Lukšan and Vlček’s problem 5.1: where its matrices are not 0", 24, INK, (32, 18))?;

    let whole = kkt.mirrored().0;
    let caption = format!("the system {} × {}: {} nonzeros", whole.rows(), whole.columns(), whole.nonzeros());
    let mut filled = vec![false; CELLS * CELLS];
    for (row, column) in whole.entries() {
        filled[row * CELLS / whole.rows() * CELLS + column * CELLS / whole.columns()] = true;
    }
    let cells = (0..CELLS * CELLS).filter(|k| filled[*k]).map(|k| (k / CELLS, k % CELLS, INK));
    panel(&sheet, 32, CELLS, &caption, "Hessian above, the constraints’ Jacobian below and beside", cells)?;

    let color = |k: u32| COLORS[k as usize % COLORS.len()];
    let corner = |(row, column): &(usize, usize)| *row < CORNER && *column < CORNER;
    let symmetric = nlp.hessian().mirrored().0;
    let colors = hessian.coloring().colors();
    let cells = symmetric.entries().filter(corner).map(|(i, j)| (i, j, color(colors[j])));
    let caption = format!("the Hessian’s first {CORNER}: {} colours", hessian.report().colors);
    panel(&sheet, 32 + SIDE + 48, CORNER, &caption, "columns of one colour are one direction", cells)?;

    let colors = jacobian.coloring().colors();
    let in_reverse = jacobian.report().mode == wengert::sparse::SparseMode::Reverse;
    let cells = nlp.jacobian().entries().filter(corner);
    let cells = cells.map(|(i, j)| (i, j, color(colors[if in_reverse { i } else { j }])));
    let caption = format!("the Jacobian’s first {CORNER}: {} colours", jacobian.report().colors);
    let below = if in_reverse {
        "rows of one colour are one seed"
    } else {
        "columns of one colour are one direction"
    };
    panel(&sheet, 32 + 2 * (SIDE + 48), CORNER, &caption, below, cells)?;
    sheet.present()?;
    Ok(())
}

/// One matrix of `cells × cells`, its entries as squares.
fn panel(
    sheet: &Sheet<'_>,
    left: i32,
    cells: usize,
    caption: &str,
    below: &str,
    entries: impl Iterator<Item = (usize, usize, RGBColor)>,
) -> Result<(), Box<dyn Error>> {
    text(sheet, caption, 17, INK, (left, TOP - 28))?;
    text(sheet, below, 14, FAINT, (left, TOP + SIDE + 10))?;
    let cell = SIDE / cells as i32;
    let gap = i32::from(cell > 4);
    for (row, column, color) in entries {
        let (x, y) = (left + column as i32 * cell, TOP + row as i32 * cell);
        sheet
            .draw(&Rectangle::new([(x + gap, y + gap), (x + cell - gap, y + cell - gap)], color.filled()))?;
    }
    let side = cell * cells as i32;
    sheet.draw(&Rectangle::new([(left, TOP), (left + side, TOP + side)], FRAME))?;
    Ok(())
}

fn text(
    sheet: &Sheet<'_>,
    words: &str,
    size: i32,
    color: RGBColor,
    at: (i32, i32),
) -> Result<(), Box<dyn Error>> {
    sheet.draw(&Text::new(words.to_owned(), at, ("sans-serif", size).into_font().color(&color)))?;
    Ok(())
}
