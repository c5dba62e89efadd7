//! The crates that are compiled, in a temporary folder.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Build, System};
use crate::Result;

/// One workspace with a package for each system; dropping it removes the folder.
#[derive(Debug)]
pub(super) struct Workspace {
    folder: PathBuf,
}

impl Workspace {
    /// Writes the packages, each with as many functions.
    pub(super) fn create(systems: &[System], functions: usize) -> Result<Self> {
        let folder = env::temp_dir().join(format!("coro-bench-compile-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let workspace = Self { folder };
        workspace
            .write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"packages/*\"]\n")?;
        workspace.write("Cargo.lock", &fs::read_to_string(repository().join("Cargo.lock"))?)?;
        for system in systems {
            workspace
                .write(&format!("packages/{}/Cargo.toml", package(*system)), &manifest(*system))?;
            workspace.write(&source_path(*system), &source(*system, functions))?;
        }
        Ok(workspace)
    }

    fn write(&self, path: &str, text: &str) -> io::Result<()> {
        let path = self.folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)
    }

    /// Makes cargo build the package again.
    pub(super) fn touch(&self, system: System) -> Result<()> {
        let path = source_path(system);
        let text = fs::read_to_string(self.folder.join(&path))?;
        Ok(self.write(&path, &text)?)
    }

    /// Builds the package, and first what it depends on where that was not done before.
    pub(super) fn build(&self, build: Build, system: System) -> Result<()> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(build.arguments).args(["--quiet", "--offline", "--package"]);
        command.arg(package(system)).current_dir(&self.folder).stdin(Stdio::null());
        command.env("CARGO_TARGET_DIR", self.folder.join("target")).env("CARGO_INCREMENTAL", "0");
        let status = command.status()?;
        if !status.success() {
            let (build, system) = (build.name, system.name);
            return Err(format!("cargo cannot {build} the crate for {system}: {status}").into());
        }
        Ok(())
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("cannot remove {}: {error}", self.folder.display());
        }
    }
}

/// The root of this repository, as it was when the bench was compiled.
fn repository() -> &'static Path {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    benches.parent().expect("the benches lie in the workspace root")
}

fn package(system: System) -> String {
    format!("compile-{}", system.name)
}

fn source_path(system: System) -> String {
    format!("packages/{}/src/lib.rs", package(system))
}

fn manifest(system: System) -> String {
    let coro = format!("{:?}", repository().join("coro-runtime"));
    format!(
        "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{}\n",
        package(system),
        system.dependency.replace("CORO", &coro)
    )
}

fn source(system: System, functions: usize) -> String {
    let mut text = "//! Functions to compile.\n".to_owned();
    for (number, function) in (0..functions).zip(FUNCTIONS.iter().cycle()) {
        let function = function
            .replace("NUMBER", &number.to_string())
            .replace("FN", system.attribute)
            .replace("RUN", system.run);
        text.push_str(&function);
    }
    text
}

/// What the crates are made of, in turns; a generic one is followed by a call, without which it would not be compiled.
const FUNCTIONS: [&str; 5] = [
    "
FN weigh_NUMBER(factor: u64, text: &str) -> u64 {
    let mut total = NUMBER;
    for (position, byte) in text.bytes().enumerate() {
        total += factor * u64::from(byte) + position as u64;
    }
    total
}
",
    "
FN parse_NUMBER(text: &str, mut seen: Vec<u32>) -> Result<Vec<u32>, std::num::ParseIntError> {
    for word in text.split(' ') {
        if word.is_empty() {
            return Ok(seen);
        }
        seen.push(word.parse::<u32>()? + NUMBER);
    }
    Ok(seen)
}
",
    "
FN largest_NUMBER<T: Clone + PartialOrd>(items: &[T], first: T) -> Option<T> {
    let mut largest = first;
    for item in items.iter().take(NUMBER) {
        if *item > largest {
            largest = item.clone();
        }
    }
    (items.len() < NUMBER).then_some(largest)
}

pub fn use_largest_NUMBER(items: &[u64]) -> bool {
    let _ = largest_NUMBER(items, NUMBER)RUN;
    items.is_empty()
}
",
    "
FN label_NUMBER((left, right): (i64, i64), name: String, shout: bool) -> String {
    let sum = left.wrapping_add(right);
    let text = format!(\"{name} NUMBER: {left} + {right} = {sum}\");
    if shout { text.to_uppercase() } else { text }
}
",
    "
FN fold_NUMBER<const N: usize>(numbers: [i64; N], more: impl Iterator<Item = i64>) -> i64 {
    let mut total = NUMBER;
    for number in numbers.into_iter().chain(more) {
        total = match number {
            0 => return total,
            1..=9 => total + number,
            _ => total - number,
        };
    }
    total
}

pub fn use_fold_NUMBER(numbers: [i64; 4]) -> bool {
    let _ = fold_NUMBER(numbers, [1, 20].into_iter())RUN;
    numbers.is_empty()
}
",
];

#[cfg(test)]
mod tests {
    use super::super::SYSTEMS;
    use super::*;

    #[test]
    fn the_crates_differ_in_the_attribute_alone() {
        let [threads, tasks, futures, plain] = SYSTEMS.map(|system| source(system, 12));
        let bare = |text: &str, system: System| {
            text.replace(system.attribute, "pub fn").replace(".call()", "")
        };
        assert_eq!(bare(&threads, SYSTEMS[0]), plain);
        assert_eq!(bare(&tasks, SYSTEMS[1]), plain);
        assert_eq!(bare(&futures, SYSTEMS[2]), plain);
        assert_eq!(threads.matches("#[coro::thread]").count(), 12);
        assert!(threads.contains("fn weigh_10(") && !threads.contains("NUMBER"));
    }

    #[test]
    fn a_workspace_leaves_nothing_behind() {
        let workspace = Workspace::create(&SYSTEMS, 1).unwrap();
        let folder = workspace.folder.clone();
        assert!(folder.join("packages/compile-tokio/src/lib.rs").is_file());
        workspace.touch(SYSTEMS[1]).unwrap();
        drop(workspace);
        assert!(!folder.exists());
    }
}
