//! What a bench leaves behind: a table on stdout, files if they were asked for, and progress on stderr meanwhile.
//!
//! A bench opens its files before it measures, so that a path that cannot be written costs no measurement.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::{Result, json};

/// Formats rows of text as columns under a header: the first column to the left, the others to the right.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut lines = vec![header.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>()];
    lines.extend_from_slice(rows);
    let widths: Vec<usize> = (0..header.len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    lines.iter().map(|line| format_line(line, &widths)).collect()
}

fn format_line(line: &[String], widths: &[usize]) -> String {
    let first = format!("{:<width$}", line[0], width = widths[0]);
    let others = line.iter().zip(widths).skip(1).map(|(cell, &width)| format!("  {cell:>width$}"));
    format!("{first}{}\n", others.collect::<String>())
}

/// Formats a number with the given decimals, or a dash for one that was not measured.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    if value.is_finite() { format!("{value:.decimals$}") } else { "-".to_owned() }
}

/// A file for results, open for the whole run. What was in it stays until there is something to put in its place.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    file: File,
}

impl Output {
    /// Opens the file at `path` if there is one.
    ///
    /// # Errors
    /// It cannot be written. The error names the option that the path was given with.
    pub(crate) fn open(option: &str, path: Option<&Path>) -> Result<Option<Self>> {
        let Some(path) = path else { return Ok(None) };
        let file = File::options().write(true).create(true).truncate(false).open(path);
        let file =
            file.map_err(|error| format!("{option} cannot write {}: {error}", path.display()))?;
        Ok(Some(Self { path: path.to_owned(), file }))
    }

    /// Makes the text all that there is in the file.
    pub(crate) fn write(mut self, text: &str) -> Result<()> {
        self.replace(text)
            .map_err(|error| format!("cannot write {}: {error}", self.path.display()))?;
        eprintln!("wrote {}", self.path.display());
        Ok(())
    }

    fn replace(&mut self, text: &str) -> io::Result<()> {
        // A pipe or a device has no length.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(text.as_bytes())
    }
}

/// Writes the rows as JSON if there is a file for them.
pub(crate) fn save(output: Option<Output>, rows: &[String]) -> Result<()> {
    output.map_or(Ok(()), |output| output.write(&json::list(rows)))
}

/// Progress on stderr: one line that is rewritten on a terminal, one line a step elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    total: usize,
    done: usize,
}

impl Progress {
    pub(crate) fn new(total: usize) -> Self {
        Self { total, done: 0 }
    }

    /// Says which step begins.
    pub(crate) fn step(&mut self, label: &str) {
        self.done += 1;
        let line = format!("[{}/{}] {label}", self.done, self.total);
        if io::stderr().is_terminal() {
            eprint!("\r\x1b[K{line}");
        } else {
            eprintln!("{line}");
        }
        // Progress that cannot be shown is no reason to end a measurement.
        drop(io::stderr().flush());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if io::stderr().is_terminal() {
            eprintln!("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows =
            [vec!["yield".to_owned(), "5.1".to_owned()], vec!["x".to_owned(), "1234.5".to_owned()]];
        assert_eq!(table(&["bench", "ns"], &rows), "bench      ns\nyield     5.1\nx      1234.5\n");
    }

    #[test]
    fn a_file_keeps_what_it_has_until_it_is_written() {
        let path = std::env::temp_dir().join(format!("coro-bench-{}.json", std::process::id()));
        fs::write(&path, "what an earlier run has left").unwrap();
        let output = Output::open("--json", Some(&path)).unwrap();
        let before = fs::read_to_string(&path).unwrap();
        save(output, &["{}".to_owned()]).unwrap();
        let after = fs::read_to_string(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(
            (before.as_str(), after.as_str()),
            ("what an earlier run has left", "[\n  {}\n]\n")
        );
    }

    #[test]
    fn a_device_takes_results_too() {
        let output = Output::open("--json", Some(Path::new("/dev/null"))).unwrap();
        save(output, &[]).unwrap();
    }

    #[test]
    fn a_missing_number_is_a_dash() {
        assert_eq!(number(f64::NAN, 1), "-");
        assert_eq!(number(2.04, 1), "2.0");
    }
}
