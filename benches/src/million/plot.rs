//! Draws the rows: bytes for each thread over the number of threads, both on logarithmic scales.
//!
//! A line ends where its system does: a cross instead of a dot means that it was asked for more. Each line is named at
//! its end; names that would lie on each other are moved apart.

use plotters::coord::ranged1d::{KeyPointHint, Ranged};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::summary::Row;
use crate::Result;

const SIZE: (u32, u32) = (820, 480);
/// Lines of each system, in the order of `SYSTEMS`; colours that differ in brightness too.
const COLOURS: [RGBColor; 6] = [
    RGBColor(200, 40, 40),
    RGBColor(30, 100, 200),
    RGBColor(0, 140, 130),
    RGBColor(150, 90, 20),
    RGBColor(210, 150, 60),
    RGBColor(110, 110, 110),
];
/// The least distance of two names, in pixels.
const NAME_HEIGHT: i32 = 17;

/// One system's points, by the number of threads.
struct Line {
    system: &'static str,
    colour: RGBColor,
    points: Vec<(f64, f64)>,
    /// Whether it was asked for more than it held at last.
    is_cut: bool,
}

/// Returns the rows as a drawing, in SVG.
pub(super) fn drawing(rows: &[Row]) -> Result<String> {
    let lines = lines(rows);
    if lines.is_empty() {
        return Err("no row held a thread: there is nothing to draw".into());
    }
    let mut text = String::new();
    draw_into(&mut text, &lines).map_err(|error| format!("cannot draw: {error}"))?;
    Ok(text)
}

fn lines(rows: &[Row]) -> Vec<Line> {
    let systems = super::SYSTEMS.iter().zip(COLOURS);
    let lines = systems.map(|(&system, colour)| line(system, colour, rows));
    lines.filter(|line| !line.points.is_empty()).collect()
}

fn line(system: &'static str, colour: RGBColor, rows: &[Row]) -> Line {
    let mut own: Vec<&Row> =
        rows.iter().filter(|row| row.system == system && row.held() > 0).collect();
    own.sort_by_key(|row| (row.held(), row.asked));
    // Beyond its limit a system holds the same number again and again.
    own.dedup_by_key(|row| row.held());
    let points = own.iter().map(|row| (row.held() as f64, row.bytes_per_thread())).collect();
    let is_cut = rows.iter().any(|row| row.system == system && row.held() < row.asked);
    Line { system, colour, points, is_cut }
}

fn draw_into(
    text: &mut String,
    lines: &[Line],
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::with_string(text, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let points = || lines.iter().flat_map(|line| &line.points);
    let (x, y) = (range(points().map(|point| point.0)), range(points().map(|point| point.1)));
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .margin_right(150)
        .caption("What a waiting thread costs", ("sans-serif", 18))
        .x_label_area_size(46)
        .y_label_area_size(68)
        .build_cartesian_2d(Decades(x), Decades(y))?;
    chart
        .configure_mesh()
        .x_desc("threads at a time")
        .y_desc("bytes each, resident and page tables")
        .x_label_formatter(&|value| grouped(*value))
        .y_label_formatter(&|value| grouped(*value))
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.15))
        .label_style(("sans-serif", 13))
        .draw()?;
    for line in lines {
        let style = line.colour.stroke_width(2);
        chart.draw_series(LineSeries::new(line.points.iter().copied(), style))?;
        let (last, dots) = line.points.split_last().expect("a line has points");
        let dot = |&point: &(f64, f64)| Circle::new(point, 3, line.colour.filled());
        chart.draw_series(dots.iter().map(dot))?;
        if line.is_cut {
            chart.draw_series([Cross::new(*last, 5, style)])?;
        } else {
            chart.draw_series([dot(last)])?;
        }
    }
    let ends: Vec<(i32, i32)> = lines
        .iter()
        .map(|line| chart.backend_coord(line.points.last().expect("as above")))
        .collect();
    for (line, (end, height)) in lines.iter().zip(ends.iter().zip(heights(&ends))) {
        let style = TextStyle::from(("sans-serif", 13))
            .color(&line.colour)
            .pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(name(line), (end.0 + 10, height), style))?;
    }
    area.present()?;
    Ok(())
}

/// A logarithmic axis from one power of ten to another, with a line at each.
struct Decades(std::ops::Range<f64>);

impl Ranged for Decades {
    type FormatOption = plotters::coord::ranged1d::NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let (start, end) = (self.0.start.log10(), self.0.end.log10());
        let share = (value.log10() - start) / (end - start);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        let decades = self.0.start.log10().round() as i32..=self.0.end.log10().round() as i32;
        decades.map(|decade| 10_f64.powi(decade)).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.0.clone()
    }
}

impl plotters::coord::ranged1d::ValueFormatter<f64> for Decades {
    fn format(value: &f64) -> String {
        grouped(*value)
    }
}

/// The powers of ten around the values, at least one decade.
fn range(values: impl Iterator<Item = f64> + Clone) -> std::ops::Range<f64> {
    let least = values.clone().fold(f64::INFINITY, f64::min).max(1.0).log10().floor();
    let most = values.fold(1.0, f64::max).log10().ceil();
    10_f64.powf(least)..10_f64.powf(most.max(least + 1.0))
}

/// Heights for names beside points, no two of which lie on each other where the points are near each other.
fn heights(ends: &[(i32, i32)]) -> Vec<i32> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by_key(|&index| ends[index].1);
    let mut heights: Vec<i32> = ends.iter().map(|end| end.1).collect();
    for (position, &index) in order.iter().enumerate() {
        for &above in &order[..position] {
            let is_beside = (ends[index].0 - ends[above].0).abs() < 120;
            if is_beside && heights[index] < heights[above] + NAME_HEIGHT {
                heights[index] = heights[above] + NAME_HEIGHT;
            }
        }
    }
    heights
}

/// What stands at the end of a line: the system, the bytes, and how far it got if it was asked for more.
fn name(line: &Line) -> String {
    let (held, bytes) = *line.points.last().expect("a line has points");
    if line.is_cut {
        format!("{} {} (up to {})", line.system, grouped(bytes), grouped(held))
    } else {
        format!("{} {}", line.system, grouped(bytes))
    }
}

/// A whole number with a comma before every three digits.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        let texts = [7.0, 999.6, 32_747.0, 1_000_000.0].map(grouped);
        assert_eq!(texts, ["7", "1,000", "32,747", "1,000,000"]);
    }

    #[test]
    fn an_axis_covers_whole_decades() {
        assert_eq!(range([1000.0, 30_000.0].into_iter()), 1000.0..100_000.0);
        assert_eq!(range([1000.0].into_iter()), 1000.0..10_000.0);
    }

    #[test]
    fn names_beside_each_other_are_moved_apart() {
        assert_eq!(heights(&[(100, 50), (110, 52), (110, 200)]), [50, 67, 200]);
        assert_eq!(heights(&[(100, 50), (400, 52)]), [50, 52]);
    }

    #[test]
    fn a_drawing_names_every_system_and_where_it_ends() {
        let line = |system, points, is_cut| Line { system, colour: COLOURS[0], points, is_cut };
        let lines = [
            line("coro", vec![(1000.0, 5000.0), (1e6, 4600.0)], false),
            line("may", vec![(1000.0, 9000.0), (32_747.0, 8800.0)], true),
        ];
        let mut text = String::new();
        draw_into(&mut text, &lines).unwrap();
        assert!(text.contains("coro 4,600") && text.contains("may 8,800 (up to 32,747)"), "{text}");
    }
}
