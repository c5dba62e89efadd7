//! The workspace as the rules see it: its text files, and what a rule says about one of them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no text of ours.
const SKIPPED: &[&str] = &[".git", "target", "book/book"];

/// Code that the compiler must refuse, or that shows what it lets through.
const MISTAKES: &[&str] = &["tests/ui/", "coro-macros/expansions/"];

/// One text file, its path relative to the workspace root and with `/` between the parts.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    /// A finding about one line of this file. The first line is 1.
    pub(crate) fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, message: message.into() }
    }

    /// Whether the whole file is test code: an integration test, or the body of a `mod tests;`.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// The file's name without folder and extension.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.split('.').next().unwrap_or(name)
    }
}

/// One broken rule: where, and how to mend it.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Every Rust file of the workspace, but for the cases that show a mistake on purpose.
pub(crate) fn rust_files() -> Vec<Source> {
    let mut files = files_in("", "rs");
    files.retain(|file| !MISTAKES.iter().any(|folder| file.path.starts_with(folder)));
    files
}

/// Every Rust file under one folder of the workspace.
pub(crate) fn rust_files_in(folder: &str) -> Vec<Source> {
    files_in(folder, "rs")
}

/// Every file under `folder` whose name ends in `.extension`, in the order of their paths.
pub(crate) fn files_in(folder: &str, extension: &str) -> Vec<Source> {
    let mut files = text_files_in(&root().join(folder));
    files.retain(|file| file.path.ends_with(&format!(".{extension}")));
    assert!(!files.is_empty(), "no .{extension} file found in {folder:?}: has the folder moved?");
    files
}

/// Every text file of the workspace: whatever is valid UTF-8.
pub(crate) fn text_files() -> Vec<Source> {
    text_files_in(&root())
}

/// One file by its path from the workspace root.
pub(crate) fn read(path: &str) -> Source {
    let text = fs::read_to_string(root().join(path));
    Source::new(path, &text.unwrap_or_else(|error| panic!("cannot read {path}: {error}")))
}

fn text_files_in(folder: &Path) -> Vec<Source> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn collect(folder: &Path, files: &mut Vec<Source>) {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a listed folder can be read").path();
        let name = relative(&path);
        if path.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                collect(&path, files);
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            files.push(Source { path: name, text });
        }
    }
}

fn relative(path: &Path) -> String {
    let path =
        path.strip_prefix(root()).expect("every file is found by walking down from the root");
    path.to_string_lossy().replace('\\', "/")
}

fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("the tests package lies in the workspace root").to_owned()
}
