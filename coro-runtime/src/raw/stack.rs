//! Memory for stacks: chunks of equal slots, each slot a guard page below its stack.
//!
//! ```text
//!   chunk (one mapping, MAP_NORESERVE)
//!   ┌───────┬──────────────────┬───────┬──────────────────┬─ ...
//!   │ guard │ stack of slot 0  │ guard │ stack of slot 1  │
//!   └───────┴──────────────────┴───────┴──────────────────┴─ ...
//!           ▲ limit       top ▲
//! ```
//!
//! A guard is installed when its slot is first used. Linux 6.13 and later mark it in the page table
//! (`MADV_GUARD_INSTALL`), which costs no mapping; elsewhere it is an `mprotect`, which splits the chunk's mapping
//! and is therefore rationed.
//!
//! **Colouring.** Slots are a power of two plus a page apart, so without more ado all stack tops would fall into
//! few sets of the cache. Each slot's top is lowered by `(slot % 16) × 192` bytes.

#![expect(unsafe_code, reason = "maps, protects and unmaps the memory of the stacks")]

use std::ffi::c_void;
use std::io;
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use corosensei::stack::StackPointer;
use rustix::mm::{Advice, MapFlags, MprotectFlags, ProtFlags};

use crate::probe;
use crate::sys::{Call, enter};

/// The smallest stack in bytes.
pub(crate) const MIN_STACK_SIZE: usize = 16 * 1024;
/// The stack size of a thread that does not ask for one, in bytes of address space.
pub(crate) const DEFAULT_STACK_SIZE: usize = 256 * 1024;

/// How far apart two neighbours' tops are moved, and how many steps there are.
const COLOUR_STEP: usize = 192;
const COLOURS: usize = 16;

/// `MADV_GUARD_INSTALL`, which neither libc nor rustix name yet.
const MADV_GUARD_INSTALL: i32 = 102;

/// One slot's memory, as a stack for corosensei. Whoever holds it owns the slot until it goes back to the pool.
#[derive(Debug)]
pub(crate) struct Stack {
    /// One past the highest usable address.
    top: StackPointer,
    /// The lowest address of the slot, guard included.
    bottom: StackPointer,
    /// The class of the pool that it belongs to.
    pub(super) class: u8,
}

// SAFETY: `top` and `bottom` lie in one slot of a live chunk: `Chunk::open_slot` computes them, and a chunk that has a
// slot out is never unmapped (`Pool::drop`). The slot's guard page lies at its bottom: `Chunk::open_slot` fails unless it
// was installed. At least 16 KiB lie between them, more than `corosensei`'s minimum of 4 KiB.
unsafe impl corosensei::stack::Stack for Stack {
    #[inline(always)]
    fn base(&self) -> StackPointer {
        self.top
    }

    #[inline(always)]
    fn limit(&self) -> StackPointer {
        self.bottom
    }
}

/// A mapping that holds a number of equal slots.
#[derive(Debug)]
pub(crate) struct Chunk {
    start: NonNull<c_void>,
    /// Guard and stack together, in bytes.
    stride: usize,
    slots: u32,
    /// How many slots have been used and so have a guard; slots are opened in order.
    opened: u32,
}

impl Chunk {
    /// Reserves address space for `slots` stacks of `size` bytes each.
    pub(crate) fn map(size: usize, slots: u32) -> io::Result<Chunk> {
        // One page for the guard, one that the colour may take from, so that `size` bytes always remain.
        let stride = size.checked_add(2 * probe::page_size()).ok_or_else(|| too_large(size))?;
        let length = stride.checked_mul(slots as usize).ok_or_else(|| too_large(size))?;
        let start = map_anonymous(length).map_err(|error| no_memory(&error, size, slots))?;
        Ok(Chunk { start, stride, slots, opened: 0 })
    }

    /// The stack of the next slot that was never used; none if all are open. A slot is handed out here only once.
    pub(crate) fn open_slot(&mut self, class: u8) -> io::Result<Option<Stack>> {
        if self.opened == self.slots {
            return Ok(None);
        }
        let slot = self.opened as usize;
        // SAFETY: `slot < slots`, so the offset lies within the mapping that `map` made.
        let bottom = unsafe { self.start.byte_add(slot * self.stride) };
        install_guard(bottom)?;
        self.opened += 1;
        let bottom = bottom.addr();
        let top = bottom.get() + self.stride - (slot % COLOURS) * COLOUR_STEP;
        let top = NonZeroUsize::new(top).expect("the top lies above the bottom");
        Ok(Some(Stack { top, bottom, class }))
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let length = self.stride * self.slots as usize;
        // SAFETY: `map` made this mapping with this length, and nothing else unmaps it. No stack in it is in use:
        // `Pool` drops a chunk only when all its slots are back, and forgets it otherwise.
        let outcome = unsafe { rustix::mm::munmap(self.start.as_ptr(), length) };
        debug_assert!(outcome.is_ok(), "munmap of our own mapping: {outcome:?}");
        if guard_kind() == GuardKind::Mprotect {
            GUARDS.fetch_sub(self.opened as usize, Ordering::Relaxed);
        }
    }
}

fn map_anonymous(length: usize) -> io::Result<NonNull<c_void>> {
    enter(Call::Map)?;
    #[cfg(target_os = "linux")]
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::STACK;
    #[cfg(not(target_os = "linux"))]
    let flags = MapFlags::PRIVATE;
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a null hint and no MAP_FIXED: the kernel picks a range that nobody uses.
    let start =
        unsafe { rustix::mm::mmap_anonymous(std::ptr::null_mut(), length, protection, flags)? };
    #[cfg(target_os = "linux")]
    {
        // Huge pages would make a thread cost 2 MiB. A kernel without them refuses the advice, which is as good.
        // SAFETY: the range is the mapping made above; the advice does not change its contents.
        let _ = unsafe { rustix::mm::madvise(start, length, Advice::LinuxNoHugepage) };
    }
    Ok(NonNull::new(start).expect("mmap without a hint never returns address 0"))
}

/// How guards are made on this machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum GuardKind {
    Madvise,
    Mprotect,
}

/// 0 until probed, then 1 for madvise, 2 for mprotect.
static GUARD_KIND: AtomicU8 = AtomicU8::new(0);
/// How many guards by `mprotect` exist in this process.
static GUARDS: AtomicUsize = AtomicUsize::new(0);

fn guard_kind() -> GuardKind {
    match GUARD_KIND.load(Ordering::Relaxed) {
        1 => GuardKind::Madvise,
        _ => GuardKind::Mprotect,
    }
}

fn install_guard(page: NonNull<c_void>) -> io::Result<()> {
    enter(Call::Guard)?;
    if GUARD_KIND.load(Ordering::Relaxed) != 2 {
        match madvise_guard(page) {
            Ok(()) => {
                GUARD_KIND.store(1, Ordering::Relaxed);
                return Ok(());
            }
            // The kernel does not know the advice: never ask again.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
                GUARD_KIND.store(2, Ordering::Relaxed);
            }
            Err(error) => return Err(error),
        }
    }
    mprotect_guard(page)
}

#[cfg(target_os = "linux")]
fn madvise_guard(page: NonNull<c_void>) -> io::Result<()> {
    // SAFETY: the page is the lowest of a slot that was never used, in a mapping of ours, and nothing refers to it.
    let outcome = unsafe { libc::madvise(page.as_ptr(), probe::page_size(), MADV_GUARD_INSTALL) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(not(target_os = "linux"))]
fn madvise_guard(_page: NonNull<c_void>) -> io::Result<()> {
    let _ = MADV_GUARD_INSTALL;
    Err(io::Error::from_raw_os_error(libc::EINVAL))
}

fn mprotect_guard(page: NonNull<c_void>) -> io::Result<()> {
    let limit = probe::mprotect_guard_limit();
    if GUARDS.fetch_add(1, Ordering::Relaxed) >= limit {
        GUARDS.fetch_sub(1, Ordering::Relaxed);
        return Err(io::Error::new(
            io::ErrorKind::OutOfMemory,
            format!(
                "{limit} guarded stacks exist, 2/5 of the mappings that vm.max_map_count allows; raise it with sysctl -w vm.max_map_count=N"
            ),
        ));
    }
    // SAFETY: the page is the lowest of a slot that was never used, in a mapping of ours, and nothing refers to it.
    let outcome =
        unsafe { rustix::mm::mprotect(page.as_ptr(), probe::page_size(), MprotectFlags::empty()) };
    if let Err(error) = outcome {
        GUARDS.fetch_sub(1, Ordering::Relaxed);
        return Err(io::Error::new(
            io::ErrorKind::OutOfMemory,
            format!(
                "cannot guard a stack: {error}; if the process has many mappings, raise sysctl vm.max_map_count"
            ),
        ));
    }
    Ok(())
}

fn too_large(size: usize) -> io::Error {
    let message = format!("stack of {size} bytes is larger than the address space; ask for less");
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

fn no_memory(error: &io::Error, size: usize, slots: u32) -> io::Error {
    io::Error::new(
        io::ErrorKind::OutOfMemory,
        format!(
            "cannot reserve {slots} stacks of {size} bytes: {error}; use smaller stacks, fewer threads, or raise ulimit -v"
        ),
    )
}
