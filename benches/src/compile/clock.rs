//! The time that a child process and all its own children take.

use std::fs;
use std::io;
use std::time::Instant;

use crate::Result;

/// Seconds by the clock on the wall, and of the processor in user mode.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spent {
    pub(super) wall: f64,
    pub(super) user: f64,
}

impl Spent {
    pub(super) fn wall(&self) -> f64 {
        self.wall
    }

    pub(super) fn user(&self) -> f64 {
        self.user
    }
}

/// Times work that starts processes and waits for them.
pub(super) fn time(work: impl FnOnce() -> Result<()>) -> Result<Spent> {
    let (start, earlier) = (Instant::now(), children_user_ticks()?);
    work()?;
    let ticks = children_user_ticks()? - earlier;
    let user = ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
    Ok(Spent { wall: start.elapsed().as_secs_f64(), user })
}

fn children_user_ticks() -> Result<u64> {
    cutime(&fs::read_to_string("/proc/self/stat")?)
}

/// Parses the 16th field, the user time of all children that were waited for, theirs included. The second field is a
/// name in parentheses that may itself contain blanks and parentheses, so counting starts after the last one.
fn cutime(stat: &str) -> Result<u64> {
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields);
    let field = fields.and_then(|fields| fields.split_whitespace().nth(13));
    let field = field.ok_or_else(|| io::Error::other("/proc/self/stat has too few fields"))?;
    Ok(field.parse()?)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_field_is_found_behind_an_awkward_name() {
        let stat = "12 (a) b) S 1 2 3 4 5 6 7 8 9 10 111 222 333 444 20 0";
        assert_eq!(cutime(stat).unwrap(), 333);
    }

    #[test]
    fn a_child_takes_time() {
        let spent = time(|| {
            let status = Command::new(std::env::current_exe()?).arg("--list").output()?.status;
            if status.success() { Ok(()) } else { Err(status.to_string().into()) }
        });
        let spent = spent.unwrap();
        assert!(spent.wall > 0.0 && spent.user >= 0.0, "{spent:?}");
    }
}
