//! A picture of the times: one line a problem, one mark a tool, on a logarithmic axis.

use std::error::Error;
use std::path::Path;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::row::Row;

/// Pixels of a problem's line.
const LINE: u32 = 24;
/// Pixels above and below the lines: legend and axis.
const ABOVE: u32 = 84;
const BELOW: u32 = 52;
/// Pixels for the problems' names.
const NAMES: u32 = 190;
const WIDTH: u32 = 900;

/// Told apart by those who do not see all colours, too (Okabe and Ito, *Color Universal Design*, 2008); the first is
/// wengert's, and the one behind the last is the first again, in another shape.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 0, 0),
    RGBColor(213, 94, 0),
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(128, 128, 128),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Chart<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<plotters::coord::combinators::LogCoord<f64>, RangedCoordf64>,
>;

/// Writes the picture as SVG.
///
/// # Errors
/// Where there is nothing to draw, or the file cannot be written.
pub fn write(path: &Path, caption: &str, rows: &[Row]) -> Result<(), Box<dyn Error>> {
    let times = || rows.iter().flat_map(|row| row.cells.iter().filter_map(|cell| row.time(cell)));
    let (least, most) = (times().fold(f64::INFINITY, f64::min), times().fold(0.0, f64::max));
    if least > most {
        return Err("nothing was measured".into());
    }
    let height = ABOVE + BELOW + LINE * u32::try_from(rows.len())?;
    let root = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart: Chart<'_, '_> = ChartBuilder::on(&root)
        .margin_top(ABOVE)
        .margin_right(24)
        .x_label_area_size(BELOW)
        .y_label_area_size(NAMES)
        .build_cartesian_2d((least * 0.8..most * 1.25).log_scale(), 0.0..rows.len() as f64)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .bold_line_style(BLACK.mix(0.15))
        .light_line_style(TRANSPARENT)
        .axis_style(BLACK.mix(0.6))
        .y_labels(0)
        .x_desc(caption)
        .x_label_formatter(&|x| format!("{x}"))
        .label_style(("sans-serif", 14))
        .draw()?;
    for (line, row) in rows.iter().enumerate() {
        // Lines go down from the top.
        let y = (rows.len() - line) as f64 - 0.5;
        chart.draw_series(LineSeries::new([(least * 0.8, y), (most * 1.25, y)], BLACK.mix(0.15)))?;
        let (_, pixel) = chart.backend_coord(&(least, y));
        let right = TextStyle::from(("sans-serif", 14)).pos(Pos::new(HPos::Right, VPos::Center));
        root.draw_text(&row.problem, &right, (i32::try_from(NAMES)? - 8, pixel))?;
        // The first tool last, so that no other hides it.
        for (tool, cell) in row.cells.iter().enumerate().rev() {
            if let Some(time) = row.time(cell) {
                let (x, y) = chart.backend_coord(&(time, y));
                mark(&root, tool, (x, y))?;
            }
        }
    }
    legend(&root, rows)?;
    root.present()?;
    Ok(())
}

fn legend(root: &Area<'_>, rows: &[Row]) -> Result<(), Box<dyn Error>> {
    let Some(row) = rows.first() else { return Ok(()) };
    let style = TextStyle::from(("sans-serif", 14)).pos(Pos::new(HPos::Left, VPos::Center));
    for (tool, cell) in row.cells.iter().enumerate() {
        let (column, line) = (i32::try_from(tool % 4)?, i32::try_from(tool / 4)?);
        let (x, y) = (i32::try_from(NAMES)? + 8 + 170 * column, 18 + 22 * line);
        mark(root, tool, (x, y))?;
        root.draw_text(cell.tool, &style, (x + 12, y))?;
    }
    Ok(())
}

/// A full circle for the first tool, and for the others shapes in turn.
fn mark(root: &Area<'_>, tool: usize, at: (i32, i32)) -> Result<(), Box<dyn Error>> {
    let colour = COLOURS[tool % COLOURS.len()];
    match (tool, tool % 3) {
        (0, _) => root.draw(&Circle::new(at, 6, colour.filled()))?,
        (_, 0) => root.draw(&Cross::new(at, 4, colour.stroke_width(2)))?,
        (_, 1) => root.draw(&TriangleMarker::new(at, 6, colour.filled()))?,
        _ => root.draw(&Circle::new(at, 5, colour.stroke_width(2)))?,
    }
    Ok(())
}
