//! The picture: the call's numbers beside their closed forms, and the barrier's delta three ways.

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::{Deltas, Estimate, GREEKS};

type Drawn = Result<(), Box<dyn Error>>;
type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const INK: RGBColor = RGBColor(34, 34, 34);
const FAINT: RGBColor = RGBColor(115, 115, 115);
const GRID_LINE: RGBColor = RGBColor(228, 228, 228);
/// Okabe and Ito's colours, which colour-blind readers can tell apart.
const DIFFERENCES: RGBColor = RGBColor(86, 180, 233);
const HARD: RGBColor = RGBColor(213, 94, 0);
const SMOOTHED: RGBColor = RGBColor(0, 158, 115);

/// Draws everything into one SVG file.
pub(crate) fn draw(path: &Path, (found, truth): &(Vec<Estimate>, Vec<f64>), deltas: &Deltas) -> Drawn {
    let sheet = SVGBackend::new(path, (1000, 860)).into_drawing_area();
    sheet.fill(&WHITE)?;
    let (above, below) = sheet.margin(16, 16, 16, 24).split_vertically(330);
    intervals(&above, found, truth)?;
    barrier(&below.margin(16, 0, 0, 0), deltas)?;
    sheet.present()?;
    Ok(())
}

fn intervals(area: &Sheet<'_>, found: &[Estimate], truth: &[f64]) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .caption(
            "A European call: a million paths beside the closed form",
            ("sans-serif", 24).into_font().color(&INK),
        )
        .set_label_area_size(LabelAreaPosition::Left, 64)
        .set_label_area_size(LabelAreaPosition::Bottom, 48)
        .build_cartesian_2d(-0.5..GREEKS.len() as f64 - 0.5, -4.0..4.0)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID_LINE)
        .axis_style(FAINT)
        .label_style(("sans-serif", 16).into_font().color(&INK))
        .x_labels(GREEKS.len())
        .x_label_formatter(&|x| {
            let near = (x - x.round()).abs() < 0.1 && x.round() >= 0.0;
            if near {
                GREEKS.get(x.round() as usize).map_or_else(String::new, |name| (*name).to_owned())
            } else {
                String::new()
            }
        })
        .disable_x_mesh()
        .y_desc("standard errors off, 95 %")
        .draw()?;
    for (k, (Estimate { mean, error }, truth)) in found.iter().zip(truth).enumerate() {
        let (x, off) = (k as f64, (mean - truth) / error);
        let whisker = [(x, off - 1.96), (x, off + 1.96)];
        chart.draw_series(LineSeries::new(whisker, DIFFERENCES.stroke_width(4)))?;
        chart.draw_series([Circle::new((x, off), 6, HARD.filled())])?;
    }
    Ok(())
}

fn barrier(area: &Sheet<'_>, deltas: &Deltas) -> Drawn {
    let all = || [&deltas.by_differences, &deltas.hard, &deltas.smoothed].into_iter().flatten();
    let (low, high) = all().fold((0.0_f64, 0.0_f64), |(low, high), d| (low.min(*d), high.max(*d)));
    let ends = deltas.spots[0]..deltas.spots[deltas.spots.len() - 1];
    let mut chart = ChartBuilder::on(area)
        .caption("The delta of an up-and-out call, barrier 130", ("sans-serif", 20).into_font().color(&INK))
        .set_label_area_size(LabelAreaPosition::Left, 64)
        .set_label_area_size(LabelAreaPosition::Bottom, 48)
        .build_cartesian_2d(ends, low - 0.05..high + 0.05)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID_LINE)
        .axis_style(FAINT)
        .label_style(("sans-serif", 16).into_font().color(&INK))
        .x_desc("spot")
        .y_desc("delta")
        .draw()?;
    for (name, colour, delta) in [
        ("differences of prices", DIFFERENCES, &deltas.by_differences),
        ("path by path, hard barrier", HARD, &deltas.hard),
        ("path by path, smoothed", SMOOTHED, &deltas.smoothed),
    ] {
        let line = deltas.spots.iter().zip(delta).map(|(x, y)| (*x, *y));
        chart
            .draw_series(LineSeries::new(line, colour.stroke_width(4)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], colour.stroke_width(4)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .legend_area_size(34)
        .label_font(("sans-serif", 16).into_font().color(&INK))
        .draw()?;
    Ok(())
}
