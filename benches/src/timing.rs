//! Times of many short runs. The least is what the machine can do when nothing else takes it; the median is what
//! it did.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// A sample is at least so long, so that reading the clock does not count.
const SAMPLE: Duration = Duration::from_micros(20);

/// Seconds that one call took, once for each sample.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<f64>);

impl Times {
    /// Adds samples: at least so many, and for at least so long.
    pub fn sample(&mut self, samples: usize, enough: Duration, mut f: impl FnMut() -> f64) {
        let mut time = |calls: u32| {
            let start = Instant::now();
            for _ in 0..calls {
                black_box(f());
            }
            start.elapsed()
        };
        let mut calls = 1;
        while time(calls) < SAMPLE {
            calls *= 2;
        }
        let begin = Instant::now();
        let mut done = 0;
        while done < samples || begin.elapsed() < enough {
            self.0.push(time(calls).as_secs_f64() / f64::from(calls));
            done += 1;
        }
    }

    /// The least; ∞ without samples.
    #[must_use]
    pub fn least(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The median, the upper one of two; NaN without samples.
    #[must_use]
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// The least of many times of a call, in seconds.
pub fn least(f: impl FnMut() -> f64) -> f64 {
    let mut times = Times::default();
    times.sample(20, Duration::from_millis(300), f);
    times.least()
}

#[cfg(test)]
mod tests {
    use super::Times;

    #[test]
    fn least_and_median() {
        let times = Times(vec![3.0, 1.0, 9.0, 2.0, 4.0]);
        assert_eq!((times.least(), times.median()), (1.0, 3.0));
    }
}
