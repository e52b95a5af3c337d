//! What a path pays, discounted: at spot, volatility, rate and time to expiry, and at standard normal numbers.

use wengert::Var;

/// Dates at which the barrier is watched.
pub(crate) const DATES: usize = 12;
/// Assets of the basket.
pub(crate) const ASSETS: usize = 3;
pub(crate) const STRIKE: f64 = 100.0;
pub(crate) const BARRIER: f64 = 130.0;
pub(crate) const CORRELATION: f64 = 0.5;

/// The logarithm of how much an asset grows in some years, at a normal number.
fn growth([volatility, rate, years]: [Var; 3], z: Var) -> Var {
    (rate - volatility * volatility * 0.5) * years + volatility * years.sqrt() * z
}

/// A call.
pub(crate) fn european(market: &[Var], z: Var) -> Var {
    let [spot, volatility, rate, years] = [market[0], market[1], market[2], market[3]];
    let end = spot * growth([volatility, rate, years], z).exp();
    (end - STRIKE).max(0.0) * (-rate * years).exp()
}

/// A call on the geometric mean of assets of one spot and one volatility.
pub(crate) fn basket(market: &[Var], z: &[Var]) -> Var {
    let [spot, volatility, rate, years] = [market[0], market[1], market[2], market[3]];
    // What they have in common is the first number; the others are each asset's own.
    let (common, own) = (CORRELATION.sqrt(), (1.0 - CORRELATION).sqrt());
    let growths = z[1..].iter().map(|z_own| growth([volatility, rate, years], z[0] * common + *z_own * own));
    let sum: Var = growths.sum();
    let mean = spot * (sum * (1.0 / ASSETS as f64)).exp();
    (mean - STRIKE).max(0.0) * (-rate * years).exp()
}

/// A call that is worth nothing once the asset has been above the barrier at one of the dates. Smoothed, each date lets through
/// a share that falls from 1 to 0 around the barrier.
pub(crate) fn barrier(market: &[Var], z: &[Var], smoothed: bool) -> Var {
    let [spot, volatility, rate, years] = [market[0], market[1], market[2], market[3]];
    let mut asset = spot;
    let mut alive = Var::constant(1.0);
    for z in z {
        asset *= growth([volatility, rate, years * (1.0 / DATES as f64)], *z).exp();
        if smoothed {
            alive *= ((BARRIER - asset) * 1.5).sigmoid();
        } else if asset > BARRIER {
            return Var::constant(0.0);
        }
    }
    alive * (asset - STRIKE).max(0.0) * (-rate * years).exp()
}
