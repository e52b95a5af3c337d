//! THE table: one row an operation. No other file of the project names an operation, but for overloads
//! of operators, and sums and products of slices.
//!
//! A row reads
//!
//! ```text
//! /// documentation
//! form Row method(operands) {
//!     value;
//!     d(operands => result) [partials];
//!     kinds [kinds];
//!     series expression;
//!     wide [true];
//!     fast [limit];
//!     laws [laws];
//!     regroup [regroupings];
//! }
//! ```
//!
//! where all below the partials may be missing.
//!
//! * `form` says which method is generated: `unary`, `binary`, `ternary`, `integer` (second operand a constant
//!   `i32`), `constant` (second operand a constant `f64`), `slice`, `slices`, `data` (a slice, and a slice of data), or for
//!   none `operator` and `iterator`.
//! * The value is computed at a primitive float `F`, the partials at any `T: Real`. A binder `_` in `d(…)` says
//!   that the partials do not read that operand (or result).
//! * A row of any number of operands (`slice`, `slices`, `data`, `iterator`) reads them by index, and its partials, in
//!   place of `d`, are `partials(operands, result, scratch, sink) { … }`: each is handed to the sink, in operand order.
//!   `straight [true]` says that the value asks nothing of numbers, and may be read at any `T: Real` (see `Variadic::straight`).
//!   `unfolds [true]` says that the partials repeat much of the value's work, so that derivative programs do it once where the
//!   row is written out.
//! * `kinds` spare the recording a saved partial (see `PartialKind`); a test holds them to the partials.
//! * `series` is the operation composed of others at any `T: Real`, for the few rows whose Taylor coefficients should not
//!   come from the partials (see `Rule::series`); a test holds it to them.
//! * `wide [true]` says that the value is a few instructions and calls nothing, so that several lanes can take them at once,
//!   and the row is compiled for each instruction set.
//! * `fast [limit]` says the same of the value read at [`Fast`](crate::Fast), up to that size of its operand; beyond it the value
//!   is that of the float. Of a row of any number of operands, `fast [true]` says that its value at `Fast` is another one.
//! * `laws` and `regroup` say what else holds of the row, for passes (see `laws.rs`); a test holds them to values and
//!   derivatives.
//!
//! Values at kinks, poles and ends of domains follow the book's chapter *Conventions*; rows cite its headings
//! in brackets, escaped so that rustdoc sees no links.
//!
//! This file imports nothing: a row is words, which mean something where they are read. `opcodes.rs`, `rows.rs`, `functions.rs`
//! and `visit.rs` read what stands before the braces, `formulas.rs` alone what stands in them. All match a row as
//!
//! ```text
//! $(#[$doc:meta])* $form:ident $Row:ident $method:ident $x:tt $body:tt
//! ```

/// Hands the whole table to another macro, so that each reads of it what it needs.
#[doc(hidden)]
#[macro_export]
macro_rules! table {
    ($reader:ident) => {
        $reader! {
            // ---- arithmetic ----
            /// `−x`.
            operator Neg neg(x) {
                -x;
                d(_ => _) [T::lit(-1.0)];
                kinds [MinusOne];
                wide [true];
                laws [Involution, Enters(Op::Mul), Enters(Op::Div)];
            }
            /// `a + b`: the gradient flows on unchanged to both.
            operator Add add(a, b) {
                a + b;
                d(_, _ => _) [T::lit(1.0), T::lit(1.0)];
                kinds [One, One];
                wide [true];
                laws [Commutes, At(1, -0.0, Rest), Through(Op::Neg, Op::Sub), Chains(Op::Sum), Computes(Arithmetic::Sum)];
                regroup [Gathers(Op::Sum), Fuses(Op::Mul, Op::MulAdd)];
            }
            /// `a − b`.
            operator Sub sub(a, b) {
                a - b;
                d(_, _ => _) [T::lit(1.0), T::lit(-1.0)];
                kinds [One, MinusOne];
                wide [true];
                laws [At(1, 0.0, Rest), At(0, -0.0, Is(Op::Neg)), Through(Op::Neg, Op::Add)];
            }
            /// `a·b`: each operand's partial is the other's value.
            operator Mul mul(a, b) {
                a * b;
                d(a, b => _) [b, a];
                kinds [Other, Other];
                wide [true];
                laws [Commutes, At(1, 1.0, Rest), At(1, -1.0, Is(Op::Neg)), Cancels(Op::Neg), Computes(Arithmetic::Product)];
                regroup [Gathers(Op::Product)];
            }
            /// `a/b` \[division by zero\].
            operator Div div(a, b) {
                a / b;
                d(_, b => y) [b.recip(), -(y / b)];
                series T::quotient(a, b);
                wide [true];
                laws [At(1, 1.0, Rest), At(1, -1.0, Is(Op::Neg)), Cancels(Op::Neg), Reciprocal(Op::Mul)];
            }
            /// `a − b·trunc(a/b)`, the sign of `a`; slope taken between the jumps \[steps\].
            operator Rem rem(a, b) { a % b; d(a, b => y) [T::lit(1.0), -((a - y) / b).round()]; kinds [One, Saved]; }
            /// `1/x` \[division by zero\].
            unary Recip recip(x) { x.recip(); d(_ => y) [-(y * y)]; series T::quotient(T::lit(1.0), x); wide [true]; }
            /// `x²`.
            unary Square square(x) { x * x; d(x => _) [x + x]; kinds [Twice]; wide [true]; laws [Ignores(Op::Neg)]; }
            /// `√x`: slope `∞` at 0 \[poles\].
            unary Sqrt sqrt(x) { x.sqrt(); d(_ => y) [T::lit(0.5) / plus_zero(y)]; wide [true]; }
            /// `∛x`: slope `∞` at 0 \[poles\].
            unary Cbrt cbrt(x) { x.cbrt(); d(_ => y) [(T::lit(3.0) * y * y).recip()]; }
            /// `xⁿ` for a constant integer `n` \[powers\].
            integer Powi powi(x, n) {
                x.powi(n.wide() as i32);
                d(x, n => _) [power_slope(x, n, |x, n| T::fixed::<rows::Powi, 2>([x, n])), T::lit(0.0)];
                kinds [Saved, Zero];
                laws [At(1, 0.0, Constant(1.0)), At(1, 1.0, Rest), At(1, 2.0, Is(Op::Square))];
            }
            /// `xᶜ` for a constant `c` \[powers\].
            constant Powf powf(x, c) {
                x.powf(c);
                d(x, c => _) [power_slope(x, c, |x, c| T::fixed::<rows::Powf, 2>([x, c])), T::lit(0.0)];
                kinds [Saved, Zero];
                laws [At(1, 0.0, Constant(1.0)), At(1, 1.0, Rest)];
            }
            /// `xᵃ` with both variable: `∂/∂a = xᵃ ln x`, taken as 0 at `x = 0`, `a ≥ 0` \[powers\].
            binary Pow pow(x, a) {
                x.powf(a);
                d(x, a => y) [
                    power_slope(x, a, |x, a| T::fixed::<rows::Pow, 2>([x, a])),
                    T::select(
                        x.indicator_eq(T::lit(0.0)) * a.indicator_ge(T::lit(0.0)),
                        T::lit(0.0),
                        within(x.indicator_ge(T::lit(0.0)), T::pull(y, x.ln())),
                    ),
                ];
                series kernels::power_series(x, a, |x, c| T::fixed::<rows::Powf, 2>([x, c]));
            }
            /// `√(a² + b²)` without overflow; slopes 0 at the origin \[origin\] \[infinities\].
            binary Hypot hypot(a, b) { a.hypot(b); d(a, b => y) [cosine(a, y), cosine(b, y)]; }
            /// `a·b + c`, rounded once.
            ternary MulAdd mul_add(a, b, c) {
                a.mul_add(b, c);
                d(a, b, _ => _) [b, a, T::lit(1.0)];
                kinds [Other, Other, One];
                wide [true];
                laws [
                    Commutes,
                    At(1, 1.0, Is(Op::Add)),
                    At(2, -0.0, Is(Op::Mul)),
                    Cancels(Op::Neg),
                    Computes(Arithmetic::Fused),
                ];
            }

            /// The value without its history: no gradient flows through it \[detached values\].
            unary Detach detach(x) { x; d(_ => _) [T::lit(0.0)]; kinds [Zero]; wide [true]; laws [Ignores(Op::Detach)]; }

            // ---- exponentials and logarithms ----
            /// `eˣ`, its own derivative.
            unary Exp exp(x) { x.exp(); d(_ => y) [y]; fast [f64::INFINITY]; }
            /// `2ˣ`.
            unary Exp2 exp2(x) { x.exp2(); d(_ => y) [y * T::lit(core::f64::consts::LN_2)]; fast [f64::INFINITY]; }
            /// `eˣ − 1` without cancellation near 0.
            unary ExpM1 exp_m1(x) { x.exp_m1(); d(x => _) [x.exp()]; fast [f64::INFINITY]; }
            /// `ln x` \[logarithms\].
            unary Ln ln(x) {
                x.ln();
                d(x => _) [within(x.indicator_ge(T::lit(0.0)), plus_zero(x).recip())];
                fast [f64::INFINITY];
            }
            /// `ln(1 + x)` without cancellation near 0 \[logarithms\].
            unary Ln1p ln_1p(x) {
                x.ln_1p();
                d(x => _) [within(x.indicator_ge(T::lit(-1.0)), (T::lit(1.0) + x).recip())];
                fast [f64::INFINITY];
            }
            /// `log₂ x` \[logarithms\].
            unary Log2 log2(x) {
                x.log2();
                d(x => _) [within(
                    x.indicator_ge(T::lit(0.0)),
                    T::lit(core::f64::consts::LOG2_E) / plus_zero(x),
                )];
                fast [f64::INFINITY];
            }
            /// `log₁₀ x` \[logarithms\].
            unary Log10 log10(x) {
                x.log10();
                d(x => _) [within(
                    x.indicator_ge(T::lit(0.0)),
                    T::lit(core::f64::consts::LOG10_E) / plus_zero(x),
                )];
                fast [f64::INFINITY];
            }
            /// `log_b x = ln x / ln b` \[logarithms\].
            binary Log log(x, b) {
                x.log(b);
                d(x, b => y) [
                    within(x.indicator_ge(T::lit(0.0)), (plus_zero(x) * b.ln()).recip()),
                    within(b.indicator_ge(T::lit(0.0)), -(y / (b * b.ln()))),
                ];
            }
            /// `ln(eᵃ + eᵇ)` without overflow \[infinities\].
            binary LogAddExp logaddexp(a, b) {
                kernels::logaddexp(a, b);
                d(a, b => _) [logistic_share(a, b), logistic_share(b, a)];
                laws [Commutes];
            }

            // ---- trigonometry ----
            /// `sin x`, `x` in radians.
            unary Sin sin(x) { x.sin(); d(x => _) [x.cos()]; fast [FAR]; }
            /// `cos x`, `x` in radians.
            unary Cos cos(x) { x.cos(); d(x => _) [-x.sin()]; fast [FAR]; }
            /// `tan x`, `x` in radians.
            unary Tan tan(x) { x.tan(); d(_ => y) [T::lit(1.0) + y * y]; fast [FAR]; }
            /// `arcsin x`; slope `∞` at `±1`, NaN beyond \[ends of domains\].
            unary Asin asin(x) {
                x.asin();
                d(x => _) [((T::lit(1.0) - x) * (T::lit(1.0) + x)).sqrt().recip()];
                fast [f64::INFINITY];
            }
            /// `arccos x`; slope `−∞` at `±1`, NaN beyond \[ends of domains\].
            unary Acos acos(x) {
                x.acos();
                d(x => _) [-((T::lit(1.0) - x) * (T::lit(1.0) + x)).sqrt().recip()];
                fast [f64::INFINITY];
            }
            /// `arctan x`.
            unary Atan atan(x) { x.atan(); d(x => _) [(T::lit(1.0) + x * x).recip()]; fast [f64::INFINITY]; }
            /// The angle of the point `(x, y)`, written `y.atan2(x)`; slopes 0 at the origin
            /// \[origin\] \[infinities\].
            binary Atan2 atan2(y, x) {
                y.atan2(x);
                d(y, x => _) {
                    let r = y.hypot(x);
                    let flat = r.indicator_eq(T::lit(0.0)) + r.indicator_eq(T::lit(f64::INFINITY));
                    let known = y.indicator_eq(y) * x.indicator_eq(x);
                    let slope = |p: T| within(known, T::select(flat, T::lit(0.0), p / r / r));
                    [slope(x), slope(-y)]
                };
            }
            /// `sinh x`.
            unary Sinh sinh(x) { x.sinh(); d(x => _) [x.cosh()]; fast [f64::INFINITY]; }
            /// `cosh x`.
            unary Cosh cosh(x) { x.cosh(); d(x => _) [x.sinh()]; fast [f64::INFINITY]; }
            /// `tanh x`.
            unary Tanh tanh(x) { x.tanh(); d(_ => y) [(T::lit(1.0) - y) * (T::lit(1.0) + y)]; fast [f64::INFINITY]; }
            /// `arsinh x`.
            unary Asinh asinh(x) { x.asinh(); d(x => _) [x.hypot(T::lit(1.0)).recip()]; }
            /// `arcosh x`; slope `∞` at 1, NaN below \[ends of domains\].
            unary Acosh acosh(x) {
                x.acosh();
                d(x => _) [((x - T::lit(1.0)).sqrt() * (x + T::lit(1.0)).sqrt()).recip()];
            }
            /// `artanh x`; slope `∞` at `±1`, NaN beyond \[ends of domains\].
            unary Atanh atanh(x) {
                x.atanh();
                d(x => _) [within(
                    T::lit(1.0).indicator_ge(x.abs()),
                    ((T::lit(1.0) - x) * (T::lit(1.0) + x)).recip(),
                )];
            }

            // ---- statistics and learning ----
            /// The logistic function `1/(1 + e^−x)`.
            unary Sigmoid sigmoid(x) {
                (F::of(1.0) + (-x).exp()).recip();
                d(x => y) [y * (-x).sigmoid()];
                series (T::lit(1.0) + (-x).exp()).recip();
                fast [f64::INFINITY];
            }
            /// `ln(1 + eˣ)` without overflow.
            unary Softplus softplus(x) { kernels::softplus(x); d(x => _) [x.sigmoid()]; }
            /// `max(x, 0)` with 0 a constant: slope 1 at the tie `x = 0` \[ties\].
            unary Relu relu(x) {
                kernels::max(x, F::of(0.0));
                d(x => _) [x.indicator_ge(T::lit(0.0))];
                wide [true];
                laws [Ignores(Op::Relu)];
            }
            /// The error function `2/√π ∫₀ˣ e^(−t²) dt`.
            unary Erf erf(x) {
                x.erf_value();
                d(x => _) [T::lit(core::f64::consts::FRAC_2_SQRT_PI) * (-(x * x)).exp()];
                fast [f64::INFINITY];
            }
            /// The complementary error function `1 − erf x`, without cancellation.
            unary Erfc erfc(x) {
                x.erfc_value();
                d(x => _) [T::lit(-core::f64::consts::FRAC_2_SQRT_PI) * (-(x * x)).exp()];
                fast [f64::INFINITY];
            }
            /// `ln |Γ(x)|`; NaN slope at the poles `0, −1, −2 …` \[poles\].
            unary LnGamma ln_gamma(x) { x.ln_gamma_value(); d(x => _) [x.digamma()]; }
            /// `ψ(x) = d/dx ln Γ(x)`.
            unary Digamma digamma(x) { F::of(kernels::polygamma(0.0, x.wide())); d(x => _) [x.polygamma(1)]; }
            /// `ψ⁽ⁿ⁾(x)`, the `n`-th derivative of the digamma function, `0 ≤ n ≤ 100`.
            integer Polygamma polygamma(x, n) {
                F::of(kernels::polygamma(n.wide(), x.wide()));
                d(x, n => _) [
                    within(n.indicator_ge(T::lit(0.0)), T::fixed::<rows::Polygamma, 2>([x, n + T::lit(1.0)])),
                    T::lit(0.0),
                ];
                kinds [Saved, Zero];
            }
            /// The standard normal density `e^(−x²/2)/√(2π)`.
            unary NormPdf norm_pdf(x) {
                (x * x * F::of(-0.5)).exp() * F::of(0.398_942_280_401_432_7);
                d(x => y) [-T::pull(y, x)];
                fast [f64::INFINITY];
            }
            /// The standard normal distribution function `½ erfc(−x/√2)`.
            unary NormCdf norm_cdf(x) {
                F::of(0.5) * (-x * F::FRAC_1_SQRT_2()).erfc_value();
                d(x => _) [x.norm_pdf()];
                fast [f64::INFINITY];
            }

            // ---- pieces and steps ----
            /// `|x|`; slope 0 at 0 \[ties\].
            unary Abs abs(x) {
                x.abs();
                d(x => _) [T::select(x.indicator_eq(T::lit(0.0)), T::lit(0.0), x.signum())];
                wide [true];
                laws [Ignores(Op::Neg), Ignores(Op::Abs)];
            }
            /// `±1` by the sign bit, as `f64::signum`; slope 0 \[steps\].
            unary Signum signum(x) { x.signum(); d(_ => _) [T::lit(0.0)]; kinds [Zero]; wide [true]; laws [Ignores(Op::Signum)]; }
            /// `|a|` with the sign of `b`; slope 0 at `a = 0` \[ties\].
            binary Copysign copysign(a, b) {
                a.copysign(b);
                d(a, _ => y) [
                    T::select(a.indicator_eq(T::lit(0.0)), T::lit(0.0), a.signum() * y.signum()),
                    T::lit(0.0),
                ];
                kinds [Saved, Zero];
                wide [true];
            }
            /// The larger of two: `∂/∂a = 𝟙(a ≥ b)`, `∂/∂b = 𝟙(b ≥ a)`, both 1 at a tie \[ties\].
            binary Max max(a, b) {
                kernels::max(a, b);
                d(a, b => y) [chosen(a, y), chosen(b, y)];
                wide [true];
                laws [Commutes, Picks];
            }
            /// The smaller of two: `∂/∂a = 𝟙(a ≤ b)`, `∂/∂b = 𝟙(b ≤ a)`, both 1 at a tie \[ties\].
            binary Min min(a, b) {
                kernels::min(a, b);
                d(a, b => y) [chosen(a, y), chosen(b, y)];
                wide [true];
                laws [Commutes, Picks];
            }
            /// `min(max(x, lo), hi)`, NaN where `x` is; never panics \[ties\].
            ternary Clamp clamp(x, lo, hi) {
                if x.is_nan() { x } else { kernels::min(kernels::max(x, lo), hi) };
                d(x, lo, hi => y) {
                    let m = T::fixed::<rows::Max, 2>([x, lo]);
                    let inner = chosen(m, y);
                    [inner * chosen(x, m), inner * chosen(lo, m), chosen(hi, y)]
                };
                wide [true];
                laws [Picks];
            }
            /// The largest integer not above `x`; slope 0 \[steps\].
            unary Floor floor(x) { x.floor(); d(_ => _) [T::lit(0.0)]; kinds [Zero]; wide [true]; laws [Ignores(Op::Floor)]; }
            /// The smallest integer not below `x`; slope 0 \[steps\].
            unary Ceil ceil(x) { x.ceil(); d(_ => _) [T::lit(0.0)]; kinds [Zero]; wide [true]; laws [Ignores(Op::Ceil)]; }
            /// The nearest integer, halves away from 0; slope 0 \[steps\].
            unary Round round(x) { x.round(); d(_ => _) [T::lit(0.0)]; kinds [Zero]; wide [true]; laws [Ignores(Op::Round)]; }
            /// The integer part, towards 0; slope 0 \[steps\].
            unary Trunc trunc(x) { x.trunc(); d(_ => _) [T::lit(0.0)]; kinds [Zero]; wide [true]; laws [Ignores(Op::Trunc)]; }
            /// `x − trunc x`; slope 1 \[steps\].
            unary Fract fract(x) { x.fract(); d(_ => _) [T::lit(1.0)]; kinds [One]; wide [true]; laws [Ignores(Op::Fract)]; }
            /// `𝟙(a ≥ b)`: 1 or 0; slope 0 \[steps\].
            binary IndicatorGe indicator_ge(a, b) {
                kernels::indicator(a >= b);
                d(_, _ => _) [T::lit(0.0), T::lit(0.0)];
                kinds [Zero, Zero];
                wide [true];
            }
            /// `𝟙(a > b)`: 1 or 0; slope 0 \[steps\].
            binary IndicatorGt indicator_gt(a, b) {
                kernels::indicator(a > b);
                d(_, _ => _) [T::lit(0.0), T::lit(0.0)];
                kinds [Zero, Zero];
                wide [true];
            }
            /// `𝟙(a = b)`: 1 or 0; slope 0 \[steps\].
            binary IndicatorEq indicator_eq(a, b) {
                kernels::indicator(a == b);
                d(_, _ => _) [T::lit(0.0), T::lit(0.0)];
                kinds [Zero, Zero];
                wide [true];
                laws [Commutes];
            }
            /// `g·p`, but exactly 0 where either is 0: the product of an adjoint and a partial, where a sweep is recorded.
            operator Pull pull(g, p) {
                F::pull(g, p);
                d(g, p => _) [p, g];
                kinds [Other, Other];
                wide [true];
                laws [
                    Commutes,
                    At(1, 0.0, Constant(0.0)),
                    At(1, -0.0, Constant(0.0)),
                    Cancels(Op::Neg),
                    Computes(Arithmetic::Pull),
                ];
            }
            /// `a` where `c ≠ 0`, else `b`: the branch not taken gets no gradient.
            operator Select select(c, a, b) {
                if c != F::of(0.0) { a } else { b };
                d(c, _, _ => _) [
                    T::lit(0.0),
                    T::select(c, T::lit(1.0), T::lit(0.0)),
                    T::select(c, T::lit(0.0), T::lit(1.0)),
                ];
                wide [true];
                laws [Chooses];
            }

            // ---- any number of operands ----
            /// `Σ xₖ`, from first to last, as the standard library's `Iterator::sum`.
            iterator Sum sum(x) {
                kernels::sum(x);
                partials(x, _, _, sink) { for k in 0..x.len() { sink(k, T::lit(1.0)); } };
                straight [true];
                kinds [One];
                laws [Of(1, Rest), Of(2, Is(Op::Add)), Chains(Op::Sum), Computes(Arithmetic::Sum)];
                regroup [Gathers(Op::Sum), Terms(Op::Mul, Op::Dot), Terms(Op::Square, Op::SumSquares)];
            }
            /// `Π xₖ`, from first to last, as the standard library's `Iterator::product`. The partials come from
            /// products of what stands before and behind, so that zeros need no division.
            iterator Product product(x) {
                kernels::product(x);
                partials(x, _, scratch, sink) {
                    scratch.clear();
                    let mut behind = T::lit(1.0);
                    for k in (0..x.len()).rev() {
                        scratch.push(behind);
                        behind = behind * x.get(k);
                    }
                    let mut before = T::lit(1.0);
                    for k in 0..x.len() {
                        sink(k, before * scratch[x.len() - 1 - k]);
                        before = before * x.get(k);
                    }
                };
                straight [true];
                laws [Of(1, Rest), Of(2, Is(Op::Mul))];
                regroup [Gathers(Op::Product)];
            }
            /// `Σ aₖbₖ` of two slices of one length (operands: all `a`, then all `b`), in four running sums by
            /// `k mod 4`, joined as `(s₀ + s₁) + (s₂ + s₃)`.
            slices Dot dot(x) {
                {
                    let (a, b) = x.halves();
                    kernels::dot(&a, &b)
                };
                partials(x, _, _, sink) {
                    let (a, b) = x.halves();
                    for k in 0..b.len() { sink(k, b.get(k)); }
                    for k in 0..a.len() { sink(b.len() + k, a.get(k)); }
                };
                straight [true];
                kinds [Other];
                laws [Computes(Arithmetic::Dot)];
            }
            /// `Σ xₖ²`, in four running sums as `dot`.
            slice SumSquares sum_squares(x) {
                kernels::dot(x, x);
                partials(x, _, _, sink) { for k in 0..x.len() { sink(k, x.get(k) + x.get(k)); } };
                straight [true];
                kinds [Twice];
                laws [Of(1, Is(Op::Square)), Computes(Arithmetic::Squares)];
            }
            /// The Euclidean norm `√Σ xₖ²` without overflow or underflow, the squares summed as by `dot`; slopes 0 at the
            /// origin \[origin\] \[infinities\].
            slice Norm norm(x) {
                kernels::norm(x);
                partials(x, y, _, sink) {
                    // Divided by infinity at the origin, all is 0 there, and stays so.
                    let r = T::select(y.indicator_eq(T::lit(0.0)), T::lit(f64::INFINITY), y);
                    for k in 0..x.len() { sink(k, x.get(k) / r); }
                };
            }
            /// `ln Σ eˣᵏ` without overflow, the exponentials summed from first to last \[infinities\].
            slice LogSumExp logsumexp(x) {
                kernels::logsumexp(x);
                partials(x, _, scratch, sink) { kernels::softmax(x, scratch, &mut sink); };
                straight [true];
                unfolds [true];
                fast [true];
            }
            /// `Σ wₖxₖ` with plain numbers `wₖ`, as many, in four running sums as `dot`: the value of `dot` with the `wₖ` as
            /// constants, to the last bit, but that they are copied and not looked up one by one.
            data WeightedSum weighted_sum(x) {
                kernels::dot(x, &kernels::Data(x.data()));
                partials(x, _, _, sink) { for k in 0..x.len() { sink(k, T::lit(kernels::datum(x.data(), k))); } };
                straight [true];
                kinds [Datum];
                laws [Computes(Arithmetic::Weighted)];
            }
            /// `Σ (xₖ − wₖ)²`, the squared distance to plain numbers `wₖ`, as many: the value of `sum_squares` of the
            /// differences, to the last bit.
            data DistanceSquaredTo distance_squared_to(x) {
                kernels::distance_squared_to(x);
                partials(x, _, _, sink) {
                    for k in 0..x.len() {
                        let r = x.get(k) - T::lit(kernels::datum(x.data(), k));
                        sink(k, r + r);
                    }
                };
                straight [true];
                kinds [TwiceResidual];
            }
        }
    };
}

/// What a row needs by its form: the first braces for a fixed number of operands, the second for any.
macro_rules! by_form {
    (slice $fixed:tt { $($any:tt)* }) => { $($any)* };
    (slices $fixed:tt { $($any:tt)* }) => { $($any)* };
    (iterator $fixed:tt { $($any:tt)* }) => { $($any)* };
    (data $fixed:tt { $($any:tt)* }) => { $($any)* };
    ($form:ident { $($fixed:tt)* } $any:tt) => { $($fixed)* };
}

/// How many operands a row of a fixed number has.
macro_rules! arity {
    (($($x:ident),+)) => { [$(stringify!($x)),+].len() };
}
