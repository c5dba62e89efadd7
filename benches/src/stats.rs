//! The few statistics a bench needs: medians, their spread, and paired ratios.
//!
//! Samples of one round were taken next to each other in time, so a ratio is formed inside each round first and its
//! median taken afterwards: what slowed the machine down for a while slowed both sides of that ratio.

/// Returns the median, or NaN when there is no sample.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Returns the median distance from the median, as a share of the median.
pub(crate) fn spread(samples: &[f64]) -> f64 {
    let center = median(samples);
    let distances: Vec<f64> = samples.iter().map(|sample| (sample - center).abs()).collect();
    median(&distances) / center
}

/// Returns the median over the rounds of `ours / theirs`.
pub(crate) fn paired_ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(our, their)| our / their).collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_odd_and_even_counts() {
        assert_eq!(median(&[9.0, 1.0, 5.0]), 5.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 100.0]), 3.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn spread_ignores_one_outlier() {
        assert_eq!(spread(&[10.0, 10.0, 11.0, 9.0, 500.0]), 0.1);
    }

    #[test]
    fn a_slow_round_cancels_out_of_the_ratio() {
        assert_eq!(paired_ratio(&[1.0, 10.0, 1.0], &[2.0, 20.0, 2.0]), 0.5);
    }
}
