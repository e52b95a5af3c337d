//! The picture: the points with both curves, and what is left of the points.

use std::error::Error;
use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::curve;

type Drawn = Result<(), Box<dyn Error>>;
type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

const INK: RGBColor = RGBColor(34, 34, 34);
const FAINT: RGBColor = RGBColor(115, 115, 115);
const GRID_LINE: RGBColor = RGBColor(228, 228, 228);
/// Okabe and Ito's colours, which colour-blind readers can tell apart.
const POINT: RGBColor = RGBColor(86, 180, 233);
const FIRST: RGBColor = RGBColor(140, 140, 140);
const FIT: RGBColor = RGBColor(213, 94, 0);

/// Of so many points one is drawn: more would be a black band.
const EVERY: usize = 50;

/// Draws everything into one SVG file.
pub(crate) fn draw(path: &Path, points: &[f64], guess: &[f64], fit: &[f64], noise: f64) -> Drawn {
    let sheet = SVGBackend::new(path, (1000, 860)).into_drawing_area();
    sheet.fill(&WHITE)?;
    let (above, below) = sheet.margin(16, 16, 16, 24).split_vertically(500);
    curves(&above, points, guess, fit)?;
    residuals(&below.margin(16, 0, 0, 0), points, fit, noise)?;
    sheet.present()?;
    Ok(())
}

fn shown(points: &[f64]) -> impl Iterator<Item = (f64, f64)> + '_ {
    points.as_chunks::<2>().0.iter().step_by(EVERY).map(|[x, y]| (*x, *y))
}

fn curves(area: &Sheet<'_>, points: &[f64], guess: &[f64], fit: &[f64]) -> Drawn {
    let mut chart =
        chart(area, ["Two lines on a slope, found from 100,000 points", "place", "reading"], 24, -0.5..8.5)?;
    chart
        .draw_series(shown(points).map(|at| Circle::new(at, 2, POINT.filled())))?
        .label("one point in fifty")
        .legend(|(x, y)| Circle::new((x + 12, y), 3, POINT.filled()));
    for (name, colour, w) in [("first guess", FIRST, guess), ("fit", FIT, fit)] {
        let line = (0..=1000).map(|k| f64::from(k) / 100.0).map(|x| (x, curve(w, x)));
        chart
            .draw_series(LineSeries::new(line, colour.stroke_width(3)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], colour.stroke_width(3)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .legend_area_size(34)
        .label_font(("sans-serif", 16).into_font().color(&INK))
        .draw()?;
    Ok(())
}

fn residuals(area: &Sheet<'_>, points: &[f64], fit: &[f64], noise: f64) -> Drawn {
    let titles = ["What the fit leaves, in standard deviations of the noise", "place", ""];
    let mut chart = chart(area, titles, 20, -4.5..4.5)?;
    let left = shown(points).map(|(x, y)| (x, (y - curve(fit, x)) / noise));
    chart.draw_series(left.map(|at| Circle::new(at, 2, POINT.filled())))?;
    chart.draw_series(LineSeries::new([(0.0, 0.0), (10.0, 0.0)], FIT.stroke_width(2)))?;
    Ok(())
}

/// A chart without anything in it yet, with the names of its axes.
fn chart<'a>(
    area: &Sheet<'a>,
    [caption, x_name, y_name]: [&str; 3],
    size: i32,
    y: Range<f64>,
) -> Result<Chart<'a>, Box<dyn Error>> {
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", size).into_font().color(&INK))
        .set_label_area_size(LabelAreaPosition::Left, 64)
        .set_label_area_size(LabelAreaPosition::Bottom, 48)
        .build_cartesian_2d(0.0..10.0, y)?;
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
