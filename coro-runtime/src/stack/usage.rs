//! What the stacks of an OS thread take, and giving back what they can spare.

use std::fmt;

use crate::raw::pool::ClassUsage as Figures;
use crate::sched::stacks;

/// What the stacks of this OS thread take at the moment: those of its loop's threads, of its coroutines, and the big ones.
///
/// It asks the system which pages of each stack are in memory, which takes about a microsecond for one of the default
/// size, and tens for each 64 MiB of a large one. With 100,000 threads it holds up the loop for about a tenth of a second;
/// so it is for reports, not for each request. Of a stack above 64 MiB it looks at as much as was used, and so much more.
/// Outside any loop it tells of coroutines and big stacks alone, and never of the stacks of other OS threads.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let threads: Vec<_> = (0..100).map(|_| coro::thread::spawn(coro::thread::park)).collect();
///     coro::thread::yield_now(); // now all of them wait
///     let usage = coro::stack::usage();
///     assert_eq!(usage.in_use(), 100);
///     assert!(usage.reserved() >= 100 * 256 * 1024); // address space
///     assert!(usage.committed() <= 100 * 64 * 1024); // memory
///     println!("{usage}");
///     for thread in &threads { thread.kill(); }
/// });
/// ```
#[must_use]
pub fn usage() -> Usage {
    Usage::of(stacks::usage())
}

/// What stacks take, as [`usage`] found it; it displays itself as a table.
///
/// # Examples
/// ```
/// let usage = coro::stack::usage();
/// assert_eq!(usage.in_use(), usage.classes().iter().map(|class| class.in_use()).sum());
/// ```
#[derive(Clone, Debug)]
pub struct Usage {
    classes: Vec<ClassUsage>,
}

impl Usage {
    /// Adds up what is of one kind; the two pools of an OS thread may both have some.
    fn of(figures: Vec<Figures>) -> Usage {
        let mut classes: Vec<ClassUsage> = Vec::new();
        for figures in figures {
            let known = classes.iter_mut().find(|class| class.is_like(&figures));
            match known {
                Some(class) => class.add(&figures),
                None => classes.push(ClassUsage(figures)),
            }
        }
        classes.sort_unstable_by_key(|class| (class.size(), class.guard()));
        Usage { classes }
    }

    /// The address space that is set aside for stacks and their guards, in bytes. It costs no memory but for page tables: a
    /// page of them for each 2 MiB of address space in which there is a guard or memory, so that large guards cost 1/512 of
    /// their size.
    ///
    /// # Examples
    /// ```
    /// let usage = coro::stack::usage();
    /// assert!(usage.committed() <= usage.reserved());
    /// ```
    #[must_use]
    pub fn reserved(&self) -> usize {
        self.sum(ClassUsage::reserved)
    }

    /// The memory that stacks occupy, in bytes: whole pages that are in memory, of stacks in use and of pooled ones. What
    /// the kernel spends on page tables, for [guards](Usage::reserved) too, comes on top.
    ///
    /// # Examples
    /// ```
    /// coro::stack::on_big_stack(1 << 20, || std::hint::black_box([1_u8; 500_000]).len());
    /// let before = coro::stack::usage().committed();
    /// coro::stack::trim();
    /// assert!(coro::stack::usage().committed() < before);
    /// ```
    #[must_use]
    pub fn committed(&self) -> usize {
        self.sum(ClassUsage::committed)
    }

    /// How many stacks are in use: by threads, coroutines that have started, and calls on big stacks.
    ///
    /// # Examples
    /// ```
    /// let before = coro::stack::usage().in_use();
    /// coro::stack::on_big_stack(1 << 20, || assert_eq!(coro::stack::usage().in_use(), before + 1));
    /// assert_eq!(coro::stack::usage().in_use(), before);
    /// ```
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.sum(ClassUsage::in_use)
    }

    /// How many stacks were in use and lie ready for the next.
    ///
    /// # Examples
    /// ```
    /// coro::stack::on_big_stack(1 << 20, || ());
    /// assert_eq!(coro::stack::usage().pooled(), 1);
    /// coro::stack::trim();
    /// assert_eq!(coro::stack::usage().pooled(), 0);
    /// ```
    #[must_use]
    pub fn pooled(&self) -> usize {
        self.sum(ClassUsage::pooled)
    }

    /// The figures of each kind of stack, the smaller ones first.
    ///
    /// # Examples
    /// ```
    /// coro::stack::on_big_stack(1_000_000, || {
    ///     let usage = coro::stack::usage();
    ///     assert_eq!(usage.classes().last().unwrap().size(), 1024 * 1024);
    /// });
    /// ```
    #[must_use]
    pub fn classes(&self) -> &[ClassUsage] {
        &self.classes
    }

    fn sum(&self, figure: impl Fn(&ClassUsage) -> usize) -> usize {
        self.classes.iter().map(figure).sum()
    }
}

/// What the stacks of one kind take: of one size, with guards of one size.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let builder = coro::thread::Builder::new().stack_size(40_000);
///     builder.spawn(|| ()).unwrap();
///     let usage = coro::stack::usage();
///     assert_eq!(usage.classes()[0].size(), 64 * 1024);
/// });
/// ```
#[derive(Clone, Debug)]
pub struct ClassUsage(Figures);

impl ClassUsage {
    /// The size of each stack in bytes, a power of two.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::stack::usage().classes().iter().all(|class| class.size() >= 16 * 1024));
    /// ```
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.size
    }

    /// The size of the guard below each stack in bytes, whole pages.
    ///
    /// # Examples
    /// ```
    /// coro::stack::on_big_stack(1 << 20, || ());
    /// assert_eq!(coro::stack::usage().classes()[0].guard(), 1 << 20);
    /// ```
    #[must_use]
    pub fn guard(&self) -> usize {
        self.0.guard
    }

    /// The address space that is set aside for stacks of this kind, in bytes.
    ///
    /// # Examples
    /// ```
    /// coro::stack::on_big_stack(1 << 20, || ());
    /// assert!(coro::stack::usage().classes()[0].reserved() >= 2 << 20); // with its guard
    /// ```
    #[must_use]
    pub fn reserved(&self) -> usize {
        self.0.reserved
    }

    /// The memory that stacks of this kind occupy, in bytes.
    ///
    /// # Examples
    /// ```
    /// coro::stack::on_big_stack(1 << 20, || std::hint::black_box([1_u8; 500_000]).len());
    /// assert!(coro::stack::usage().classes()[0].committed() >= 500_000);
    /// ```
    #[must_use]
    pub fn committed(&self) -> usize {
        self.0.committed
    }

    /// How many stacks of this kind are in use.
    ///
    /// # Examples
    /// ```
    /// coro::stack::on_big_stack(1 << 20, || ());
    /// assert_eq!(coro::stack::usage().classes()[0].in_use(), 0);
    /// ```
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.0.in_use
    }

    /// How many stacks of this kind were in use and lie ready for the next.
    ///
    /// # Examples
    /// ```
    /// coro::stack::on_big_stack(1 << 20, || ());
    /// assert_eq!(coro::stack::usage().classes()[0].pooled(), 1);
    /// ```
    #[must_use]
    pub fn pooled(&self) -> usize {
        self.0.pooled
    }

    fn is_like(&self, other: &Figures) -> bool {
        (self.0.size, self.0.guard) == (other.size, other.guard)
    }

    fn add(&mut self, other: &Figures) {
        self.0.reserved += other.reserved;
        self.0.committed += other.committed;
        self.0.in_use += other.in_use;
        self.0.pooled += other.pooled;
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, size: &str, guard: &str) -> fmt::Result {
        let Figures { in_use, pooled, .. } = self.0;
        let (committed, reserved) = (Bytes(self.0.committed), Bytes(self.0.reserved));
        write!(f, "{size:>9}  {guard:>9}  {in_use:>9}  {pooled:>9}  {committed:>9}  {reserved:>9}")
    }
}

/// A table with a row for each kind of stack, and their sums.
impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    stack      guard     in use     pooled  committed   reserved")?;
        let nothing =
            Figures { size: 0, guard: 0, reserved: 0, committed: 0, in_use: 0, pooled: 0 };
        let mut sum = ClassUsage(nothing);
        for class in &self.classes {
            sum.add(&class.0);
            let (size, guard) = (Bytes(class.size()), Bytes(class.guard()));
            class.write_row(f, &size.to_string(), &guard.to_string())?;
            writeln!(f)?;
        }
        sum.write_row(f, "all", "")
    }
}

/// A number of bytes as people read it, with three figures at least.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
        let unit = (self.0.max(1).ilog2() / 10).min(4) as usize;
        let whole = 1_usize << (10 * unit);
        let text = if self.0.is_multiple_of(whole) || self.0 / whole >= 100 {
            format!("{} {}", self.0 / whole, UNITS[unit])
        } else {
            format!("{:.1} {}", self.0 as f64 / whole as f64, UNITS[unit])
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_well() {
        let cases = [
            (0, "0 B"),
            (1000, "1000 B"),
            (4096, "4 KiB"),
            (10_344, "10.1 KiB"),
            (300_000, "292 KiB"),
            (1 << 20, "1 MiB"),
            ((1 << 30) + (1 << 29), "1.5 GiB"),
            (5000 << 40, "5000 TiB"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Bytes(bytes).to_string(), expected, "{bytes}");
        }
    }

    #[test]
    fn usage_displays_itself_as_a_table() {
        let class = |size, guard, in_use| Figures {
            size,
            guard,
            reserved: 16 * size,
            committed: in_use * 4096,
            in_use,
            pooled: 1,
        };
        let small = || class(65_536, 4096, 1);
        let mut twice = small();
        twice.in_use = 2;
        let usage = Usage::of(vec![class(8 << 20, 1 << 20, 1), small(), twice]);
        let expected = "    stack      guard     in use     pooled  committed   reserved
   64 KiB      4 KiB          3          2      8 KiB      2 MiB
    8 MiB      1 MiB          1          1      4 KiB    128 MiB
      all                     4          3     12 KiB    130 MiB";
        assert_eq!(usage.to_string(), expected);
    }
}
