//! The stacks of one loop, or of the coroutines of one OS thread, by class (`README.md`, sections 2 and 3).
//!
//! A stack that was just used is the one whose pages are mapped and cached, so it is handed out next.

use std::io;
use std::time::{Duration, Instant};

use super::class::Class;
use super::refusal;
use super::stack::{MIN_STACK_SIZE, Stack};
use crate::probe;

/// How long a stack must not have been needed before it is let go.
const ERA: Duration = Duration::from_secs(1);
/// After so much time a portion of what is let go ends.
const PORTION: Duration = Duration::from_micros(500);
/// Where the loop comes so late that this part of its delay is more than a portion, it may take as long: its threads have turns
/// of milliseconds, and notice no more of it.
const PART_OF_DELAY: u32 = 16;

/// What is wanted of a stack, in bytes; it may have more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shape {
    pub(crate) size: usize,
    /// The length of its guard; a page at least.
    pub(crate) guard: usize,
}

/// What the stacks of one class take; lengths in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ClassUsage {
    pub(crate) size: usize,
    pub(crate) guard: usize,
    /// Address space, of guards and slots that were never used as well.
    pub(crate) reserved: usize,
    /// What is in memory, not counting page tables.
    pub(crate) committed: usize,
    /// How many stacks are out.
    pub(crate) in_use: usize,
    /// How many stacks are free and were used before.
    pub(crate) pooled: usize,
}

/// All stacks of one owner.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    /// In the order in which they were first wanted; a stack knows the place of its class.
    classes: Vec<Class>,
    /// Whether stacks are made all zeros when they come back.
    clears: bool,
    /// When the era ends, if there is one: only while there is something that may be let go.
    era_ends: Option<Instant>,
    /// When the next portion may be let go; those who run meanwhile shall get on.
    rests_until: Option<Instant>,
}

impl Pool {
    /// A pool that has nothing yet; with `clears`, nobody ever finds on a stack what others have left there.
    pub(crate) fn new(clears: bool) -> Pool {
        Pool { clears, ..Pool::default() }
    }

    /// Hands out a stack.
    ///
    /// # Errors
    /// `InvalidInput` for a size below the minimum or beyond the address space, or if `CORO_STACK_GUARD` says nonsense;
    /// `OutOfMemory` when the system has no more memory or mappings to give. The pool is unchanged then.
    #[inline]
    pub(crate) fn take(&mut self, shape: Shape) -> io::Result<Stack> {
        let mut classes = self.classes.iter_mut();
        if let Some(class) = classes.find(|class| class.wanted == shape)
            && let Some(stack) = class.take_warm()
        {
            return Ok(stack);
        }
        self.take_slowly(shape)
    }

    #[cold]
    fn take_slowly(&mut self, shape: Shape) -> io::Result<Stack> {
        let index = self.class_of(shape)?;
        self.classes[index].wanted = shape;
        self.classes[index].take()
    }

    /// Takes back a stack on which nothing runs any more.
    #[inline]
    pub(crate) fn give(&mut self, mut stack: Stack) {
        if self.clears {
            stack.clear();
        }
        self.classes[usize::from(stack.class)].give(stack);
    }

    /// The class that has what is wanted; a new one, if there is none.
    fn class_of(&mut self, shape: Shape) -> io::Result<usize> {
        let (size, guard) = (shape.whole_size()?, shape.whole_guard()?);
        if let Some(index) = self.classes.iter().position(|class| class.is(size, guard)) {
            return Ok(index);
        }
        let free = self.classes.iter().position(Class::is_empty);
        let index = free.unwrap_or(self.classes.len());
        let place = u16::try_from(index).map_err(|_| refusal::too_many_classes(index))?;
        let class = Class::new(shape, size, guard, place);
        match self.classes.get_mut(index) {
            Some(free) => *free = class,
            None => self.classes.push(class),
        }
        Ok(index)
    }

    /// Lets a portion of what was not needed for an era go, and says when to come again; never, unless something happens.
    #[inline]
    pub(crate) fn tend(&mut self) -> Option<Instant> {
        if self.classes.iter().any(Class::has_surplus) {
            self.tend_at(Instant::now())
        } else {
            None
        }
    }

    #[cold]
    fn tend_at(&mut self, now: Instant) -> Option<Instant> {
        if self.rests_until.is_some_and(|end| now < end) {
            return self.rests_until;
        }
        let delay = self.rests_until.take().map_or(Duration::ZERO, |end| now - end);
        match self.era_ends {
            None => {
                self.classes.iter_mut().for_each(Class::begin_era);
                self.era_ends = now.checked_add(ERA);
            }
            Some(end) if end <= now => {
                self.classes.iter_mut().for_each(Class::end_era);
                self.era_ends = now.checked_add(ERA);
            }
            Some(_) => (),
        }
        if self.trims() {
            let took = self.let_portion_go(PORTION.max(delay / PART_OF_DELAY));
            if self.trims() {
                // Whoever waits for a turn waits twice as long at most, and not for a portion at each visit.
                self.rests_until = now.checked_add(2 * took);
                return self.rests_until;
            }
        }
        if !self.classes.iter().any(Class::has_surplus) {
            self.era_ends = None;
        }
        self.era_ends
    }

    /// Whether there is something to let go now.
    fn trims(&self) -> bool {
        self.classes.iter().any(Class::trims)
    }

    /// Lets go of what is due, until it is done or the time is over; how long it took.
    fn let_portion_go(&mut self, time: Duration) -> Duration {
        let began = Instant::now();
        for class in &mut self.classes {
            while class.trims() {
                class.step();
                let took = began.elapsed();
                if took >= time {
                    return took;
                }
            }
        }
        began.elapsed()
    }

    /// Whether there is something that `trim` would unmap, or could.
    pub(crate) fn has_free(&self) -> bool {
        self.classes.iter().any(Class::has_free)
    }

    /// Lets go of all that is free, at once.
    pub(crate) fn trim(&mut self) {
        self.classes.iter_mut().for_each(Class::trim);
        (self.era_ends, self.rests_until) = (None, None);
    }

    /// What each class takes that has anything.
    pub(crate) fn usage(&self) -> Vec<ClassUsage> {
        self.classes.iter().filter(|class| !class.is_empty()).map(Class::usage).collect()
    }
}

impl Shape {
    /// The size of the class.
    fn whole_size(self) -> io::Result<usize> {
        if self.size < MIN_STACK_SIZE {
            return Err(refusal::too_small(self.size));
        }
        // No allocation can be larger than `isize::MAX`.
        let size = self.size.checked_next_power_of_two();
        size.filter(|size| isize::try_from(*size).is_ok())
            .ok_or_else(|| refusal::too_large("stack", self.size))
    }

    /// The guard of the class.
    fn whole_guard(self) -> io::Result<usize> {
        let page = probe::page_size();
        let guard = self.guard.max(1).checked_next_multiple_of(page);
        guard
            .filter(|guard| u32::try_from(guard / page).is_ok() && isize::try_from(*guard).is_ok())
            .ok_or_else(|| refusal::too_large("guard", self.guard))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use corosensei::stack::Stack as _;

    use super::super::ranges;
    use super::super::stack::by_force::is_readable;
    use super::*;
    use crate::sys::Faults;

    const SMALL: Shape = Shape { size: MIN_STACK_SIZE, guard: 0 };

    #[test]
    fn the_stack_freed_last_is_handed_out_first() {
        let mut pool = Pool::default();
        let first = pool.take(SMALL).expect("a stack");
        let second = pool.take(SMALL).expect("a stack");
        let address = second.base();
        pool.give(first);
        pool.give(second);
        let stack = pool.take(SMALL).expect("a stack");
        assert_eq!(stack.base(), address);
        pool.give(stack);
    }

    #[test]
    fn slots_do_not_overlap_and_tops_are_coloured() {
        let mut pool = Pool::default();
        let stacks: Vec<Stack> = (0..300).map(|_| pool.take(SMALL).expect("a stack")).collect();
        let mut ranges: Vec<_> =
            stacks.iter().map(|stack| (stack.limit().get(), stack.base().get())).collect();
        ranges.sort_unstable();
        assert!(ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        let sets: HashSet<_> = ranges.iter().map(|range| range.1 % 4096 / 64).collect();
        assert!(sets.len() >= 16, "{} cache sets", sets.len());
        stacks.into_iter().for_each(|stack| pool.give(stack));
    }

    #[test]
    fn sizes_out_of_range_are_refused_with_the_number() {
        let mut pool = Pool::default();
        for size in [0, 4096, usize::MAX, usize::MAX / 2 + 2] {
            let error = pool.take(Shape { size, guard: 0 }).expect_err("the size is out of range");
            assert!(error.to_string().contains(&size.to_string()), "{error}");
        }
        for guard in [usize::MAX, usize::MAX / 2] {
            let error = pool.take(Shape { guard, ..SMALL }).expect_err("the guard is out of range");
            assert!(error.to_string().contains(&format!("guard of {guard} bytes")), "{error}");
        }
        let error = pool.take(Shape { size: 1 << 60, guard: 0 });
        let error = error.expect_err("no machine has that much address space");
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        let stack = pool.take(SMALL).expect("the pool still works");
        pool.give(stack);
    }

    /// Takes so many stacks and writes to the uppermost page of each.
    fn take_and_use(pool: &mut Pool, count: usize) -> Vec<Stack> {
        let mut stacks: Vec<_> = (0..count).map(|_| pool.take(SMALL).expect("a stack")).collect();
        stacks.iter_mut().for_each(|stack| stack.scribble(64, 64));
        stacks
    }

    fn give_all(pool: &mut Pool, stacks: Vec<Stack>) {
        stacks.into_iter().for_each(|stack| pool.give(stack));
    }

    /// Lets all that is due at `now` go; when to come again.
    fn tend_fully(pool: &mut Pool, now: Instant) -> Option<Instant> {
        loop {
            let later = pool.tend_at(now);
            if !pool.trims() {
                return later;
            }
            pool.rests_until = None;
        }
    }

    /// Says of all that is free that it was not needed in an era.
    fn make_due(pool: &mut Pool) {
        pool.classes.iter_mut().for_each(Class::begin_era);
        pool.classes.iter_mut().for_each(Class::end_era);
    }

    fn usage(pool: &Pool) -> ClassUsage {
        let [class] = pool.usage()[..] else { panic!("one class: {pool:?}") };
        class
    }

    #[test]
    fn sizes_and_guards_are_rounded_up_and_share_a_class() {
        let mut pool = Pool::default();
        let page = probe::page_size();
        let wishes = [(40_000, 0), (65_536, 1), (33_000, page), (65_536, page + 1)];
        let stacks: Vec<_> = wishes
            .iter()
            .map(|&(size, guard)| pool.take(Shape { size, guard }).expect("a stack"))
            .collect();
        let classes: Vec<_> =
            pool.usage().iter().map(|class| (class.size, class.guard, class.in_use)).collect();
        assert_eq!(classes, [(65_536, page, 3), (65_536, 2 * page, 1)]);
        give_all(&mut pool, stacks);
    }

    #[test]
    fn a_guard_is_as_long_as_was_wanted_and_stays_through_trimming() {
        let mut pool = Pool::default();
        let page = probe::page_size();
        let guard = 5 * page;
        let mut stacks: Vec<_> =
            (0..8).map(|_| pool.take(Shape { guard, ..SMALL }).expect("a stack")).collect();
        let held = stacks.pop().expect("eight stacks");
        let slots: Vec<_> = stacks.iter().map(Stack::slot).collect();
        stacks.iter_mut().for_each(|stack| stack.scribble(64, 64));
        give_all(&mut pool, stacks);
        for _ in 0..2 {
            for slot in &slots {
                assert_eq!(slot.limit - slot.bottom, guard);
                assert!(!(slot.bottom..slot.limit).step_by(page).any(is_readable));
                assert!(is_readable(slot.limit) && is_readable(slot.top - 1));
            }
            pool.trim();
        }
        pool.give(held);
    }

    #[test]
    fn committed_memory_falls_by_trimming_and_address_space_when_a_chunk_is_free() {
        let mut pool = Pool::default();
        let mut stacks = take_and_use(&mut pool, 40);
        let page = probe::page_size();
        let full = usage(&pool);
        assert_eq!((full.in_use, full.pooled), (40, 0));
        assert_eq!(full.committed, 40 * page);
        let held = stacks.swap_remove(0);
        give_all(&mut pool, stacks);
        let free = usage(&pool);
        assert_eq!((free.in_use, free.pooled, free.committed), (1, 39, 40 * page));
        pool.trim();
        let trimmed = usage(&pool);
        // What is left is the first chunk.
        assert_eq!((trimmed.in_use, trimmed.pooled, trimmed.committed), (1, 15, page));
        assert!(trimmed.reserved < full.reserved);
        let again = take_and_use(&mut pool, 15);
        assert_eq!(usage(&pool).reserved, trimmed.reserved, "cold slots come before new chunks");
        give_all(&mut pool, again);
        pool.give(held);
        pool.trim();
        assert_eq!(pool.usage(), []);
    }

    #[test]
    fn an_era_s_low_mark_says_what_goes() {
        let mut pool = Pool::default();
        let mut now = Instant::now();
        let stacks = take_and_use(&mut pool, 1000);
        assert_eq!(pool.tend_at(now), None, "nothing is free");
        give_all(&mut pool, stacks);
        let end = pool.tend_at(now).expect("there is something to let go");
        assert_eq!(end, now + ERA);
        let used = take_and_use(&mut pool, 100);
        give_all(&mut pool, used);
        assert_eq!(pool.tend_at(now), Some(end), "the era goes on");
        now = end;
        let next =
            tend_fully(&mut pool, now).expect("what was used in this era may go in the next");
        assert_eq!(usage(&pool).committed, 100 * probe::page_size());
        let held = take_and_use(&mut pool, 90);
        assert_eq!(pool.tend(), None, "the few that are left stay");
        give_all(&mut pool, held);
        now = next;
        let next = tend_fully(&mut pool, now).expect("ten were not needed, which is no surplus");
        assert_eq!(usage(&pool).committed, 100 * probe::page_size());
        now = next;
        assert_eq!(tend_fully(&mut pool, now), None, "it is not looked at any more");
        assert_eq!(pool.usage(), []);
        assert_eq!(pool.tend(), None);
    }

    /// How many pages each step releases, and how many bytes of address space it unmaps, until all is done.
    fn steps(pool: &mut Pool) -> (Vec<usize>, Vec<usize>) {
        let sums = |pool: &Pool| -> (usize, usize) {
            let classes = pool.usage();
            let committed: usize = classes.iter().map(|class| class.committed).sum();
            let reserved = classes.iter().map(|class| class.reserved).sum();
            (committed / probe::page_size(), reserved)
        };
        let mut all = vec![sums(pool)];
        while pool.classes[0].trims() {
            pool.classes[0].step();
            all.push(sums(pool));
        }
        let differences = all.windows(2).map(|pair| (pair[0].0 - pair[1].0, pair[0].1 - pair[1].1));
        differences.filter(|difference| *difference != (0, 0)).unzip()
    }

    #[test]
    fn a_step_releases_neighbours_at_most_so_many_bytes_of_them() {
        for (shape, most) in [(SMALL, 256), (Shape { size: 256 << 10, guard: 0 }, 32)] {
            let mut pool = Pool::default();
            let mut stacks: Vec<_> = (0..700).map(|_| pool.take(shape).expect("a stack")).collect();
            stacks.iter_mut().for_each(|stack| stack.scribble(64, 64));
            let held = stacks.split_off(650);
            give_all(&mut pool, stacks);
            make_due(&mut pool);
            let (pages, _) = steps(&mut pool);
            assert!(pages.iter().all(|pages| *pages <= most), "{pages:?}");
            assert_eq!(pages.iter().max(), Some(&most));
            assert_eq!(pages.iter().sum::<usize>(), 650);
            give_all(&mut pool, held);
        }
    }

    #[test]
    fn a_step_releases_one_stack_where_none_is_beside_it() {
        let mut pool = Pool::default();
        let mut held = take_and_use(&mut pool, 60);
        for index in (0..30).rev() {
            pool.give(held.remove(2 * index));
        }
        make_due(&mut pool);
        assert_eq!(steps(&mut pool), (vec![1; 30], vec![0; 30]));
        give_all(&mut pool, held);
    }

    #[test]
    fn a_step_releases_a_part_of_a_large_stack() {
        const MIB: usize = 1 << 20;
        let large = Shape { size: 64 * MIB, guard: 0 };
        let mut pool = Pool::default();
        let mut stack = pool.take(large).expect("a stack");
        let fill = |stack: &mut Stack| {
            (1..=64).for_each(|depth| stack.scribble(depth * MIB - 4096, 1));
        };
        fill(&mut stack);
        let address = stack.address();
        pool.give(stack);
        make_due(&mut pool);
        pool.classes[0].step();
        // Who comes meanwhile gets it, and uses it again; what is let go later is whole.
        let mut stack = pool.take(large).expect("a stack");
        assert_eq!(stack.address(), address);
        fill(&mut stack);
        pool.give(stack);
        make_due(&mut pool);
        let (pages, _) = steps(&mut pool);
        assert!(pages.iter().filter(|pages| **pages > 0).all(|pages| *pages == 8), "{pages:?}");
        assert_eq!(pages.iter().sum::<usize>(), 64);
        assert_eq!(pool.usage(), []);
    }

    #[test]
    fn a_step_unmaps_so_many_slots_of_a_chunk_of_which_nobody_finds_any() {
        let mut pool = Pool::default();
        let mut stacks: Vec<_> = (0..1024).map(|_| pool.take(SMALL).expect("a stack")).collect();
        let (held, last) = (stacks.swap_remove(0), stacks[1000].slot());
        give_all(&mut pool, stacks);
        make_due(&mut pool);
        while usage(&pool).reserved > 512 * (last.end - last.bottom) {
            assert_eq!(ranges::find(last.limit), Some(last));
            pool.classes[0].step();
        }
        assert_eq!(ranges::find(last.limit), None);
        pool.give(held);
        make_due(&mut pool);
        let (_, lengths) = steps(&mut pool);
        let most = 128 * (last.end - last.bottom);
        assert!(lengths.iter().all(|length| *length <= most), "{lengths:?}");
        assert_eq!(lengths.iter().max(), Some(&most));
        assert_eq!((usage(&pool).in_use, usage(&pool).pooled), (0, 16));
    }

    /// Takes 20,000 stacks, and makes every second of them due. Each is a step, for none has a free neighbour. The others.
    fn make_every_second_due(pool: &mut Pool) -> Vec<Stack> {
        let mut held: Vec<_> = (0..20_000).map(|_| pool.take(SMALL).expect("a stack")).collect();
        for index in (0..10_000).rev() {
            pool.give(held.swap_remove(2 * index));
        }
        make_due(pool);
        held
    }

    #[test]
    fn it_rests_as_long_as_it_has_worked() {
        let mut pool = Pool::default();
        let mut held = make_every_second_due(&mut pool);
        let now = Instant::now();
        let again = pool.tend_at(now).expect("it cannot do all in one portion");
        assert!(now + PORTION < again);
        assert_eq!(pool.tend_at(now), Some(again));
        // Who comes meanwhile gets what is not cold yet.
        held.extend((0..10_000).map(|_| pool.take(SMALL).expect("a stack")));
        assert_eq!(tend_fully(&mut pool, again), None);
        assert_eq!((usage(&pool).in_use, usage(&pool).pooled), (20_000, 0));
        give_all(&mut pool, held);
    }

    #[test]
    fn a_cleared_stack_is_all_zeros() {
        for faults in [false, true] {
            let mut pool = Pool::new(true);
            let stack = pool.take(SMALL).expect("a stack");
            let address = stack.address();
            pool.give(stack);
            // Where memory is locked, the kernel refuses to let it go.
            let _faults = faults.then(|| Faults::arm(1, 1));
            for depth in [1, 5000, MIN_STACK_SIZE] {
                let mut stack = pool.take(SMALL).expect("a warm stack");
                assert_eq!((stack.address(), stack.is_all_zeros()), (address, true));
                stack.scribble(depth, 1);
                assert!(!stack.is_all_zeros());
                pool.give(stack);
            }
        }
    }

    #[test]
    fn refusals_lose_no_slot() {
        let mut pool = Pool::default();
        let mut stacks = Vec::new();
        let mut refused = 0;
        for seed in 0..20 {
            let faults = Faults::arm(seed, 2);
            while stacks.len() < 50 * (seed as usize + 1) {
                match pool.take(SMALL) {
                    Ok(stack) => stacks.push(stack),
                    Err(error) => {
                        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
                        refused += 1;
                    }
                }
                let class = usage_or_nothing(&pool);
                assert_eq!((class.0, class.1), (stacks.len(), 0));
            }
            assert!(faults.injected() > 0);
        }
        assert!(refused > 100, "{refused}");
        let places: HashSet<_> = stacks.iter().map(|stack| stack.slot().bottom).collect();
        assert_eq!(places.len(), stacks.len());
        assert!(!places.iter().copied().any(is_readable));
        give_all(&mut pool, stacks);
        let _faults = Faults::arm(1, 2);
        while pool.has_free() {
            pool.trim();
        }
        assert_eq!(pool.usage(), []);
    }

    #[test]
    fn what_the_kernel_does_not_unmap_is_tried_again() {
        let mut pool = Pool::default();
        let stacks = take_and_use(&mut pool, 1000);
        give_all(&mut pool, stacks);
        make_due(&mut pool);
        let full = usage(&pool);
        let faults = Faults::arm(1, 1);
        assert_eq!(tend_fully(&mut pool, Instant::now()), None, "nobody is kept awake for it");
        assert_eq!((usage(&pool).reserved, usage(&pool).pooled > 0), (full.reserved, true));
        pool.trim();
        assert_eq!(usage(&pool).reserved, full.reserved);
        drop(faults);
        assert!(pool.has_free());
        // What has not begun to go can be used meanwhile.
        let stacks = take_and_use(&mut pool, 1000);
        give_all(&mut pool, stacks);
        pool.trim();
        assert_eq!(pool.usage(), []);
        assert!(!pool.has_free());
    }

    #[test]
    fn a_loop_that_comes_late_lets_more_go() {
        let mut pool = Pool::default();
        let held = make_every_second_due(&mut pool);
        let again = pool.tend_at(Instant::now()).expect("it cannot do all in one portion");
        // A sixteenth of a delay of an hour is time for all of it.
        pool.tend_at(again + Duration::from_secs(3600));
        assert!(!pool.trims());
        assert_eq!(pool.rests_until, None, "the next trimming does not begin late");
        give_all(&mut pool, held);
    }

    /// How many stacks are out and free.
    fn usage_or_nothing(pool: &Pool) -> (usize, usize) {
        pool.usage().first().map_or((0, 0), |class| (class.in_use, class.pooled))
    }

    #[test]
    fn a_stack_that_is_out_keeps_its_chunk_for_ever_and_no_other() {
        let mut pool = Pool::default();
        let mut stacks = take_and_use(&mut pool, 17);
        let (first, last) = (stacks[0].slot(), stacks[16].slot());
        let out = stacks.pop().expect("seventeen stacks");
        give_all(&mut pool, stacks);
        drop(pool);
        assert_eq!(ranges::find(first.limit), None);
        assert_eq!(ranges::find(last.limit), Some(last));
        assert!(out.high_water() >= Some(64));
    }
}
