//! Overflows: the handler that says whose stack did not suffice, and the stack on which it runs (`README.md`, section 6).
//!
//! ```text
//!   interrupted code ── fault ──► on_fault (alternate stack)
//!                                   ├─ in the guard of the stack it ran on ──► message, abort
//!                                   ├─ no room there for a signal's frame ───► message, abort
//!                                   └─ anything else ──► whoever handled the signal before us
//! ```
//!
//! The handler may interrupt anything, so it reads only what is never half written: the table of chunks, whose entries
//! are atomic, and what floor 2 can tell without a lock.

#![expect(unsafe_code, reason = "a signal handler, the handlers before it, and an alternate stack")]

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::{Once, OnceLock};

use corosensei::stack::{MIN_STACK_SIZE, STACK_ALIGNMENT, StackPointer};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};

use super::message::Message;
use super::ranges::{self, Slot};
use crate::probe;
use crate::sys::{Call, enter};

/// The signals that a touched guard may bring: Linux sends the first, others the second.
const SIGNALS: [c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// How far below its stack a frame of code that does not probe may put the stack pointer, and still be told from
/// somebody else who runs there.
const REACH: usize = 8 << 20;

/// What an alternate stack has for handlers, besides what the kernel puts there.
const ROOM: usize = 16 * 1024;

/// What else the kernel may leave free above a signal's frame: the red zone, and what it aligns by.
const GAP: usize = 256;

/// How much of a stack the frame of a signal may take. It is found out before the handler is there, for that may open no
/// file.
static FRAME: OnceLock<usize> = OnceLock::new();

/// Somebody who knows what runs on this OS thread. Both are called by a signal handler, which may have interrupted
/// anything: they neither lock, nor allocate, nor panic.
pub(crate) trait Witness: Sync {
    /// Whether whoever runs has this slot for a stack of its own.
    fn runs_on(&self, slot: Slot) -> bool;

    /// Says whose stack in this slot has overflowed.
    fn accuse(&self, slot: Slot, message: &mut Message);
}

static WITNESS: OnceLock<&'static dyn Witness> = OnceLock::new();

/// What was done about each of the signals before we came.
static PREVIOUS: [OnceLock<libc::sigaction>; 2] = [const { OnceLock::new() }; 2];

/// Installs the handler, once a process.
///
/// Not again if somebody else takes its place: whoever does so may call ours, and would be called by it then.
pub(crate) fn install(witness: &'static dyn Witness) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // It was not set before, for this runs once.
        let _ = WITNESS.set(witness);
        let _ = FRAME.set(kernel_frame().max(libc::MINSIGSTKSZ) + GAP);
        for (signal, previous) in SIGNALS.into_iter().zip(&PREVIOUS) {
            take_over(signal, previous);
        }
    });
}

/// Remembers what is done about `signal`, and puts ours in its place with the same mask and flags, so that the handler
/// before finds the same signals blocked when it is called by ours.
fn take_over(signal: c_int, previous: &OnceLock<libc::sigaction>) {
    let Some(before) = action(signal) else { return };
    let mut ours = before;
    ours.sa_sigaction = on_fault as *const () as libc::sighandler_t;
    ours.sa_flags &= libc::SA_NODEFER | libc::SA_RESTART;
    ours.sa_flags |= libc::SA_SIGINFO | libc::SA_ONSTACK;
    // First this, then ours: the handler finds it there.
    let _ = previous.set(before);
    set_action(signal, &ours);
}

/// What is done about a signal at present.
fn action(signal: c_int) -> Option<libc::sigaction> {
    let mut action = MaybeUninit::uninit();
    // SAFETY: it changes nothing, and writes what it finds to `action`, which has room for it.
    let outcome = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: the call has succeeded, so it has filled it in.
    (outcome == 0).then(|| unsafe { action.assume_init() })
}

fn set_action(signal: c_int, action: &libc::sigaction) {
    // SAFETY: `action` is one that the system has given us, or one with our handler, which keeps the rules of handlers.
    // Nothing of the old one is wanted. It does not fail for a signal that can be handled, and leaves `errno` alone then.
    let outcome = unsafe { libc::sigaction(signal, action, ptr::null_mut()) };
    debug_assert_eq!(outcome, 0, "sigaction for a signal that can be handled");
}

/// The handler. It leaves `errno` as it was: nothing that it calls and returns from sets it.
extern "C" fn on_fault(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a filled-in structure that nobody else has; or whoever calls us passes on what it got.
    let fault = Fault::new(signal, unsafe { &*info }, context);
    match fault.overflowed() {
        Some(slot) => say_and_abort(slot),
        None => pass_on(fault, Arguments(signal, info, context)),
    }
}

/// What a handler is called with.
#[derive(Clone, Copy)]
struct Arguments(c_int, *mut libc::siginfo_t, *mut c_void);

/// What is known of a fault.
#[derive(Clone, Copy, Debug)]
struct Fault {
    /// What the code wanted to touch.
    address: usize,
    /// Where its stack pointer was, if this machine's can be read.
    stack_pointer: Option<usize>,
    /// Somebody has sent the signal; no instruction brought it about.
    was_sent: bool,
    /// The kernel itself could not go on: it found no room for the frame of another signal, whose handler asks for no
    /// alternate stack, or, which looks the same, could not return from a handler.
    had_no_room: bool,
}

impl Fault {
    fn new(signal: c_int, info: &libc::siginfo_t, context: *mut c_void) -> Fault {
        // SAFETY: the signal is one of those that come with an address. One that was sent has something else there, a
        // number as well, and it is not used.
        let address = unsafe { info.si_addr() }.addr();
        // Linux has 0 and below for what processes send, others what does not fit into 16 bits.
        let was_sent = !(1..0x1_0000).contains(&info.si_code);
        let had_no_room = signal == libc::SIGSEGV && is_of_kernel(info, context) && address == 0;
        Fault { address, stack_pointer: stack_pointer(context), was_sent, had_no_room }
    }

    /// The stack that has overflowed, if that is what happened.
    fn overflowed(&self) -> Option<Slot> {
        if self.was_sent {
            return None;
        }
        if self.had_no_room {
            return self.stack_pointer.and_then(without_room);
        }
        let slot = ranges::find(self.address).filter(|slot| self.address < slot.limit)?;
        self.came_from(slot).then_some(slot)
    }

    /// Whether the code ran on the stack in `slot`, as opposed to code that touched somebody else's guard.
    ///
    /// A frame that is made in steps of a page (as Rust's are) or by a push has its stack pointer in the slot still. A large one
    /// of code that does not probe has it beyond, perhaps in a neighbour's slot; then the witness must decide.
    fn came_from(&self, slot: Slot) -> bool {
        match self.stack_pointer {
            Some(pointer) if slot.contains(pointer) => true,
            Some(pointer) if slot.bottom.saturating_sub(pointer) > REACH => false,
            Some(pointer) if pointer > self.address => false,
            Some(_) => WITNESS.get().is_some_and(|witness| witness.runs_on(slot)),
            None => true,
        }
    }
}

/// The stack in which this stack pointer lies, if a signal's frame may be too large for what is left of it.
fn without_room(pointer: usize) -> Option<Slot> {
    let frame = *FRAME.get()?;
    ranges::find(pointer).filter(|slot| pointer.saturating_sub(slot.limit) < frame)
}

/// Whether the kernel tells of something that it did itself. It uses the same code for an address that no memory can have;
/// where it says so, that is left out. It says so of the last fault of the OS thread, so a signal without room is missed if
/// that was such an address and somebody has mended it.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_of_kernel(info: &libc::siginfo_t, context: *mut c_void) -> bool {
    info.si_code == libc::SI_KERNEL && !is_of_instruction(context)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_of_kernel(_info: &libc::siginfo_t, _context: *mut c_void) -> bool {
    false
}

#[cfg(all(any(target_os = "linux", target_os = "android"), target_arch = "x86_64"))]
fn is_of_instruction(context: *mut c_void) -> bool {
    /// The processor's number for what brings such an address about.
    const GENERAL_PROTECTION: i64 = 13;
    let trap = |context: &libc::ucontext_t| context.uc_mcontext.gregs[libc::REG_TRAPNO as usize];
    interrupted(context).is_some_and(|context| trap(context) == GENERAL_PROTECTION)
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(target_arch = "x86_64")))]
fn is_of_instruction(_context: *mut c_void) -> bool {
    false
}

/// The stack pointer of the interrupted code.
fn stack_pointer(context: *mut c_void) -> Option<usize> {
    interrupted(context).and_then(pointer_of)
}

/// What the interrupted code had in its registers, if the handler was told.
fn interrupted<'a>(context: *mut c_void) -> Option<&'a libc::ucontext_t> {
    // SAFETY: the third argument of a handler with `SA_SIGINFO` points at this structure, which stays until the handler
    // returns; or whoever calls us for the kernel passes null.
    unsafe { context.cast::<libc::ucontext_t>().as_ref() }
}

#[cfg(all(any(target_os = "linux", target_os = "android"), target_arch = "x86_64"))]
fn pointer_of(context: &libc::ucontext_t) -> Option<usize> {
    Some(context.uc_mcontext.gregs[libc::REG_RSP as usize] as usize)
}

#[cfg(all(any(target_os = "linux", target_os = "android"), target_arch = "aarch64"))]
fn pointer_of(context: &libc::ucontext_t) -> Option<usize> {
    Some(context.uc_mcontext.sp as usize)
}

#[cfg(all(target_vendor = "apple", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn pointer_of(context: &libc::ucontext_t) -> Option<usize> {
    // SAFETY: null or the machine's part of the context, which lies beside it.
    let machine = unsafe { context.uc_mcontext.as_ref() }?;
    #[cfg(target_arch = "x86_64")]
    let pointer = machine.__ss.__rsp;
    #[cfg(target_arch = "aarch64")]
    let pointer = machine.__ss.__sp;
    Some(pointer as usize)
}

#[cfg(all(target_os = "freebsd", target_arch = "x86_64"))]
fn pointer_of(context: &libc::ucontext_t) -> Option<usize> {
    Some(context.uc_mcontext.mc_rsp as usize)
}

#[cfg(all(target_os = "freebsd", target_arch = "aarch64"))]
fn pointer_of(context: &libc::ucontext_t) -> Option<usize> {
    Some(context.uc_mcontext.mc_gpregs.gp_sp as usize)
}

#[cfg(not(any(
    all(
        any(target_os = "linux", target_os = "android", target_os = "freebsd"),
        any(target_arch = "x86_64", target_arch = "aarch64")
    ),
    all(target_vendor = "apple", any(target_arch = "x86_64", target_arch = "aarch64"))
)))]
fn pointer_of(_context: &libc::ucontext_t) -> Option<usize> {
    None
}

/// Says whose stack has overflowed, in the words of std, and ends the process. It is a function of its own so that its frame is
/// not there when a fault is passed on: alternate stacks are small.
#[inline(never)]
fn say_and_abort(slot: Slot) -> ! {
    let mut message = Message::new();
    message.text("\n");
    if let Some(witness) = WITNESS.get() {
        witness.accuse(slot, &mut message);
    }
    message.text("\nfatal runtime error: stack overflow, aborting\n");
    message.send();
    std::process::abort();
}

/// Does what would have been done if we were not there.
#[inline(never)]
fn pass_on(fault: Fault, arguments: Arguments) {
    let signal = arguments.0;
    let slot = SIGNALS.iter().position(|&known| known == signal);
    let Some(previous) = slot.and_then(|slot| PREVIOUS[slot].get()) else { return };
    match previous.sa_sigaction {
        libc::SIG_IGN if fault.was_sent => {}
        // No instruction is repeated. What the kernel itself sends cannot be ignored.
        libc::SIG_DFL | libc::SIG_IGN if fault.was_sent || fault.had_no_room => {
            set_action(signal, &libc::sigaction { sa_sigaction: libc::SIG_DFL, ..*previous });
            // SAFETY: it takes a number. The signal is blocked until the handler returns, and comes then.
            unsafe { libc::raise(signal) };
        }
        // The instruction is repeated, faults again, and the kernel deals with it.
        libc::SIG_DFL | libc::SIG_IGN => set_action(signal, previous),
        _ => {
            if previous.sa_flags & libc::SA_RESETHAND != 0 {
                set_action(signal, &libc::sigaction { sa_sigaction: libc::SIG_DFL, ..*previous });
            }
            match fault.stack_pointer {
                Some(pointer) if must_move(previous, pointer) => {
                    call_below(pointer, || call(previous, arguments));
                }
                _ => call(previous, arguments),
            }
        }
    }
}

type OfThree = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
type OfOne = extern "C" fn(c_int);

/// Calls a handler as the kernel would.
fn call(previous: &libc::sigaction, Arguments(signal, info, context): Arguments) {
    let handler = previous.sa_sigaction as *const ();
    if previous.sa_flags & libc::SA_SIGINFO == 0 {
        // SAFETY: neither of the two special values, so it is a function; without the flag it takes the number alone.
        let handler = unsafe { std::mem::transmute::<*const (), OfOne>(handler) };
        handler(signal);
    } else {
        // SAFETY: neither of the two special values, so it is a function; with the flag it takes these three.
        let handler = unsafe { std::mem::transmute::<*const (), OfThree>(handler) };
        handler(signal, info, context);
    }
}

/// Whether the handler before would have run on the interrupted stack, and this one runs on the alternate one. It may need
/// more room than there is.
fn must_move(previous: &libc::sigaction, interrupted: usize) -> bool {
    let is_elsewhere = |stack: libc::stack_t| {
        let low = stack.ss_sp.addr();
        stack.ss_flags & libc::SS_ONSTACK != 0 && !(low..low + stack.ss_size).contains(&interrupted)
    };
    previous.sa_flags & libc::SA_ONSTACK == 0 && current().is_some_and(is_elsewhere)
}

/// Runs `f` on the interrupted stack, as the kernel would, below what the interrupted code has there.
fn call_below(interrupted: usize, f: impl FnOnce()) {
    corosensei::on_stack(Interrupted::below(interrupted), || {
        // What the kernel has put on the alternate stack is needed for the return: no other signal may begin there. If the
        // handler never returns, it stays disabled until the next loop on this OS thread.
        let alternate = current().filter(|stack| stack.ss_flags & libc::SS_DISABLE == 0);
        if let Some(stack) = alternate {
            set(&libc::stack_t { ss_flags: libc::SS_DISABLE, ..stack });
        }
        f();
        if let Some(stack) = alternate {
            set(&stack);
        }
    });
}

/// What is left of an interrupted stack.
struct Interrupted {
    top: StackPointer,
}

impl Interrupted {
    fn below(pointer: usize) -> Interrupted {
        // On some platforms code may use what lies below its stack pointer, 128 bytes at the most.
        let top = (pointer - 128) & !(STACK_ALIGNMENT - 1);
        Interrupted { top: StackPointer::new(top).expect("code has run on this stack") }
    }
}

// SAFETY: nobody else writes below the stack pointer of code that is interrupted; what is put there is gone when that
// goes on. The top is aligned. Whether there is room, and a guard below, nobody knows: it is the stack that the kernel would
// have taken for the handler, which vouches as little, and a fault there ends the process, as it would have then.
unsafe impl corosensei::stack::Stack for Interrupted {
    fn base(&self) -> StackPointer {
        self.top
    }

    fn limit(&self) -> StackPointer {
        StackPointer::new(self.top.get() - MIN_STACK_SIZE)
            .expect("a stack does not begin at address 0")
    }
}

/// Writes what std would call the OS thread that runs.
pub(crate) fn name_os_thread(message: &mut Message) {
    let mut name = [0_u8; 64];
    let known = os::name_of_thread(&mut name);
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    match known {
        true if end > 0 => {
            message.text("'");
            message.bytes(&name[..end]);
            message.text("'");
        }
        _ => message.text("<unknown>"),
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod os {
    /// Writes the name with a zero behind it; false if there is none.
    pub(super) fn name_of_thread(name: &mut [u8; 64]) -> bool {
        // SAFETY: it reads a number of this process.
        let process = unsafe { libc::getpid() };
        // SAFETY: it reads a number of this OS thread.
        let thread = unsafe { libc::gettid() };
        if process == thread {
            // The kernel has the program's name for it.
            name[..4].copy_from_slice(b"main");
            return true;
        }
        // SAFETY: it writes 16 bytes at most, a zero last, to an array that is longer.
        unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) == 0 }
    }
}

#[cfg(target_vendor = "apple")]
mod os {
    /// Writes the name with a zero behind it; false if there is none.
    pub(super) fn name_of_thread(name: &mut [u8; 64]) -> bool {
        // SAFETY: it asks about the calling OS thread.
        if unsafe { libc::pthread_main_np() } == 1 {
            name[..4].copy_from_slice(b"main");
            return true;
        }
        // SAFETY: it names the calling OS thread.
        let thread = unsafe { libc::pthread_self() };
        // SAFETY: the OS thread lives, and the array has the length that is told.
        unsafe { libc::pthread_getname_np(thread, name.as_mut_ptr().cast(), name.len()) == 0 }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod os {
    pub(super) fn name_of_thread(_name: &mut [u8; 64]) -> bool {
        false
    }
}

/// The alternate stack that an OS thread gets from us, if it has none. It is made and dropped on that OS thread.
#[derive(Debug)]
pub(crate) struct AlternateStack {
    /// The lowest address and the length of the mapping, whose first page is a guard; made by `map`, and unmapped by
    /// `drop` alone.
    mapping: Cell<Option<(NonNull<c_void>, usize)>>,
}

impl AlternateStack {
    pub(crate) const fn none() -> AlternateStack {
        AlternateStack { mapping: Cell::new(None) }
    }

    /// Sees to it that this OS thread has an alternate stack, its own or this one. If no memory can be had it has none, and an
    /// overflow ends the process without a word.
    pub(crate) fn ensure(&self) {
        let is_missing = current().is_some_and(|stack| stack.ss_flags & libc::SS_DISABLE != 0);
        if !is_missing {
            return;
        }
        if self.mapping.get().is_none() {
            self.mapping.set(map().ok());
        }
        if let Some((start, length)) = self.mapping.get() {
            set(&libc::stack_t { ss_sp: start.as_ptr(), ss_flags: 0, ss_size: length });
        }
    }
}

impl Drop for AlternateStack {
    fn drop(&mut self) {
        let Some((start, length)) = self.mapping.get() else { return };
        match current() {
            // Somebody who ends this OS thread in a signal handler runs on it.
            Some(stack) if stack.ss_flags & libc::SS_ONSTACK != 0 => return,
            Some(stack) if stack.ss_sp == start.as_ptr() => {
                let none = libc::stack_t {
                    ss_sp: ptr::null_mut(),
                    ss_flags: libc::SS_DISABLE,
                    // Some systems want a size that would do.
                    ss_size: length,
                };
                set(&none);
            }
            Some(_) => {}
            None => return,
        }
        // SAFETY: `map` has made the mapping, with this length, and this is the only place that unmaps it. It is no
        // OS thread's alternate stack any more: it was this one's alone, and is not now.
        let outcome = unsafe { rustix::mm::munmap(start.as_ptr(), length) };
        debug_assert!(outcome.is_ok(), "munmap of our own mapping: {outcome:?}");
    }
}

/// The alternate stack of this OS thread.
fn current() -> Option<libc::stack_t> {
    let mut stack = MaybeUninit::uninit();
    // SAFETY: it changes nothing, and writes what it finds to `stack`, which has room for it.
    let outcome = unsafe { libc::sigaltstack(ptr::null(), stack.as_mut_ptr()) };
    // SAFETY: the call has succeeded, so it has filled it in.
    (outcome == 0).then(|| unsafe { stack.assume_init() })
}

fn set(stack: &libc::stack_t) {
    // SAFETY: either it takes the alternate stack away, or the memory is a mapping that stays until the stack was taken
    // away (`Drop`), and that nobody else uses.
    let outcome = unsafe { libc::sigaltstack(stack, ptr::null_mut()) };
    debug_assert_eq!(outcome, 0, "sigaltstack with enough memory, outside of it");
}

/// Memory for an alternate stack, with a guard page at its low end.
fn map() -> io::Result<(NonNull<c_void>, usize)> {
    enter(Call::Map)?;
    let page = probe::page_size();
    let length = (page + kernel_frame().max(libc::SIGSTKSZ) + ROOM).next_multiple_of(page);
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a null hint and no MAP_FIXED: the kernel picks a range that nobody uses.
    let start = unsafe {
        rustix::mm::mmap_anonymous(ptr::null_mut(), length, protection, MapFlags::PRIVATE)?
    };
    // SAFETY: the page is the lowest of the mapping made above, and nothing refers to it.
    let guarded = unsafe { rustix::mm::mprotect(start, page, MprotectFlags::empty()) };
    // Without a guard, it is as good as other alternate stacks are.
    let _ = guarded;
    Ok((NonNull::new(start).expect("mmap without a hint never returns address 0"), length))
}

/// How many bytes the kernel needs at most for a signal's context: with large vector registers, more than `SIGSTKSZ` says.
fn kernel_frame() -> usize {
    #[cfg(target_os = "linux")]
    {
        rustix::param::linux_minsigstksz()
    }
    #[cfg(not(target_os = "linux"))]
    {
        0
    }
}
