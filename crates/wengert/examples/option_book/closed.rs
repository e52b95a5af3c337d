//! Closed forms: prices, and their slopes by the tape.

use wengert::{GradientError, Var, gradient};

use crate::contracts::{ASSETS, CORRELATION, STRIKE};

/// Black and Scholes' price of a call on an asset that grows with so much drift and volatility.
fn price(spot: Var, [volatility, drift, rate, years]: [Var; 4]) -> Var {
    let spread = volatility * years.sqrt();
    let d = ((spot / STRIKE).ln() + (drift + volatility * volatility * 0.5) * years) / spread;
    let forward = spot * (drift * years).exp();
    (forward * d.norm_cdf() - (d - spread).norm_cdf() * STRIKE) * (-rate * years).exp()
}

fn price_and_slopes(market: &[f64; 4], f: impl Fn([Var; 4]) -> Var) -> Result<Vec<f64>, GradientError> {
    let (price, slopes) = gradient(market, f)?;
    Ok([price].into_iter().chain(slopes).collect())
}

pub(crate) fn european(market: &[f64; 4]) -> Result<Vec<f64>, GradientError> {
    price_and_slopes(market, |[spot, volatility, rate, years]| price(spot, [volatility, rate, rate, years]))
}

/// The geometric mean of assets grows as one asset of less volatility, and of less drift.
pub(crate) fn basket(market: &[f64; 4]) -> Result<Vec<f64>, GradientError> {
    let share = CORRELATION + (1.0 - CORRELATION) / ASSETS as f64;
    price_and_slopes(market, |[spot, volatility, rate, years]| {
        let one = volatility * share.sqrt();
        let drift = rate - volatility * volatility * 0.5 + one * one * 0.5;
        price(spot, [one, drift, rate, years])
    })
}
