//! The picture: how training went, and what the models look at.
//!
//! Text is left to whatever shows the SVG, so that no font need be installed here.

// A sheet's coordinates are `i32`; nothing counted here comes to a hundred.
#![allow(clippy::cast_possible_wrap)]

use std::error::Error;
use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::data::{Image, SIDE, SOURCE};
use crate::saliency::Saliency;
use crate::train::Epoch;

type Drawn = Result<(), Box<dyn Error>>;
type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const WIDTH: i32 = 1200;
const HEIGHT: i32 = 956;
const MARGIN: i32 = 32;
/// The charts stand side by side between these heights.
const CHARTS: Range<i32> = 96..440;
/// Where the first row of tiles begins, and the first column.
const GRID: (i32, i32) = (162, 518);
/// The side of one pixel of an image.
const PIXEL: i32 = 11;
const TILE: i32 = PIXEL * SIDE as i32;
const COLUMN: i32 = TILE + 14;
const ROW: i32 = TILE + 36;

const INK: RGBColor = RGBColor(34, 34, 34);
const FAINT: RGBColor = RGBColor(115, 115, 115);
const GRID_LINE: RGBColor = RGBColor(228, 228, 228);
/// Green speaks for and purple against: told apart by colour-blind readers too.
const FOR: RGBColor = RGBColor(27, 120, 55);
const AGAINST: RGBColor = RGBColor(118, 42, 131);

/// The colours of the models' curves (Okabe and Ito's, for the same readers).
const MODELS: [RGBColor; 2] = [RGBColor(213, 94, 0), RGBColor(0, 114, 178)];

/// A model's name and its training.
pub(crate) struct Curve<'a> {
    pub(crate) name: &'a str,
    pub(crate) history: &'a [Epoch],
}

/// An image, and what each model looks at in it.
pub(crate) struct Column {
    pub(crate) image: Image<f64>,
    pub(crate) saliency: [Saliency; 2],
}

/// Draws everything into one SVG file.
pub(crate) fn draw(path: &Path, curves: &[Curve<'_>; 2], columns: &[Column]) -> Drawn {
    let sheet = SVGBackend::new(path, (WIDTH as u32, HEIGHT as u32)).into_drawing_area();
    sheet.fill(&WHITE)?;
    text(&sheet, "Handwritten digits, learnt with gradients from a tape", 28, INK, (MARGIN, 38), HPos::Left)?;
    legend(&sheet, curves)?;
    let (left, right) = (MARGIN..WIDTH / 2 - 12, WIDTH / 2 + 12..WIDTH - MARGIN);
    loss_chart(&part(&sheet, left), curves)?;
    accuracy_chart(&part(&sheet, right), curves)?;
    saliency_grid(&sheet, curves, columns)?;
    colour_key(&sheet, HEIGHT - 60)?;
    text(&sheet, &format!("Images: {SOURCE}"), 15, FAINT, (MARGIN, HEIGHT - 22), HPos::Left)?;
    sheet.present()?;
    Ok(())
}

/// The piece of the sheet between the charts' heights and these sides.
fn part<'a>(sheet: &Sheet<'a>, sides: Range<i32>) -> Sheet<'a> {
    sheet.clone().shrink((sides.start, CHARTS.start), ((sides.end - sides.start) as u32, CHARTS.len() as u32))
}

fn text(sheet: &Sheet<'_>, words: &str, size: i32, colour: RGBColor, at: (i32, i32), side: HPos) -> Drawn {
    let style = ("sans-serif", size).into_font().color(&colour).pos(Pos::new(side, VPos::Center));
    sheet.draw_text(words, &style, at)?;
    Ok(())
}

/// One legend above both charts, where it covers no curve.
fn legend(sheet: &Sheet<'_>, curves: &[Curve<'_>]) -> Drawn {
    for (k, (curve, colour)) in curves.iter().zip(MODELS).enumerate() {
        let x = MARGIN + 160 * k as i32;
        sheet.draw(&PathElement::new([(x, 74), (x + 28, 74)], colour.stroke_width(3)))?;
        text(sheet, curve.name, 18, INK, (x + 38, 74), HPos::Left)?;
    }
    Ok(())
}

fn loss_chart(area: &Sheet<'_>, curves: &[Curve<'_>]) -> Drawn {
    let losses = || curves.iter().flat_map(|c| c.history).map(|e| e.loss);
    let range = 0.8 * losses().fold(f64::INFINITY, f64::min)..1.2 * losses().fold(0.0, f64::max);
    let ticks = (-4..4).flat_map(|k| [1.0, 2.0, 5.0].map(|leading| leading * 10_f64.powi(k)));
    let ticks: Vec<f64> = ticks.filter(|tick| range.contains(tick)).collect();
    let label = |loss: &f64| format!("{loss}");
    let caption = "loss on the training images, penalty included";
    chart(area, caption, range.log_scale().with_key_points(ticks), &label, curves, |epoch| epoch.loss)
}

fn accuracy_chart(area: &Sheet<'_>, curves: &[Curve<'_>]) -> Drawn {
    let least = curves.iter().flat_map(|c| c.history).map(|e| e.accuracy).fold(1.0, f64::min);
    let floor = (20.0 * least).floor() * 5.0;
    let label = |percent: &f64| format!("{percent:.0} %");
    chart(area, "accuracy on the test images", floor..100.0, &label, curves, |epoch| 100.0 * epoch.accuracy)
}

/// One number an epoch, for both models.
fn chart<Y>(
    area: &Sheet<'_>,
    caption: &str,
    y: Y,
    y_label: &dyn Fn(&f64) -> String,
    curves: &[Curve<'_>],
    value: impl Fn(&Epoch) -> f64,
) -> Drawn
where
    Y: AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>>,
{
    let epochs = 1.0..curves.iter().map(|curve| curve.history.len()).max().unwrap_or(2) as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", 21).into_font().color(&INK))
        .set_label_area_size(LabelAreaPosition::Left, 56)
        .set_label_area_size(LabelAreaPosition::Bottom, 52)
        .build_cartesian_2d(epochs, y)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID_LINE)
        .axis_style(FAINT)
        .label_style(("sans-serif", 16).into_font().color(&INK))
        .x_desc("epoch")
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .y_labels(10)
        .y_label_formatter(y_label)
        .draw()?;
    for (curve, colour) in curves.iter().zip(MODELS) {
        let points = curve.history.iter().enumerate().map(|(k, epoch)| ((k + 1) as f64, value(epoch)));
        chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))?;
    }
    Ok(())
}

fn saliency_grid(sheet: &Sheet<'_>, curves: &[Curve<'_>], columns: &[Column]) -> Drawn {
    let heading =
        "where ink matters: the gradient, by the image, of the right digit's score less its rival's";
    text(sheet, heading, 21, INK, (MARGIN, GRID.1 - 34), HPos::Left)?;
    let names = ["test image"].into_iter().chain(curves.iter().map(|c| c.name));
    for (row, name) in names.enumerate() {
        row_name(sheet, name, GRID.1 + ROW * row as i32 + TILE / 2)?;
    }
    for (k, column) in columns.iter().enumerate() {
        let x = GRID.0 + COLUMN * k as i32;
        tile(sheet, (x, GRID.1), &column.image, |ink| blend(WHITE, INK, ink))?;
        below(sheet, (x, GRID.1), &format!("{k}"))?;
        for (row, Saliency { by_pixel, rival }) in column.saliency.iter().enumerate() {
            let y = GRID.1 + ROW * (row + 1) as i32;
            let largest = by_pixel.iter().fold(f64::MIN_POSITIVE, |m, g| m.max(g.abs()));
            tile(sheet, (x, y), by_pixel, |g| diverging(g / largest))?;
            below(sheet, (x, y), &format!("against {rival}"))?;
        }
    }
    Ok(())
}

/// A row's name at its left, a word a line.
fn row_name(sheet: &Sheet<'_>, name: &str, middle: i32) -> Drawn {
    let words: Vec<&str> = name.split(' ').collect();
    for (k, word) in words.iter().enumerate() {
        let y = middle + 10 * (2 * k as i32 + 1 - words.len() as i32);
        text(sheet, word, 18, INK, (GRID.0 - 16, y), HPos::Right)?;
    }
    Ok(())
}

/// The words under a tile.
fn below(sheet: &Sheet<'_>, tile: (i32, i32), words: &str) -> Drawn {
    text(sheet, words, 15, FAINT, (tile.0 + TILE / 2, tile.1 + TILE + 13), HPos::Center)
}

/// An image of 8×8 squares, framed.
fn tile(
    sheet: &Sheet<'_>,
    (x, y): (i32, i32),
    image: &Image<f64>,
    colour: impl Fn(f64) -> RGBColor,
) -> Drawn {
    for (k, value) in image.iter().enumerate() {
        let (column, row) = ((k % SIDE) as i32, (k / SIDE) as i32);
        let corner = (x + PIXEL * column, y + PIXEL * row);
        sheet
            .draw(&Rectangle::new([corner, (corner.0 + PIXEL, corner.1 + PIXEL)], colour(*value).filled()))?;
    }
    sheet.draw(&Rectangle::new([(x, y), (x + TILE, y + TILE)], FAINT.stroke_width(1)))?;
    Ok(())
}

/// What the colours of the maps mean.
fn colour_key(sheet: &Sheet<'_>, y: i32) -> Drawn {
    const STEPS: i32 = 40;
    const STEP: i32 = 4;
    let left = GRID.0 + COLUMN;
    text(sheet, "ink speaks against", 15, INK, (left - 8, y), HPos::Right)?;
    for step in 0..STEPS {
        let colour = diverging(2.0 * f64::from(step) / f64::from(STEPS - 1) - 1.0);
        let x = left + STEP * step;
        sheet.draw(&Rectangle::new([(x, y - 7), (x + STEP, y + 7)], colour.filled()))?;
    }
    let words = "ink speaks for the digit; each map is scaled to its own largest entry";
    text(sheet, words, 15, INK, (left + STEP * STEPS + 8, y), HPos::Left)
}

/// From −1, purple, through white to 1, green.
fn diverging(x: f64) -> RGBColor {
    blend(WHITE, if x < 0.0 { AGAINST } else { FOR }, x.abs())
}

fn blend(from: RGBColor, to: RGBColor, t: f64) -> RGBColor {
    let mix = |a: u8, b: u8| (f64::from(a) + t * (f64::from(b) - f64::from(a))).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}
