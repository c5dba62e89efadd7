//! Memory for stacks: chunks of equal slots, each slot a guard below its stack (`README.md`, sections 1 and 2).
//!
//! Whoever holds a [`Stack`] owns the memory of its slot. A [`Chunk`] owns its mapping, and the slots that are unopened or
//! cold; what else there is of it is out, as stacks, and comes back by [`Chunk::cool`].

#![expect(unsafe_code, reason = "maps, guards, releases and unmaps the memory of the stacks")]

use std::ffi::c_void;
use std::io;
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};

use corosensei::stack::StackPointer;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};

use super::guard::{self, Rations};
use super::ranges::{self, Division, Listed, Slot};
use super::{machine, refusal, room};
use crate::probe;
use crate::sys::{Call, enter};

/// The smallest stack in bytes.
pub(crate) const MIN_STACK_SIZE: usize = 16 * 1024;
/// The stack size of a thread that does not ask for one, in bytes of address space.
pub(crate) const DEFAULT_STACK_SIZE: usize = 256 * 1024;

/// What a suspended fiber may have below its saved stack pointer, in bytes, counted generously: the frames of the switch,
/// which have redzones between them under a sanitizer, and the platform's red zone.
const MARGIN: usize = 4096;

/// `MADV_GUARD_INSTALL`, which neither libc nor rustix name yet.
#[cfg(target_os = "linux")]
const MADV_GUARD_INSTALL: i32 = 102;

/// Whether stacks were cleared by overwriting them, so that pages of zeros are in memory to which nobody has written.
static ZEROS_STAY: AtomicBool = AtomicBool::new(false);

/// Of how many pages the kernel is asked at once whether they are in memory. It takes its time for pages that are not, too,
/// so the largest stacks are looked at from above, and no further than to a window without memory: code that goes down a
/// stack leaves no gaps of 64 MiB.
const WINDOW: usize = 16 * 1024;

/// One slot's memory, as a stack for corosensei. Whoever holds it owns the slot until it goes back to the pool.
#[derive(Debug)]
pub(crate) struct Stack {
    /// One past the highest usable address.
    top: StackPointer,
    guard_pages: u32,
    /// The class of the pool that it belongs to.
    pub(super) class: u16,
    /// The binary logarithm of its size.
    size_log: u8,
}

// SAFETY: `top` and `bottom` lie in one slot of a live chunk: `Chunk::stack` computes them, and a chunk that has a slot out
// is never unmapped (`Class::drop`). The slot's guard lies at its bottom: `Chunk::open_slot` fails unless it was
// installed. At least 16 KiB lie between them, more than `corosensei`'s minimum of 4 KiB.
unsafe impl corosensei::stack::Stack for Stack {
    #[inline(always)]
    fn base(&self) -> StackPointer {
        self.top
    }

    #[inline]
    fn limit(&self) -> StackPointer {
        NonZeroUsize::new(self.slot().bottom).expect("no mapping lies at address 0")
    }
}

impl Stack {
    /// Asks for the line just below the top, which the making of a fiber writes to.
    #[inline(always)]
    pub(super) fn prefetch(&self) {
        machine::prefetch(self.top.get() - machine::CACHE_LINE);
    }

    /// An address in it.
    pub(super) fn address(&self) -> usize {
        self.top.get() - 1
    }

    /// Where it lies.
    pub(crate) fn slot(&self) -> Slot {
        let (page, size) = (probe::page_size(), 1 << self.size_log);
        let guard = self.guard_pages as usize * page;
        let top = self.top.get();
        // Colour takes less than a page, and slots end where pages end.
        let end = top.next_multiple_of(page);
        let bottom = end - (guard + size + page);
        Slot { bottom, limit: bottom + guard, top, end, size }
    }

    /// Whether `next` is the stack of the slot just above.
    pub(super) fn is_just_below(&self, next: &Stack) -> bool {
        self.slot().end == next.slot().bottom
    }

    /// Lets the memory of `length` bytes go, whole pages, that begin `offset` bytes above its limit.
    pub(super) fn release_part(&mut self, offset: usize, length: usize) {
        let Slot { limit, end, .. } = self.slot();
        let start = (limit + offset).min(end);
        // SAFETY: it is memory of a slot, and nothing on it is used any more: nobody else holds the stack. Memory that is
        // locked stays, and does no harm.
        let _ = unsafe { release(start, start + length.min(end - start)) };
    }

    /// Makes it all zeros.
    pub(crate) fn clear(&mut self) {
        let Slot { limit, end, .. } = self.slot();
        // SAFETY: it is the memory of a slot, and nothing on it is used any more: nobody else holds the stack.
        let released = unsafe { release(limit, end) };
        if released.is_err() || !cfg!(target_os = "linux") {
            ZEROS_STAY.store(true, Ordering::Relaxed);
            // SAFETY: as above.
            unsafe { overwrite(limit, end) };
        }
    }

    /// How many bytes of it, from its top down, have been written to since it was cleared, to a page or better; none if that
    /// cannot be found out.
    pub(crate) fn high_water(&self) -> Option<usize> {
        // SAFETY: the slot is mapped as long as the stack is out, and whoever holds it is the only one who uses it.
        unsafe { high_water(self.address()) }
    }
}

/// A mapping that holds a number of equal slots.
#[derive(Debug)]
pub(crate) struct Chunk {
    start: NonNull<c_void>,
    division: Division,
    slots: u32,
    /// How many slots have been used and so have a guard; slots are opened in order.
    opened: u32,
    /// The numbers of opened slots that belong to nobody and have no memory.
    cold: Vec<u32>,
    /// Dropped before anything of the mapping goes, for it says that the chunk lives.
    listed: Option<Listed>,
    /// Its guards count until the mapping has gone, and for ever if it stays.
    rations: Rations,
    /// What valgrind calls the opened slots, while it runs this process.
    known_as: Vec<usize>,
}

impl Chunk {
    /// Reserves address space for `slots` stacks of `size` bytes each.
    pub(super) fn map(size: usize, guard: usize, slots: u32) -> io::Result<Chunk> {
        // One page more, that the colour may take from, so that `size` bytes always remain.
        let stride = size.checked_add(guard).and_then(|sum| sum.checked_add(probe::page_size()));
        let length = stride.and_then(|stride| stride.checked_mul(slots as usize));
        let (Some(stride), Some(length)) = (stride, length) else {
            return Err(refusal::too_large("stack", size));
        };
        let room = room::beside(length);
        let start = map_chunk(length, room).map_err(|error| match slots {
            1 => refusal::no_memory(&error, size, room, room::for_backtrace() > 0),
            // Fewer will be asked for, and nobody reads this one.
            _ => error,
        })?;
        room::note_mapped(length);
        let first = start.as_ptr().expose_provenance();
        let division = Division { start: first, end: first + length, stride, guard, size };
        Ok(Chunk {
            start,
            division,
            slots,
            opened: 0,
            cold: Vec::new(),
            listed: Some(ranges::list(division)),
            rations: Rations::default(),
            known_as: Vec::new(),
        })
    }

    /// The stack of the next slot that was never used; none if all are open.
    pub(super) fn open_slot(&mut self, class: u16) -> io::Result<Option<Stack>> {
        if self.opened == self.slots {
            return Ok(None);
        }
        let number = self.opened;
        // SAFETY: `number < slots`, so the offset lies within the mapping that `map` made.
        let bottom = unsafe { self.start.byte_add(number as usize * self.division.stride) };
        install_guard(bottom, self.division.guard, &mut self.rations)?;
        self.opened += 1;
        let Slot { limit, end, .. } = self.division.slot(number as usize);
        self.known_as.extend(machine::register_stack(limit, end));
        Ok(Some(self.stack(number, class)))
    }

    /// The stack of a cold slot; none if there is none.
    pub(super) fn reopen_slot(&mut self, class: u16) -> Option<Stack> {
        self.cold.pop().map(|number| self.stack(number, class))
    }

    /// The slot with this number as a stack. The caller has taken the number from those that belong to nobody.
    fn stack(&self, number: u32, class: u16) -> Stack {
        let Slot { top, .. } = self.division.slot(number as usize);
        let top = NonZeroUsize::new(top).expect("no mapping lies at address 0");
        let guard_pages = self.division.guard / probe::page_size();
        Stack {
            top,
            guard_pages: u32::try_from(guard_pages).expect("`Shape` admits no larger guards"),
            class,
            size_log: self.division.size.trailing_zeros() as u8,
        }
    }

    /// How it is divided.
    pub(super) fn division(&self) -> Division {
        self.division
    }

    /// Takes back stacks, all of this chunk's and ordered by address, and lets their memory go.
    pub(super) fn cool(&mut self, stacks: impl Iterator<Item = Stack>) {
        let first = self.cold.len();
        self.cold.extend(stacks.map(|stack| {
            let number = self.division.number_of(stack.address());
            number.expect("the caller has looked whose it is") as u32
        }));
        for run in self.cold[first..].chunk_by(|one, next| one + 1 == *next) {
            let (lowest, highest) = (run[0] as usize, run[run.len() - 1] as usize);
            let (start, end) = (self.division.slot(lowest).limit, self.division.slot(highest).end);
            // SAFETY: these slots have come back just now, so nothing on them is used; the guards between them stay.
            // Memory that is locked stays too, and does no harm.
            let _ = unsafe { release(start, end) };
        }
    }

    /// How many slots are cold.
    pub(super) fn cold(&self) -> usize {
        self.cold.len()
    }

    /// Whether every slot of it that was opened is cold: it can be unmapped.
    pub(super) fn is_empty(&self) -> bool {
        self.cold.len() == self.opened as usize
    }

    /// How many slots it has.
    pub(super) fn slots(&self) -> usize {
        self.slots as usize
    }

    /// How many slots were opened.
    pub(super) fn opened(&self) -> usize {
        self.opened as usize
    }

    /// How many bytes of address space it takes.
    pub(super) fn reserved(&self) -> usize {
        self.division.end - self.division.start
    }

    /// Unmaps its last `length` bytes, or as much as there is; whether anything went. It cannot be used any more then.
    ///
    /// The kernel may have merged the chunk with neighbours. To cut a piece out of the middle takes one mapping more, and there
    /// may be none; then the rest may be an end, which can be cut off. If even that fails, it may be tried again later.
    pub(super) fn unmap_last(&mut self, length: usize) -> bool {
        assert!(self.is_empty(), "a chunk goes when all its slots are back");
        let reserved = self.reserved();
        self.unmap(length.min(reserved)) || (length < reserved && self.unmap(reserved))
    }

    /// Unmaps its last `length` bytes; false if the kernel refuses. None of its slots may be in use, now or later.
    fn unmap(&mut self, length: usize) -> bool {
        self.known_as.drain(..).for_each(machine::deregister_stack);
        self.listed = None;
        let start = self.division.end - length;
        if enter(Call::Unmap).is_err() {
            return false;
        }
        // SAFETY: `map` has made this mapping down to `division.start` and up to here, and what lay above has gone. No
        // stack in it is in use: `unmap_last` has looked, and `Class` drops a chunk only when all its slots are back, and
        // forgets it otherwise.
        let outcome =
            unsafe { rustix::mm::munmap(std::ptr::with_exposed_provenance_mut(start), length) };
        if outcome.is_err() {
            return false;
        }
        room::note_unmapped(length);
        self.division.end = start;
        self.rations.keep(self.reserved().div_ceil(self.division.stride));
        true
    }

    /// How many bytes of its stacks are in memory.
    pub(super) fn committed(&self) -> usize {
        let mut pages = 0;
        for number in 0..self.opened as usize {
            // Guards are left out: they have no memory, and may be larger than the stacks.
            let Slot { limit, end, .. } = self.division.slot(number);
            // What the kernel does not tell is not counted.
            let _ = visit_windows(limit, end, |window| {
                let count = window.resident().count();
                pages += count;
                count > 0
            });
        }
        pages * probe::page_size()
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        if self.reserved() > 0 && !self.unmap(self.reserved()) {
            // What is left of it stays mapped for ever, and so do its guards.
            std::mem::forget(std::mem::take(&mut self.rations));
        }
    }
}

/// Lets go of the whole pages below the stack pointer of code that is suspended, down to the limit of its stack, if that is
/// one of ours. If something was written there: the slot, and how many bytes lie between its top and the lowest word.
///
/// # Safety
/// `saved` is the stack pointer of code of this OS thread that stands still until this returns.
pub(super) unsafe fn release_below(saved: usize) -> Option<(Slot, usize)> {
    let slot = ranges::find(saved)?;
    let page = probe::page_size();
    let end = saved.saturating_sub(MARGIN) / page * page;
    if end <= slot.limit {
        return None;
    }
    // SAFETY: the code that uses the slot stands still, so its chunk stays, and nobody writes to the slot.
    let lowest = unsafe { lowest_word(slot.limit, end) };
    // SAFETY: the code that uses the slot has nothing below its stack pointer but what `MARGIN` covers.
    let _ = unsafe { release(slot.limit, end) };
    Some((slot, slot.top - lowest.ok()??))
}

/// How many bytes lie between the top of the stack in which `address` lies and the lowest word in it that was written to
/// since it had no memory. None, if the address lies in no stack of ours, or if the kernel does not say which pages are in
/// memory.
///
/// # Safety
/// The chunk in which the address lies is not unmapped before this returns, and no other OS thread writes to the stack.
pub(super) unsafe fn high_water(address: usize) -> Option<usize> {
    let slot = ranges::find(address)?;
    // SAFETY: the caller vouches for it.
    let lowest = unsafe { lowest_word(slot.limit, slot.end) }.ok()?;
    Some(slot.top.saturating_sub(lowest.unwrap_or(slot.top)))
}

/// The lowest word from `start` to `end`, whole pages of one slot above its guard, that was written to since they had no
/// memory.
///
/// A page that is in memory was written to, if only with zeros: then it counts as a whole. Where memory is locked, pages
/// that nobody has written to are in memory as well, and only what is in them tells.
///
/// # Safety
/// The slot's chunk is not unmapped before this returns, and no other OS thread writes to the pages.
unsafe fn lowest_word(start: usize, end: usize) -> io::Result<Option<usize>> {
    // From above.
    let mut written = Vec::new();
    visit_windows(start, end, |window| {
        let before = written.len();
        written.extend(window.resident().rev());
        written.len() > before
    })?;
    let all = written.len() * probe::page_size() == end - start;
    let is_locked = all || ZEROS_STAY.load(Ordering::Relaxed);
    let looked_at = if is_locked { written.len() } else { 1 };
    let lowest = written.iter().rev().take(looked_at).find_map(|&page| {
        // SAFETY: the page lies in the slot above its guard, so it can be read; the caller vouches for the rest.
        unsafe { first_word(page) }
    });
    Ok(lowest.or(if is_locked { None } else { written.last().copied() }))
}

/// The address of the first word of a page that is not zero.
///
/// # Safety
/// The page can be read, and nobody writes to it meanwhile.
unsafe fn first_word(page: usize) -> Option<usize> {
    let words = (page..page + probe::page_size()).step_by(size_of::<usize>());
    machine::while_valgrind_looks_away(|| {
        words.into_iter().find(|&word| {
            // SAFETY: the word lies in the page, and is aligned as pages are.
            unsafe { machine::load(std::ptr::with_exposed_provenance(word)) != 0 }
        })
    })
}

/// Some pages in a row, and what the kernel says of each.
struct Window<'a> {
    start: usize,
    states: &'a [u8],
}

impl Window<'_> {
    /// The addresses of those that are in memory.
    fn resident(&self) -> impl DoubleEndedIterator<Item = usize> {
        let states = self.states.iter().enumerate().filter(|(_, state)| **state & 1 != 0);
        states.map(|(number, _)| self.start + number * probe::page_size())
    }
}

/// Calls `visit` with the pages from `start` to `end`, `WINDOW` of them at a time, from above, until it returns false.
fn visit_windows(
    start: usize,
    end: usize,
    mut visit: impl FnMut(Window<'_>) -> bool,
) -> io::Result<()> {
    let page = probe::page_size();
    // On the heap, for the stack may be a small one.
    let mut states = vec![0_u8; ((end - start) / page).min(WINDOW)];
    let mut end = end;
    while end > start {
        let pages = ((end - start) / page).min(WINDOW);
        let (begin, states) = (end - pages * page, &mut states[..pages]);
        // SAFETY: the kernel writes a byte for each page of the range, and there are as many; the range itself is only
        // looked at.
        let outcome = unsafe {
            libc::mincore(
                std::ptr::with_exposed_provenance_mut(begin),
                pages * page,
                states.as_mut_ptr().cast(),
            )
        };
        if outcome != 0 {
            return Err(io::Error::last_os_error());
        }
        if !visit(Window { start: begin, states }) {
            return Ok(());
        }
        end = begin;
    }
    Ok(())
}

/// Gives the memory of whole pages back to the system; on Linux they read as zeros then. Guards between them stay.
///
/// # Safety
/// The pages are part of a chunk, and nothing uses what is in them.
unsafe fn release(start: usize, end: usize) -> io::Result<()> {
    enter(Call::Release)?;
    #[cfg(target_os = "linux")]
    let advice = libc::MADV_DONTNEED;
    #[cfg(not(target_os = "linux"))]
    let advice = libc::MADV_FREE;
    // SAFETY: the caller vouches for the range.
    let outcome =
        unsafe { libc::madvise(std::ptr::with_exposed_provenance_mut(start), end - start, advice) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Writes zeros to those pages that are in memory; the others are zeros.
///
/// # Safety
/// As for `release`; and the pages can be written.
unsafe fn overwrite(start: usize, end: usize) {
    let page = probe::page_size();
    let zero = |address| {
        let bytes = std::ptr::with_exposed_provenance_mut::<u8>(address);
        // SAFETY: the page lies between `start` and `end`, for which the caller vouches.
        unsafe { bytes.write_bytes(0, page) };
    };
    let zero_all = |window: Window<'_>| {
        window.resident().for_each(zero);
        true
    };
    if visit_windows(start, end, zero_all).is_err() {
        (start..end).step_by(page).for_each(zero);
    }
}

/// Maps a chunk, if `room` bytes more could be mapped after it.
fn map_chunk(length: usize, room: usize) -> io::Result<NonNull<c_void>> {
    enter(Call::Map)?;
    let chunk = map_anonymous(length, ProtFlags::READ | ProtFlags::WRITE)?;
    if let Err(error) = try_room(room) {
        // SAFETY: this mapping was made just now, with this length, and nothing refers to it. Should the kernel not unmap
        // it, it takes address space and nothing else.
        let _ = unsafe { rustix::mm::munmap(chunk.as_ptr(), length) };
        return Err(error);
    }
    avoid_huge_pages(chunk, length);
    Ok(chunk)
}

/// Whether so much could be mapped to be written to.
///
/// Where memory is locked as it is mapped (`mlockall`), the kernel fills what is mapped at once, unless nobody may touch it;
/// so this is mapped without access, and gets access when it is not locked any more.
fn try_room(length: usize) -> io::Result<()> {
    let room = map_anonymous(length, ProtFlags::empty())?;
    // SAFETY: this mapping was made just now, with this length, and nothing refers to it. If it cannot be unlocked, the next
    // step takes memory for a moment.
    let _ = unsafe { rustix::mm::munlock(room.as_ptr(), length) };
    let access = MprotectFlags::READ | MprotectFlags::WRITE;
    // SAFETY: as above.
    let outcome = unsafe { rustix::mm::mprotect(room.as_ptr(), length, access) };
    // SAFETY: as above. Should the kernel not unmap it, it takes address space and nothing else.
    let _ = unsafe { rustix::mm::munmap(room.as_ptr(), length) };
    Ok(outcome?)
}

fn map_anonymous(length: usize, protection: ProtFlags) -> io::Result<NonNull<c_void>> {
    #[cfg(target_os = "linux")]
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::STACK;
    #[cfg(not(target_os = "linux"))]
    let flags = MapFlags::PRIVATE;
    // SAFETY: a null hint and no MAP_FIXED: the kernel picks a range that nobody uses.
    let start =
        unsafe { rustix::mm::mmap_anonymous(std::ptr::null_mut(), length, protection, flags)? };
    Ok(NonNull::new(start).expect("mmap without a hint never returns address 0"))
}

/// Huge pages would make a thread cost 2 MiB. A kernel without them refuses the advice, which is as good.
#[cfg(target_os = "linux")]
fn avoid_huge_pages(chunk: NonNull<c_void>, length: usize) {
    let advice = rustix::mm::Advice::LinuxNoHugepage;
    // SAFETY: the range is a mapping that was made just now; the advice does not change its contents.
    let _ = unsafe { rustix::mm::madvise(chunk.as_ptr(), length, advice) };
}

#[cfg(not(target_os = "linux"))]
fn avoid_huge_pages(_chunk: NonNull<c_void>, _length: usize) {}

fn install_guard(bottom: NonNull<c_void>, length: usize, rations: &mut Rations) -> io::Result<()> {
    enter(Call::Guard).map_err(|error| refusal::no_guard(&error))?;
    if guard::tries_marks()? {
        match mark_guard(bottom, length) {
            Ok(()) => {
                guard::note_mark();
                return Ok(());
            }
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => guard::note_no_mark()?,
            Err(error) => return Err(refusal::no_guard(&error)),
        }
    }
    rations.take()?;
    protect_guard(bottom, length).map_err(|error| {
        rations.give_back();
        refusal::no_guard(&error)
    })
}

#[cfg(target_os = "linux")]
fn mark_guard(bottom: NonNull<c_void>, length: usize) -> io::Result<()> {
    // SAFETY: the pages are the lowest of a slot that was never used, in a mapping of ours, and nothing refers to them.
    let outcome = unsafe { libc::madvise(bottom.as_ptr(), length, MADV_GUARD_INSTALL) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(not(target_os = "linux"))]
fn mark_guard(_bottom: NonNull<c_void>, _length: usize) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(libc::EINVAL))
}

fn protect_guard(bottom: NonNull<c_void>, length: usize) -> io::Result<()> {
    // SAFETY: the pages are the lowest of a slot that was never used, in a mapping of ours, and nothing refers to them.
    let outcome = unsafe { rustix::mm::mprotect(bottom.as_ptr(), length, MprotectFlags::empty()) };
    Ok(outcome?)
}

/// What tests do to memory that nothing safe reaches.
#[cfg(test)]
pub(super) mod by_force {
    use std::io::{PipeReader, PipeWriter};
    use std::os::fd::AsRawFd as _;

    use super::*;

    impl Stack {
        /// Fills the lowest `bytes` of the stack that end `depth` below its top.
        pub(in super::super) fn scribble(&mut self, depth: usize, bytes: usize) {
            let slot = self.slot();
            let start = slot.top - depth;
            assert!(start >= slot.limit && bytes <= depth);
            let start = std::ptr::with_exposed_provenance_mut::<u8>(start);
            // SAFETY: it lies between the limit and the top of a stack that nobody else holds.
            unsafe { start.write_bytes(0xa5, bytes) };
        }

        pub(in super::super) fn is_all_zeros(&self) -> bool {
            let Slot { limit, end, .. } = self.slot();
            // SAFETY: the page lies above the guard of a stack that nobody else holds.
            (limit..end)
                .step_by(probe::page_size())
                .all(|page| unsafe { first_word(page) }.is_none())
        }
    }

    /// Whether a byte can be read: the kernel tries.
    pub(in super::super) fn is_readable(address: usize) -> bool {
        let (_reader, writer): (PipeReader, PipeWriter) = io::pipe().expect("a pipe");
        let byte = std::ptr::with_exposed_provenance(address);
        // SAFETY: the kernel looks whether the byte can be read, and fails otherwise.
        let written = unsafe { libc::write(writer.as_raw_fd(), byte, 1) };
        written == 1
    }
}
