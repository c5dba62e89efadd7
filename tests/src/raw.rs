//! What tests do by address, or as no Rust program should: writes where nobody may write, signal handlers, OS threads
//! that std knows nothing of.
//!
//! What needs many such writes does them in forked copies of the process, so that the process itself lives on and can try the
//! next address.

#![expect(
    unsafe_code,
    reason = "forks, writes to any address, handles signals, watches allocations"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::process::{Pid, WaitOptions, waitpid};

use crate::children;

/// Writes a byte to `address` in a forked child; says which signal ended the child, and none if it could write. A child that
/// hangs in a handler is ended by SIGALRM.
///
/// The child does nothing else, so the process may have any number of threads.
///
/// # Errors
/// Those of `fork` and `waitpid`.
///
/// # Panics
/// Only if `waitpid` returns before the child has ended, which it does not.
pub fn write_in_a_child(address: usize) -> io::Result<Option<i32>> {
    // SAFETY: a child of a process with several OS threads may call only what a signal handler may: this one calls
    // `alarm`, writes a byte and calls `_exit`.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        write_and_exit(address);
    }
    let Some(child) = Pid::from_raw(pid).filter(|_| pid > 0) else {
        return Err(io::Error::last_os_error());
    };
    let ended = waitpid(Some(child), WaitOptions::empty())?;
    let (_, status) = ended.expect("a wait that may block returns when the child has ended");
    Ok(status.terminating_signal())
}

fn write_and_exit(address: usize) -> ! {
    // SAFETY: it takes a number of seconds. Nobody handles the signal, so it ends the child.
    unsafe { libc::alarm(children::LIMIT.as_secs() as u32) };
    let byte = ptr::with_exposed_provenance_mut::<u8>(address);
    // SAFETY: a volatile write may go to memory that belongs to no allocation of the language, as a guard does, and may
    // trap there. Should it hit an allocation, it hits the child's own copy, and the child reads nothing of it again.
    unsafe { byte.write_volatile(1) };
    // SAFETY: it takes a number and does not return.
    unsafe { libc::_exit(0) }
}

/// Runs `f` on an OS thread that std knows nothing of, and waits for its end.
///
/// # Panics
/// If the system has no OS thread to give.
pub fn on_raw_os_thread<F: FnOnce() + Send + 'static>(f: F) {
    extern "C" fn start(f: *mut c_void) -> *mut c_void {
        // SAFETY: the pointer is the one below, from `Box::into_raw`, and this is the only one to take it back.
        let f = unsafe { Box::from_raw(f.cast::<Box<dyn FnOnce() + Send>>()) };
        f();
        ptr::null_mut()
    }
    let boxed: Box<Box<dyn FnOnce() + Send>> = Box::new(Box::new(f));
    let mut thread = MaybeUninit::uninit();
    let argument = Box::into_raw(boxed).cast();
    // SAFETY: there is room for the result, no attributes are asked for, and `start` takes what it is given here.
    let outcome =
        unsafe { libc::pthread_create(thread.as_mut_ptr(), ptr::null(), start, argument) };
    assert_eq!(outcome, 0, "an OS thread can be made");
    // SAFETY: the call has succeeded, so it has filled it in.
    let thread = unsafe { thread.assume_init() };
    // SAFETY: the OS thread was made here and is joined here, once.
    let outcome = unsafe { libc::pthread_join(thread, ptr::null_mut()) };
    assert_eq!(outcome, 0, "an OS thread can be joined");
}

/// The last page that [`forbidden_page`] has made.
static FORBIDDEN: AtomicUsize = AtomicUsize::new(0);

/// A page that nobody may touch, until a handler [mends](Foreign::Mend) it. It is never unmapped.
///
/// # Panics
/// If there is no memory.
#[must_use]
pub fn forbidden_page() -> usize {
    // SAFETY: a null hint and no MAP_FIXED: the kernel picks a range that nobody uses.
    let page = unsafe {
        rustix::mm::mmap_anonymous(
            ptr::null_mut(),
            rustix::param::page_size(),
            rustix::mm::ProtFlags::empty(),
            rustix::mm::MapFlags::PRIVATE,
        )
    };
    let page = page.expect("there is memory for a page").expose_provenance();
    FORBIDDEN.store(page, Ordering::Relaxed);
    page
}

/// Whether the kernel can read a byte at `address`.
fn is_readable(address: usize) -> bool {
    let (_reader, writer) = io::pipe().expect("a process can open a pipe");
    let byte = ptr::with_exposed_provenance::<c_void>(address);
    // SAFETY: the kernel looks whether it may read the byte, and says so if not.
    let written = unsafe { libc::write(writer.as_raw_fd(), byte, 1) };
    written == 1
}

/// Writes a byte to `address`, which nobody may touch, as a wild pointer would.
///
/// # Panics
/// If the address can be read: something lies there.
pub fn fault_at(address: usize) {
    assert!(!is_readable(address), "{address:#x} can be touched");
    // SAFETY: a volatile write may go to memory that belongs to no allocation of the language, and may trap there. It does:
    // nobody may touch it. A handler that changes this does so for a page that is nobody's.
    unsafe { ptr::with_exposed_provenance_mut::<u8>(address).write_volatile(1) };
}

/// Writes a byte to `address`, which nobody may touch, with the stack pointer `below` bytes beneath it: as C code does that
/// makes a large frame without looking whether there is room.
///
/// # Panics
/// If the address can be read: something lies there.
#[cfg(target_arch = "x86_64")]
pub fn fault_from_large_frame(address: usize, below: usize) {
    assert!(!is_readable(address), "{address:#x} can be touched");
    let pointer = address - below;
    // SAFETY: nothing is pushed or popped while the stack pointer is elsewhere, and it is what it was behind that. The write
    // traps, as in `fault_at`.
    unsafe {
        std::arch::asm!(
            "mov {saved}, rsp",
            "mov rsp, {pointer}",
            "mov byte ptr [{address}], 1",
            "mov rsp, {saved}",
            saved = out(reg) _,
            pointer = in(reg) pointer,
            address = in(reg) address,
        );
    }
}

/// By which register an instruction reaches memory.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub enum Through {
    /// One that may hold anything.
    Any,
    /// The frame pointer: what brings SIGSEGV through others brings SIGBUS, if no memory can have such an address.
    FramePointer,
    /// The stack pointer: the same.
    StackPointer,
}

/// Writes a byte to `address`, which nobody may touch, through a register; a handler that returns may not touch it either.
///
/// # Panics
/// If the address can be read: something lies there.
#[cfg(target_arch = "x86_64")]
pub fn fault_through(register: Through, address: usize) {
    use std::arch::asm;
    assert!(!is_readable(address), "{address:#x} can be touched");
    match register {
        // SAFETY: the write traps, as in `fault_at`.
        Through::Any => unsafe { asm!("mov byte ptr [{}], 1", in(reg) address) },
        // SAFETY: the same; nothing uses the register meanwhile, and it is what it was behind that.
        Through::FramePointer => unsafe {
            asm!(
                "xchg rbp, {address}",
                "mov byte ptr [rbp], 1",
                "xchg rbp, {address}",
                address = inout(reg) address => _,
            );
        },
        // SAFETY: the same; nothing is pushed or popped meanwhile.
        Through::StackPointer => unsafe {
            asm!(
                "xchg rsp, {address}",
                "mov byte ptr [rsp], 1",
                "xchg rsp, {address}",
                address = inout(reg) address => _,
            );
        },
    }
}

/// Sees to it that nobody may touch the page in which `address` lies. It must be unused: of a stack, far below what its thread
/// will ever reach.
///
/// # Panics
/// If the system refuses it.
pub fn forbid_page_of(address: usize) {
    let length = rustix::param::page_size();
    let page = ptr::with_exposed_provenance_mut(address & !(length - 1));
    // SAFETY: it takes access away from a page that nobody uses, or else ends the process.
    let outcome = unsafe { rustix::mm::mprotect(page, length, rustix::mm::MprotectFlags::empty()) };
    outcome.expect("access can be taken away");
}

/// Puts an empty file where nobody may touch anything: whoever does gets SIGBUS instead of SIGSEGV.
///
/// # Panics
/// If something can be touched there, or there is no memory.
#[cfg(target_os = "linux")]
pub fn put_empty_file_at(range: &Range<usize>) {
    use rustix::mm::{MapFlags, ProtFlags};
    for page in range.clone().step_by(rustix::param::page_size()) {
        assert!(!is_readable(page), "{page:#x} can be touched");
    }
    let file = rustix::fs::memfd_create(c"empty", rustix::fs::MemfdFlags::CLOEXEC);
    let file = file.expect("there is memory for an empty file");
    let start = ptr::with_exposed_provenance_mut(range.start);
    let access = ProtFlags::READ | ProtFlags::WRITE;
    let flags = MapFlags::PRIVATE | MapFlags::FIXED;
    // SAFETY: what it takes the place of is memory that nobody can use, in which nothing lies.
    let outcome = unsafe { rustix::mm::mmap(start, range.len(), access, flags, file, 0) };
    outcome.expect("there is memory for a mapping");
}

/// What a foreign handler does about SIGSEGV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// It says what it got, and ends the process with the code 3.
    Tell,
    /// The same, but it takes the number of the signal alone.
    TellNumber,
    /// The same, and it uses much of the stack.
    TellFromDeep,
    /// It says that it was called, and lets the instruction be repeated.
    Note,
    /// It makes the last forbidden page one that can be touched; other faults are for the handler before.
    Mend,
    /// The same, and meanwhile a signal comes whose handler runs on the alternate stack.
    MendDisturbed,
    /// It says that it was called, and passes on to the handler before.
    PassOn,
    /// The same, but it does not pass on what was interrupted.
    PassOnBare,
    /// It does what [`go_on_with`] was told, and never returns: as if it were left by `siglongjmp`.
    GoOn,
}

/// What the handler that never returns does.
static REST: OnceLock<fn()> = OnceLock::new();

/// Tells the handler that never returns what to do.
///
/// # Panics
/// If it was called before.
pub fn go_on_with(rest: fn()) {
    assert!(REST.set(rest).is_ok(), "a handler goes on with one function");
}

/// What was done about SIGSEGV before the foreign handler came.
static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

/// How many faults the foreign handler has mended.
pub static MENDED: AtomicUsize = AtomicUsize::new(0);

/// Installs a foreign handler for SIGSEGV with these flags, during which SIGUSR1 is blocked.
///
/// # Panics
/// If it was called before.
pub fn install_foreign(foreign: Foreign, flags: i32) {
    let handler = match foreign {
        Foreign::Tell => tell as *const (),
        Foreign::TellNumber => tell_number as *const (),
        Foreign::TellFromDeep => tell_from_deep as *const (),
        Foreign::Note => note as *const (),
        Foreign::Mend => mend as *const (),
        Foreign::MendDisturbed => mend_disturbed as *const (),
        Foreign::PassOn => note_and_pass_on as *const (),
        Foreign::PassOnBare => note_and_pass_on_bare as *const (),
        Foreign::GoOn => go_on as *const (),
    };
    let wants_all = if foreign == Foreign::TellNumber { 0 } else { libc::SA_SIGINFO };
    if foreign == Foreign::MendDisturbed {
        set_action(libc::SIGUSR2, scribble as *const () as usize, libc::SA_ONSTACK);
    }
    let before = set_action(libc::SIGSEGV, handler as usize, wants_all | flags);
    assert!(BEFORE.set(before).is_ok(), "one foreign handler is installed");
}

/// Lets the system deal with SIGSEGV, or ignore it, and says goodbye to whatever handler there was.
pub fn forget_handler(ignore: bool) {
    set_action(libc::SIGSEGV, if ignore { libc::SIG_IGN } else { libc::SIG_DFL }, 0);
}

/// Calls `f` in a handler of SIGUSR1 with these flags, and returns when that has returned.
///
/// # Panics
/// If it was called before.
pub fn in_a_handler(flags: i32, f: fn()) {
    static WHAT: OnceLock<fn()> = OnceLock::new();
    extern "C" fn handle(_signal: c_int) {
        WHAT.get().expect("it was set before the signal came")();
    }
    assert!(WHAT.set(f).is_ok(), "one function is called in a handler");
    set_action(libc::SIGUSR1, handle as *const () as usize, flags);
    send(libc::SIGUSR1);
}

/// Returns from a handler in a way that the kernel refuses: it sends SIGSEGV then, for which no instruction is to blame.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub fn return_badly_from_a_handler() {
    extern "C" fn handle(_signal: c_int, _info: *mut libc::siginfo_t, context: *mut c_void) {
        // SAFETY: the kernel passes this structure, and nobody else looks at it before the handler has returned.
        let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
        // No process has memory there.
        context.uc_mcontext.fpregs = ptr::without_provenance_mut(usize::MAX & !0x3f);
    }
    set_action(libc::SIGUSR1, handle as *const () as usize, libc::SA_SIGINFO);
    send(libc::SIGUSR1);
}

/// Sees to it that SIGUSR1 does nothing, by a handler that runs on whatever stack the signal finds.
pub fn handle_by_nothing() {
    extern "C" fn handle(_signal: c_int) {}
    set_action(libc::SIGUSR1, handle as *const () as usize, 0);
}

/// Sends a signal to this OS thread.
pub fn send(signal: i32) {
    // SAFETY: it takes a number; handlers are the business of whoever has installed them.
    unsafe { libc::raise(signal) };
}

/// Sends a signal to this OS thread that says `address` where the kernel says which address was touched.
///
/// # Panics
/// If the system refuses it.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub fn send_with_address(signal: i32, address: usize) {
    /// What the kernel takes for a `siginfo_t`.
    #[repr(C)]
    struct Info {
        signal: c_int,
        errno: c_int,
        code: c_int,
        gap: c_int,
        address: usize,
        rest: [usize; 13],
    }
    const { assert!(size_of::<Info>() == size_of::<libc::siginfo_t>()) };
    let info = Info { signal, errno: 0, code: libc::SI_QUEUE, gap: 0, address, rest: [0; 13] };
    // SAFETY: it reads a number of this process.
    let process = unsafe { libc::getpid() };
    // SAFETY: it reads a number of this OS thread.
    let thread = unsafe { libc::gettid() };
    let info = &raw const info;
    // SAFETY: the call takes these arguments, and reads the structure, which has the size and the place of the code right.
    let sent = unsafe { libc::syscall(libc::SYS_rt_tgsigqueueinfo, process, thread, signal, info) };
    assert_eq!(sent, 0, "a process may send itself what it likes");
}

fn set_action(signal: c_int, handler: usize, flags: c_int) -> libc::sigaction {
    let mut mask = MaybeUninit::uninit();
    // SAFETY: it fills in the set, for which there is room.
    unsafe { libc::sigemptyset(mask.as_mut_ptr()) };
    // SAFETY: the set was filled in above.
    unsafe { libc::sigaddset(mask.as_mut_ptr(), libc::SIGUSR1) };
    let action = libc::sigaction {
        sa_sigaction: handler,
        // SAFETY: the set was filled in above.
        sa_mask: unsafe { mask.assume_init() },
        sa_flags: flags,
        sa_restorer: None,
    };
    let mut before = MaybeUninit::uninit();
    // SAFETY: the handler is one of those below, with the flag that fits it, or a special value; there is room for the result.
    let outcome = unsafe { libc::sigaction(signal, &action, before.as_mut_ptr()) };
    assert_eq!(outcome, 0, "the signal can be handled");
    // SAFETY: the call has succeeded, so it has filled it in.
    unsafe { before.assume_init() }
}

extern "C" fn tell(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a filled-in structure, or whoever calls this passes it on.
    let info = unsafe { &*info };
    // SAFETY: the signal is one of those that come with an address.
    let address = unsafe { info.si_addr() }.addr();
    say(&format!("foreign: signal {signal} at {address:#x}, context {}\n", !context.is_null()));
    say(&format!("foreign: blocked {:?}\n", [libc::SIGSEGV, libc::SIGUSR1].map(is_blocked)));
    leave();
}

extern "C" fn tell_number(signal: c_int) {
    say(&format!("foreign: signal {signal}\n"));
    leave();
}

extern "C" fn tell_from_deep(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let room = std::hint::black_box([1_u8; 100 * 1024]);
    if room.iter().all(|&byte| byte == 1) {
        tell(signal, info, context);
    }
}

extern "C" fn note(signal: c_int, _info: *mut libc::siginfo_t, _context: *mut c_void) {
    say(&format!("foreign: signal {signal}, once more\n"));
}

extern "C" fn mend(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a filled-in structure, or whoever calls this passes it on.
    let info_there = unsafe { &*info };
    // SAFETY: the signal is one of those that come with an address.
    let page = unsafe { info_there.si_addr() };
    let access = rustix::mm::MprotectFlags::READ | rustix::mm::MprotectFlags::WRITE;
    let is_forbidden = page.addr() == FORBIDDEN.load(Ordering::Relaxed);
    // SAFETY: it gives access to a page of `forbidden_page`, and takes none away.
    let mended = is_forbidden
        && unsafe { rustix::mm::mprotect(page, rustix::param::page_size(), access) }.is_ok();
    if mended {
        MENDED.fetch_add(1, Ordering::Relaxed);
    } else {
        pass_on(signal, info, context);
    }
}

extern "C" fn mend_disturbed(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    send(libc::SIGUSR2);
    mend(signal, info, context);
}

/// Leaves nothing as it was in the next bytes of the stack it runs on.
extern "C" fn scribble(_signal: c_int) {
    std::hint::black_box([0xa5_u8; 2048]);
}

extern "C" fn note_and_pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    say("foreign: passed on\n");
    pass_on(signal, info, context);
}

extern "C" fn note_and_pass_on_bare(
    signal: c_int,
    info: *mut libc::siginfo_t,
    _context: *mut c_void,
) {
    say("foreign: passed on\n");
    pass_on(signal, info, ptr::null_mut());
}

extern "C" fn go_on(_signal: c_int, _info: *mut libc::siginfo_t, _context: *mut c_void) {
    REST.get().expect("the handler was told what to do")();
    leave();
}

/// Calls the handler before, which must be one that takes three arguments.
fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let before = BEFORE.get().expect("the foreign handler was installed");
    assert!(before.sa_flags & libc::SA_SIGINFO != 0);
    let handler = before.sa_sigaction as *const ();
    // SAFETY: with this flag it is a function that takes these three.
    let handler = unsafe {
        std::mem::transmute::<*const (), extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void)>(
            handler,
        )
    };
    handler(signal, info, context);
}

fn is_blocked(signal: c_int) -> bool {
    let mut mask = MaybeUninit::uninit();
    // SAFETY: it changes nothing, and fills in the set, for which there is room.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), mask.as_mut_ptr()) };
    // SAFETY: the set was filled in above.
    unsafe { libc::sigismember(mask.as_ptr(), signal) == 1 }
}

fn say(text: &str) {
    // Nobody can be told of an error.
    let _ = rustix::io::write(rustix::stdio::stderr(), text.as_bytes());
}

fn leave() -> ! {
    // SAFETY: it takes a number and does not return.
    unsafe { libc::_exit(3) }
}

/// The system's allocator, which tells of every allocation after [`forbid_allocations`].
#[derive(Debug)]
pub struct Watched;

static IS_FORBIDDEN: AtomicBool = AtomicBool::new(false);

/// From here on, whoever allocates is told of on standard error, if the process has [`Watched`] for its allocator.
pub fn forbid_allocations() {
    IS_FORBIDDEN.store(true, Ordering::Relaxed);
}

// SAFETY: it does what the system's allocator does, and neither panics nor allocates besides.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if IS_FORBIDDEN.load(Ordering::Relaxed) {
            say("an allocation\n");
        }
        // SAFETY: whoever calls this keeps the same contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: whoever calls this keeps the same contract, and the memory came from the same allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The alternate stack of this OS thread: its lowest address, or none.
#[must_use]
pub fn alternate_stack() -> Option<usize> {
    let mut stack = MaybeUninit::uninit();
    // SAFETY: it changes nothing, and fills in the structure, for which there is room.
    unsafe { libc::sigaltstack(ptr::null(), stack.as_mut_ptr()) };
    // SAFETY: it was filled in above.
    let stack = unsafe { stack.assume_init() };
    (stack.ss_flags & libc::SS_DISABLE == 0).then(|| stack.ss_sp.addr())
}

/// Gives this OS thread an alternate stack of its own, for ever; its lowest address.
///
/// # Panics
/// If the system refuses it.
pub fn take_alternate_stack() -> usize {
    let memory = Box::leak(vec![0_u8; 64 * 1024].into_boxed_slice());
    let (start, length) = (memory.as_mut_ptr(), memory.len());
    let stack = libc::stack_t { ss_sp: start.cast(), ss_flags: 0, ss_size: length };
    // SAFETY: the memory is large enough, and nobody else's from now on.
    let outcome = unsafe { libc::sigaltstack(&stack, ptr::null_mut()) };
    assert_eq!(outcome, 0, "the memory is large enough");
    start.addr()
}
