//! The picture: the diffusivity along the rod, and what two of the thermometers read.

use std::error::Error;
use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::rod::{DT, EVERY, LENGTH, Readings, THERMOMETERS, position};

type Drawn = Result<(), Box<dyn Error>>;
type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

const INK: RGBColor = RGBColor(34, 34, 34);
const FAINT: RGBColor = RGBColor(115, 115, 115);
const GRID_LINE: RGBColor = RGBColor(228, 228, 228);
/// Okabe and Ito's colours, which colour-blind readers can tell apart.
const TRUTH: RGBColor = RGBColor(86, 180, 233);
const FIRST: RGBColor = RGBColor(140, 140, 140);
const FIT: RGBColor = RGBColor(213, 94, 0);

/// A diffusivity in mm²/s at each interface, and what the thermometers would read.
pub(crate) struct Model {
    pub(crate) diffusivity: Vec<f64>,
    pub(crate) readings: Readings,
}

/// Draws everything into one SVG file.
pub(crate) fn draw(path: &Path, truth: &[f64], readings: &Readings, first: &Model, fit: &Model) -> Drawn {
    let sheet = SVGBackend::new(path, (1000, 860)).into_drawing_area();
    sheet.fill(&WHITE)?;
    let (above, below) = sheet.margin(16, 16, 16, 24).split_vertically(440);
    let below = below.margin(16, 0, 0, 0);
    along_the_rod(&above, truth, first, fit)?;
    in_time(&below, readings, first, fit)?;
    sheet.present()?;
    Ok(())
}

fn along_the_rod(area: &Sheet<'_>, truth: &[f64], first: &Model, fit: &Model) -> Drawn {
    let highest = truth.iter().chain(&fit.diffusivity).fold(0.0, |m: f64, a| m.max(*a));
    let caption = "How well the rod conducts heat, found from seven thermometers";
    let titles = [caption, "place along the rod, m", "diffusivity, mm²/s"];
    let mut chart = chart(area, titles, 24, 0.0..LENGTH, 0.0..1.15 * highest)?;
    let points =
        |a: &[f64]| -> Vec<(f64, f64)> { a.iter().enumerate().map(|(i, a)| (position(i), *a)).collect() };
    for (name, colour, width, a) in [
        ("truth, which the fit is not told", TRUTH, 9, truth),
        ("first guess", FIRST, 2, &first.diffusivity),
        ("fit", FIT, 2, &fit.diffusivity),
    ] {
        chart
            .draw_series(LineSeries::new(points(a), colour.stroke_width(width)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], colour.stroke_width(width)));
    }
    let thermometers = THERMOMETERS.map(|cell| (position(cell) + 0.5 * position(1), 0.0));
    chart
        .draw_series(thermometers.map(|at| TriangleMarker::new(at, 7, INK.filled())))?
        .label("thermometers")
        .legend(|(x, y)| TriangleMarker::new((x + 12, y + 2), 7, INK.filled()));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .legend_area_size(34)
        .label_font(("sans-serif", 16).into_font().color(&INK))
        .draw()?;
    Ok(())
}

/// The third thermometer, beside the piece that hardly conducts.
const SHOWN: usize = 2;

fn in_time(area: &Sheet<'_>, readings: &Readings, first: &Model, fit: &Model) -> Drawn {
    let hours = |k: usize| (k * EVERY) as f64 * DT / 3600.0;
    let points = |readings: &Readings| -> Vec<(f64, f64)> {
        readings.iter().enumerate().map(|(k, reading)| (hours(k), reading[SHOWN])).collect()
    };
    let all = [readings, &first.readings, &fit.readings].map(points);
    let values = || all.iter().flatten().map(|(_, y)| *y);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let titles = ["What the third thermometer read, and what the models say", "hours", "°C"];
    let mut chart = chart(area, titles, 20, 0.0..hours(readings.len()), low - 0.5..high + 0.5)?;
    let [read, at_first, now] = all;
    chart.draw_series(LineSeries::new(at_first, FIRST.stroke_width(2)))?;
    chart.draw_series(LineSeries::new(now, FIT.stroke_width(2)))?;
    chart.draw_series(read.into_iter().map(|at| Circle::new(at, 3, INK.filled())))?;
    Ok(())
}

/// A chart without anything in it yet, with the names of its axes.
fn chart<'a>(
    area: &Sheet<'a>,
    [caption, x_name, y_name]: [&str; 3],
    size: i32,
    x: Range<f64>,
    y: Range<f64>,
) -> Result<Chart<'a>, Box<dyn Error>> {
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", size).into_font().color(&INK))
        .set_label_area_size(LabelAreaPosition::Left, 64)
        .set_label_area_size(LabelAreaPosition::Bottom, 48)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID_LINE)
        .axis_style(FAINT)
        .label_style(("sans-serif", 16).into_font().color(&INK))
        .x_desc(x_name)
        .y_desc(y_name)
        .draw()?;
    Ok(chart)
}
