//! The images: read from the compressed table beside this file, scaled, and split for training and testing.

use std::error::Error;
use std::io::{BufRead, BufReader};

use flate2::read::GzDecoder;
use rand::Rng;
use rand::seq::SliceRandom;

/// Where the data come from; shown wherever they are.
pub(crate) const SOURCE: &str = "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine \
                                 Learning Repository, 1998 (its test set), CC BY 4.0; as distributed with scikit-learn";

/// Pixels along each side of an image.
pub(crate) const SIDE: usize = 8;
/// Pixels of an image.
pub(crate) const PIXELS: usize = SIDE * SIDE;
/// The digits 0 to 9.
pub(crate) const CLASSES: usize = 10;

/// The brightest pixel of the table.
const BRIGHTEST: f64 = 16.0;

/// An image, row by row: 0 is paper and 1 is ink.
pub(crate) type Image<T> = [T; PIXELS];

/// An image and the digit that it shows.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) image: Image<f64>,
    pub(crate) digit: usize,
}

impl Sample {
    /// The image, then 1 at its digit and 0 at the others.
    pub(crate) fn row(&self) -> [f64; PIXELS + CLASSES] {
        let digit = |k: usize| f64::from(k == PIXELS + self.digit);
        std::array::from_fn(|k| self.image.get(k).copied().unwrap_or_else(|| digit(k)))
    }
}

/// The samples to learn from, and those kept back to measure what was learnt.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) train: Vec<Sample>,
    pub(crate) test: Vec<Sample>,
}

/// All samples, in the order of the table.
pub(crate) fn load() -> Result<Vec<Sample>, Box<dyn Error>> {
    let table = GzDecoder::new(&include_bytes!("digits.csv.gz")[..]);
    let mut samples = Vec::new();
    for (k, line) in BufReader::new(table).lines().enumerate() {
        let sample = parse(&line?).ok_or_else(|| {
            format!(
                "digits.csv.gz, line {}: expected {PIXELS} pixels from 0 to {BRIGHTEST} and a digit",
                k + 1
            )
        })?;
        samples.push(sample);
    }
    Ok(samples)
}

fn parse(line: &str) -> Option<Sample> {
    let numbers: Vec<u8> = line.split(',').map(|field| field.trim().parse().ok()).collect::<Option<_>>()?;
    let (&digit, pixels) = numbers.split_last()?;
    let pixels: Image<u8> = pixels.try_into().ok()?;
    let image = pixels.map(|p| f64::from(p) / BRIGHTEST);
    let valid = usize::from(digit) < CLASSES && image.iter().all(|p| *p <= 1.0);
    valid.then_some(Sample { image, digit: digit.into() })
}

/// Keeps the same fraction of every digit back for testing, so that neither part lacks one.
pub(crate) fn stratified_split(samples: &[Sample], test_fraction: f64, rng: &mut impl Rng) -> Split {
    let mut split = Split { train: Vec::new(), test: Vec::new() };
    for digit in 0..CLASSES {
        let mut alike: Vec<Sample> = samples.iter().filter(|sample| sample.digit == digit).cloned().collect();
        alike.shuffle(rng);
        let kept_back = (alike.len() as f64 * test_fraction).round() as usize;
        split.test.extend(alike.drain(..kept_back));
        split.train.extend(alike);
    }
    split
}
