//! What Rust has no words for: the stack pointer, a prefetch, the requests that valgrind understands.

#![expect(
    unsafe_code,
    reason = "single instructions that have no effect on memory or control flow; asking where the OS thread's stack lies"
)]

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use std::arch::asm;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::mem::MaybeUninit;
use std::ops::Range;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::ptr;

/// The stack pointer of the code that it is inlined into; 0 on machines whose instruction we do not know.
#[inline(always)]
pub(crate) fn stack_pointer() -> usize {
    #[cfg(target_arch = "x86_64")]
    {
        let pointer: usize;
        // SAFETY: it copies a register into another one, and touches neither memory nor flags.
        unsafe { asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
        pointer
    }
    #[cfg(target_arch = "aarch64")]
    {
        let pointer: usize;
        // SAFETY: it copies a register into another one, and touches neither memory nor flags.
        unsafe { asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
        pointer
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        0
    }
}

/// The size in bytes of what is fetched at a time, on most machines; a wrong value makes prefetches useless or double.
pub(crate) const CACHE_LINE: usize = 64;

/// Asks for the line of the cache in which `address` lies, to be read and written soon; nothing on machines whose
/// instruction we do not know.
///
/// Any address will do: it is a hint, and one that leads nowhere is ignored.
#[inline(always)]
pub(crate) fn prefetch(address: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: a prefetch faults on no address, and changes no memory, register or flag.
        unsafe {
            asm!("prefetcht0 [{}]", in(reg) address, options(readonly, nostack, preserves_flags));
        }
    }
    #[cfg(target_arch = "aarch64")]
    {
        // SAFETY: a prefetch faults on no address, and changes no memory, register or flag.
        unsafe {
            asm!("prfm pstl1keep, [{}]", in(reg) address, options(readonly, nostack, preserves_flags));
        }
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        let _ = address;
    }
}

/// Reads a word, whatever is in it, and whatever tools that watch memory think of that.
///
/// # Safety
/// The word can be read, and no other OS thread writes to it.
#[inline]
pub(crate) unsafe fn load(word: *const usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    {
        let value: usize;
        // SAFETY: it reads the word, as the caller allows, and does nothing else.
        unsafe {
            asm!("mov {}, [{}]", out(reg) value, in(reg) word,
                options(readonly, nostack, preserves_flags));
        }
        value
    }
    #[cfg(target_arch = "aarch64")]
    {
        let value: usize;
        // SAFETY: it reads the word, as the caller allows, and does nothing else.
        unsafe {
            asm!("ldr {}, [{}]", out(reg) value, in(reg) word,
                options(readonly, nostack, preserves_flags));
        }
        value
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        // SAFETY: the caller allows it.
        unsafe { word.read_volatile() }
    }
}

/// What valgrind is asked for, by the numbers that its manual's header gives the requests.
const STACK_REGISTER: usize = 0x1501;
const STACK_DEREGISTER: usize = 0x1502;
const CHANGE_ERROR_DISABLEMENT: usize = 0x1801;

/// What a request returns where valgrind does not run.
const NOBODY: usize = usize::MAX;

/// Tells valgrind of a stack, from its lowest address to one past its highest; says what valgrind calls it, if it runs.
pub(crate) fn register_stack(limit: usize, end: usize) -> Option<usize> {
    let name = ask_valgrind([STACK_REGISTER, limit, end, 0, 0, 0]);
    (name != NOBODY).then_some(name)
}

/// Tells valgrind that a stack is none any more.
pub(crate) fn deregister_stack(name: usize) {
    ask_valgrind([STACK_DEREGISTER, name, 0, 0, 0, 0]);
}

/// Runs `f`; valgrind reports no errors meanwhile.
pub(crate) fn while_valgrind_looks_away<R>(f: impl FnOnce() -> R) -> R {
    ask_valgrind([CHANGE_ERROR_DISABLEMENT, 1, 0, 0, 0, 0]);
    let result = f();
    ask_valgrind([CHANGE_ERROR_DISABLEMENT, usize::MAX, 0, 0, 0, 0]);
    result
}

/// Makes a request: valgrind knows it by instructions that together do nothing, and that no compiler emits.
#[inline(never)]
fn ask_valgrind(request: [usize; 6]) -> usize {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    {
        let mut answer = NOBODY;
        // SAFETY: the rotations add up to two whole turns, and a register exchanged with itself is as it was. valgrind reads
        // the request and writes the answer.
        unsafe {
            asm!("rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
                in("rax") &raw const request, inout("rdx") answer, options(nostack));
        }
        answer
    }
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    {
        let mut answer = NOBODY;
        // SAFETY: the rotations add up to two whole turns, and a register joined with itself is as it was. valgrind reads
        // the request and writes the answer.
        unsafe {
            asm!("ror x12, x12, #3", "ror x12, x12, #13", "ror x12, x12, #51", "ror x12, x12, #61",
                "orr x10, x10, x10",
                in("x4") &raw const request, inout("x3") answer, options(nostack));
        }
        answer
    }
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    {
        let _ = request;
        NOBODY
    }
}

/// The addresses of this OS thread's own stack, the guard left out; none where the system does not tell.
///
/// Main's may grow as far as `ulimit -s` said when the process asked.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn os_thread_stack() -> Option<Range<usize>> {
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: it has no preconditions.
    let this = unsafe { libc::pthread_self() };
    // SAFETY: `this` is a living OS thread, the one that runs; the call initialises the attributes if it succeeds.
    if unsafe { libc::pthread_getattr_np(this, attributes.as_mut_ptr()) } != 0 {
        return None;
    }
    let (mut lowest, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the attributes are initialised, and both places are writable.
    let told = unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &mut lowest, &mut size) };
    // SAFETY: the attributes are initialised, and not used after this.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    let lowest = lowest.addr();
    (told == 0).then(|| lowest..lowest + size)
}

/// The addresses of this OS thread's own stack.
#[cfg(any(target_os = "macos", target_os = "ios"))]
pub(crate) fn os_thread_stack() -> Option<Range<usize>> {
    // SAFETY: it has no preconditions.
    let this = unsafe { libc::pthread_self() };
    // SAFETY: `this` is a living OS thread.
    let top = unsafe { libc::pthread_get_stackaddr_np(this) }.addr();
    // SAFETY: `this` is a living OS thread.
    let size = unsafe { libc::pthread_get_stacksize_np(this) };
    Some(top - size..top)
}

/// None: we do not know how to ask this system.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "ios"
)))]
pub(crate) fn os_thread_stack() -> Option<Range<usize>> {
    None
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_and_nobody_answers() {
        let word = std::hint::black_box(42_usize);
        // SAFETY: the word is a local that nobody writes to.
        assert_eq!(unsafe { load(&raw const word) }, 42);
        assert_eq!(while_valgrind_looks_away(|| 5), 5);
        if let Some(name) = register_stack(4096, 8192) {
            deregister_stack(name);
        }
    }

    #[test]
    fn the_stack_pointer_lies_near_a_local() {
        let local = 0_u8;
        let address = ptr::from_ref(std::hint::black_box(&local)).addr();
        assert!(stack_pointer().abs_diff(address) < 64 * 1024);
    }

    #[test]
    fn the_stack_of_the_os_thread_is_the_one_that_runs() {
        let size = 1024 * 1024;
        let thread = std::thread::Builder::new().stack_size(size);
        let ask = || os_thread_stack().map(|stack| (stack.contains(&stack_pointer()), stack.len()));
        let told = thread.spawn(ask).expect("an OS thread").join().expect("it returns");
        if let Some((contains, length)) = told {
            assert!(contains);
            // The system may give it a larger one that is left from another OS thread.
            assert!(length >= size, "{length} bytes");
        }
    }
}
