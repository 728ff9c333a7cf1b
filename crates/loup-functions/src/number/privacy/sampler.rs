//! Exact samplers of discrete noise: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", 2020.
//!
//! Every chance is a fraction of whole numbers and is drawn as such, so nothing of the kind that Mironov (2012) found in
//! samplers of floats is left. They do not take constant time.

use datafusion::common::Result;

use super::random_bits::RandomBits;

/// The greatest scale and the greatest denominator of the Laplace distribution, so that products fit 128 bits.
pub(crate) const MOST: u128 = 1 << 62;
/// The greatest standard deviation of the Gaussian distribution.
pub(crate) const MOST_DEVIATION: f64 = (1_u64 << 52) as f64;
/// Below this a standard deviation is not rounded up to a whole number, but to a whole number of parts.
const COARSE: f64 = 1024.0;
/// The parts of a whole that it is rounded to.
const PARTS: u128 = 1024;

/// Returns true with the chance exp(-a/b), for a fraction of at most 1 (algorithm 1 of the paper, first half).
fn exp_of_fraction(bits: &mut RandomBits, a: u128, b: u128) -> Result<bool> {
    let mut count = 1_u128;
    while bits.chance(a, b.saturating_mul(count))? {
        count += 1;
    }
    Ok(count % 2 == 1)
}

/// Returns true with the chance exp(-a/b) (algorithm 1 of the paper).
fn exp(bits: &mut RandomBits, a: u128, b: u128) -> Result<bool> {
    let whole = a / b;
    for _ in 0..whole {
        if !exp_of_fraction(bits, 1, 1)? {
            return Ok(false);
        }
    }
    exp_of_fraction(bits, a % b, b)
}

/// The discrete Laplace distribution: y with a chance in proportion to exp(-|y| s / t).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DiscreteLaplace {
    t: u128,
    s: u128,
}

impl DiscreteLaplace {
    /// Makes the distribution of scale `t / s`, both 1 to 2^62.
    pub(crate) fn new(t: u128, s: u128) -> Self {
        debug_assert!((1..=MOST).contains(&t) && (1..=MOST).contains(&s));
        Self { t, s }
    }

    /// Draws one number (algorithm 2 of the paper).
    pub(crate) fn sample(&self, bits: &mut RandomBits) -> Result<i128> {
        loop {
            let fraction = bits.below(self.t)?;
            if !exp_of_fraction(bits, fraction, self.t)? {
                continue;
            }
            let mut whole = 0;
            while exp_of_fraction(bits, 1, 1)? {
                whole += 1;
            }
            let size = ((fraction + self.t * whole) / self.s) as i128;
            let is_negative = bits.chance(1, 2)?;
            // Zero has one sign only.
            if !(is_negative && size == 0) {
                return Ok(if is_negative { -size } else { size });
            }
        }
    }
}

/// The discrete Gaussian distribution: y with a chance in proportion to exp(-y^2 / (2 sigma^2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DiscreteGaussian {
    proposal: DiscreteLaplace,
    /// A proposal y is taken with the chance exp(-(|y| factor - shift)^2 / divisor).
    factor: u128,
    shift: u128,
    divisor: u128,
}

impl DiscreteGaussian {
    /// Makes the distribution of a standard deviation above 0 and at most 2^52, rounded up: to a 1024th below 1024, else to a
    /// whole number.
    pub(crate) fn new(deviation: f64) -> Self {
        debug_assert!(deviation > 0.0 && deviation <= MOST_DEVIATION);
        if deviation >= COARSE {
            // With t = sigma the paper's (|y| - sigma^2/t)^2 / (2 sigma^2) needs no fractions.
            let sigma = deviation.ceil() as u128;
            let proposal = DiscreteLaplace::new(sigma, 1);
            return Self { proposal, factor: 1, shift: sigma, divisor: 2 * sigma * sigma };
        }
        // sigma = m/q and t = floor(sigma) + 1, everything times q^2 t.
        let (m, q) = (((deviation * PARTS as f64).ceil() as u128).max(1), PARTS);
        let t = m / q + 1;
        let proposal = DiscreteLaplace::new(t, 1);
        Self { proposal, factor: q * q * t, shift: m * m, divisor: 2 * m * m * q * q * t * t }
    }

    /// Draws one number (algorithm 3 of the paper).
    pub(crate) fn sample(&self, bits: &mut RandomBits) -> Result<i128> {
        loop {
            let proposed = self.proposal.sample(bits)?;
            let distance = proposed.unsigned_abs().checked_mul(self.factor).map(|scaled| scaled.abs_diff(self.shift));
            // Too far to be squared is thousands of deviations away: taken with a chance below 2^-1000, which is as good as never.
            let square = distance.and_then(|distance| distance.checked_mul(distance));
            if let Some(square) = square
                && exp(bits, square, self.divisor)?
            {
                return Ok(proposed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random_bits::tests::repeating;
    use super::*;

    const DRAWS: usize = 200_000;

    /// Checks draws against a distribution given up to a factor: chi-squared over -width..=width and all the rest.
    fn fits(mut draw: impl FnMut() -> i128, weight: impl Fn(f64) -> f64, width: i128) {
        let total: f64 = (-100 * width..=100 * width).map(|y| weight(y as f64)).sum();
        let mut counts = vec![0_f64; 2 * width as usize + 2];
        for _ in 0..DRAWS {
            let y = draw();
            let cell = if y.abs() <= width { (y + width) as usize } else { 2 * width as usize + 1 };
            counts[cell] += 1.0;
        }
        let mut rest = DRAWS as f64;
        let mut chi = 0.0;
        for (y, count) in (-width..=width).zip(&counts) {
            let expected = DRAWS as f64 * weight(y as f64) / total;
            rest -= expected;
            chi += (count - expected).powi(2) / expected;
        }
        chi += (counts[2 * width as usize + 1] - rest).powi(2) / rest.max(1.0);
        // Mean and variance of chi-squared are k and 2k; 7 deviations above is once in some 10^7 seeds.
        let degrees = 2.0 * width as f64 + 1.0;
        assert!(chi < degrees + 7.0 * (2.0 * degrees).sqrt(), "{chi} with {degrees} degrees of freedom");
    }

    #[test]
    fn chances_are_powers_of_e() {
        let mut bits = repeating();
        for (a, b) in [(0, 1), (1, 2), (1, 1), (5, 2), (7, 1)] {
            let hits = (0..DRAWS).filter(|_| exp(&mut bits, a, b).expect("random bytes")).count() as f64;
            let chance = (-(a as f64) / b as f64).exp();
            let deviation = (DRAWS as f64 * chance * (1.0 - chance)).sqrt();
            assert!((hits - DRAWS as f64 * chance).abs() <= 6.0 * deviation, "{a}/{b}: {hits}");
        }
    }

    #[test]
    fn laplace_noise_has_its_distribution() {
        for (t, s, width) in [(1, 1, 5), (5, 2, 12), (1, 3, 2), (10, 1, 40)] {
            let (mut bits, laplace) = (repeating(), DiscreteLaplace::new(t, s));
            let rate = s as f64 / t as f64;
            fits(|| laplace.sample(&mut bits).expect("random bytes"), |y| (-y.abs() * rate).exp(), width);
        }
    }

    #[test]
    fn gaussian_noise_has_its_distribution() {
        for (deviation, width) in [(0.5, 1), (1.0, 3), (2.5, 8), (10.0, 30)] {
            let (mut bits, gaussian) = (repeating(), DiscreteGaussian::new(deviation));
            let weight = |y: f64| (-y * y / (2.0 * deviation * deviation)).exp();
            fits(|| gaussian.sample(&mut bits).expect("random bytes"), weight, width);
        }
    }

    #[test]
    fn wide_noise_has_its_mean_and_variance() {
        const FEW: f64 = 20_000.0;
        let check = |noise: Vec<f64>, variance: f64, kurtosis: f64| {
            let mean = noise.iter().sum::<f64>() / FEW;
            let square = noise.iter().map(|y| y * y).sum::<f64>() / FEW;
            assert!(mean.abs() < 6.0 * (variance / FEW).sqrt(), "{mean}");
            assert!((square / variance - 1.0).abs() < 6.0 * ((kurtosis - 1.0) / FEW).sqrt(), "{square}");
        };
        let mut bits = repeating();
        let scale = 1e12;
        let laplace = DiscreteLaplace::new(scale as u128, 1);
        let draws = (0..FEW as usize).map(|_| laplace.sample(&mut bits).expect("random bytes") as f64);
        check(draws.collect(), 2.0 * scale * scale, 6.0);
        for deviation in [COARSE, 1e9, MOST_DEVIATION] {
            let gaussian = DiscreteGaussian::new(deviation);
            let draws = (0..FEW as usize).map(|_| gaussian.sample(&mut bits).expect("random bytes") as f64);
            check(draws.collect(), deviation * deviation, 3.0);
        }
    }
}
