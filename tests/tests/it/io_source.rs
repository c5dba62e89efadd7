//! Sources: every kind of descriptor that the poller takes, and pipes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use coro::__private::kill_at_suspension;
use coro::io::{PipeReader, PipeWriter, Source, pipe};
use coro::thread;
use coro_tests::children::Running;
use coro_tests::process;
use rustix::event::{EventfdFlags, eventfd};
use rustix::fs::{CWD, OFlags, fcntl_getfl, fcntl_setfl, inotify};
use rustix::process::{PidfdFlags, pidfd_open};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

use crate::support::{MILLISECOND, child, watch};

/// What reports call the wait.
const DESCRIPTOR: &str = "a file descriptor";

/// More than a pipe holds.
const MUCH: usize = 1_000_000;

fn is_nonblocking(fd: impl AsFd) -> bool {
    fcntl_getfl(fd).unwrap().contains(OFlags::NONBLOCK)
}

/// Spawns a named thread, and comes back when it waits for a descriptor.
fn parked<T: 'static>(f: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    let thread = thread::Builder::new().name("parked".into()).spawn(f).unwrap();
    watch::until_parked("parked", DESCRIPTOR);
    thread
}

/// Reads the eight bytes that event descriptors give.
fn read_counter(source: &Source<OwnedFd>) -> io::Result<u64> {
    source.read_with(|fd| {
        let mut counter = [0; 8];
        rustix::io::read(fd, &mut counter)?;
        Ok(u64::from_ne_bytes(counter))
    })
}

#[coro::test]
fn an_eventfd_wakes_its_reader_and_its_writer() {
    let source = Rc::new(Source::new(eventfd(0, EventfdFlags::CLOEXEC).unwrap()).unwrap());
    let write = |source: &Source<OwnedFd>, count: u64| {
        let written = |fd: &OwnedFd| Ok(rustix::io::write(fd, &count.to_ne_bytes())?);
        assert_eq!(source.write_with(written).unwrap(), 8);
    };
    for round in 1..100 {
        let reader = source.clone();
        let reader = parked(move || read_counter(&reader).unwrap());
        write(&source, round);
        assert_eq!(reader.join().unwrap(), round);
    }
    // It holds less than 2^64 - 1, so the second writer has to wait.
    write(&source, u64::MAX - 1);
    let writer = source.clone();
    let writer = parked(move || write(&writer, 5));
    assert_eq!(read_counter(&source).unwrap(), u64::MAX - 1);
    writer.join().unwrap();
    assert_eq!(read_counter(&source).unwrap(), 5);
}

#[coro::test]
fn a_timerfd_ticks() {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC).unwrap();
    let source = Source::new(timer).unwrap();
    let each = Timespec { tv_sec: 0, tv_nsec: 200_000 };
    let times = Itimerspec { it_interval: each, it_value: each };
    timerfd_settime(source.get_ref(), TimerfdTimerFlags::empty(), &times).unwrap();
    let mut ticks = 0;
    while ticks < 20 {
        ticks += read_counter(&source).unwrap();
    }
}

#[coro::test]
fn a_pidfd_says_that_a_child_has_ended() {
    for _ in 0..10 {
        let mut child = Running::start(Command::new("cat").stdin(Stdio::piped()));
        let pid = child.pid();
        let stdin = child.stdin();
        let waiter = parked(move || {
            let source = Source::new(pidfd_open(pid, PidfdFlags::empty()).unwrap()).unwrap();
            source.wait_for_read(None).unwrap();
            assert!(child.has_ended());
            child.wait()
        });
        drop(stdin);
        assert!(waiter.join().unwrap().success());
    }
}

#[coro::test]
fn inotify_tells_of_a_file() {
    let folder = std::env::temp_dir().join(format!("coro-inotify-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let source = Source::new(inotify::init(inotify::CreateFlags::CLOEXEC).unwrap()).unwrap();
    inotify::add_watch(source.get_ref(), &folder, inotify::WatchFlags::CREATE).unwrap();
    let reader = parked(move || {
        let mut buffer = [0; 4096];
        source
            .read_with(|fd| Ok(rustix::io::read(fd, &mut buffer)?))
            .map(|count| String::from_utf8_lossy(&buffer[..count]).contains("news"))
    });
    File::create(folder.join("news")).unwrap();
    assert!(reader.join().unwrap().unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Both ends of a terminal: the user's and the program's.
pub(crate) fn terminal() -> (File, File) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&user).unwrap();
    unlockpt(&user).unwrap();
    let name = ptsname(&user, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let program = rustix::fs::openat(CWD, name, flags, rustix::fs::Mode::empty()).unwrap();
    (user.into(), program.into())
}

#[coro::test]
fn a_terminal_gives_lines() {
    let (user, program) = terminal();
    let mut user = Source::new(user).unwrap();
    let program = parked(move || {
        let mut program = BufReader::new(Source::new(program).unwrap());
        let mut line = String::new();
        program.read_line(&mut line).unwrap();
        program.get_ref().write_all(b"you said: ").unwrap();
        program.get_mut().write_all(line.as_bytes()).unwrap();
        line
    });
    user.write_all(b"half").unwrap();
    (0..20).for_each(|_| thread::yield_now());
    assert!(!program.is_finished());
    user.write_all(b" a line\n").unwrap();
    assert_eq!(program.join().unwrap(), "half a line\n");
    let mut screen = String::new();
    while !screen.ends_with("you said: half a line\r\n") {
        let mut buffer = [0; 64];
        let count = user.read(&mut buffer).unwrap();
        screen.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
}

#[coro::test]
fn the_streams_of_a_child_are_sources() {
    let mut child =
        Running::start(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()));
    // `ChildStdout` reads through an exclusive reference only.
    let mut stdin = Source::new(child.stdin()).unwrap();
    let mut stdout = Source::new(child.stdout()).unwrap();
    let reader = parked(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).map(|_| bytes)
    });
    let sent: Vec<u8> = (0..MUCH).map(|number| number as u8).collect();
    stdin.write_all(&sent).unwrap();
    drop(stdin);
    assert_eq!(reader.join().unwrap().unwrap(), sent);
    assert!(child.wait().success());
}

#[test]
fn outside_any_loop_it_blocks() {
    let (reader, mut writer) = io::pipe().unwrap();
    let reader = Rc::new(Source::new(reader).unwrap());
    let other = std::thread::spawn(move || writer.write_all(&[1; MUCH]).map(|()| writer));
    (&*reader).read_exact(&mut [0; MUCH / 2]).unwrap();
    let mut reader = Rc::into_inner(reader).unwrap();
    reader.read_exact(&mut [0; MUCH / 2]).unwrap();
    let limit = Some(MILLISECOND);
    assert_eq!(reader.wait_for_read(limit).unwrap_err().kind(), ErrorKind::TimedOut);
    drop(other.join().unwrap().unwrap());
    reader.wait_for_read(None).unwrap();
    assert_eq!(reader.read(&mut [0]).unwrap(), 0);
}

#[coro::test]
fn the_mode_is_restored_as_it_was_found() {
    let (reader, _writer) = io::pipe().unwrap();
    assert!(!is_nonblocking(&reader));
    let source = Source::new(reader).unwrap();
    assert!(is_nonblocking(&source));
    let reader = source.into_inner().unwrap();
    assert!(!is_nonblocking(&reader));
    let fd = eventfd(0, EventfdFlags::NONBLOCK).unwrap();
    assert!(is_nonblocking(Source::new(fd).unwrap().into_inner().unwrap()));
}

#[test]
fn what_pollers_refuse_is_refused_with_advice() {
    for (path, kind) in [("Cargo.toml", "regular file"), (".", "directory")] {
        let error = Source::new(File::open(path).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let expected = format!(
            "a {kind} cannot be waited for; call its blocking operations in coro::blocking::unblock"
        );
        assert_eq!(error.to_string(), expected);
    }
    // Always ready, so nobody ever waits for it.
    coro::run(|| {
        let mut null = Source::new(File::open("/dev/null").unwrap()).unwrap();
        null.wait_for_read(None).unwrap();
        assert_eq!(null.read(&mut [0]).unwrap(), 0);
    });
}

#[coro::test]
fn a_limit_ends_a_wait_and_takes_nothing() {
    let (reader, mut writer) = io::pipe().unwrap();
    let mut reader = Source::new(reader).unwrap();
    for limit in [Duration::ZERO, MILLISECOND] {
        let error = reader.wait_for_read(Some(limit)).unwrap_err();
        assert!(error.get_ref().unwrap().is::<coro::TimeoutError>());
    }
    assert!(coro::timeout(MILLISECOND, || reader.read(&mut [0])).is_err());
    writer.write_all(&[7]).unwrap();
    let mut byte = [0];
    reader.read_exact(&mut byte).unwrap();
    assert_eq!(byte, [7]);
}

#[coro::test]
fn a_kill_at_any_suspension_of_a_read_takes_nothing() {
    for when_parked in [false, true] {
        for k in 1..=10 {
            let (reader, mut writer) = io::pipe().unwrap();
            let source = Rc::new(Source::new(reader).unwrap());
            let got = Rc::new(std::cell::RefCell::new(Vec::new()));
            let victim = thread::spawn({
                let (source, got) = (source.clone(), got.clone());
                move || {
                    kill_at_suspension(k, when_parked);
                    loop {
                        let mut byte = [0];
                        (&*source).read_exact(&mut byte).unwrap();
                        got.borrow_mut().push(byte[0]);
                    }
                }
            });
            for byte in 0..20 {
                writer.write_all(&[byte]).unwrap();
                thread::yield_now();
                thread::yield_now();
            }
            victim.kill();
            assert!(victim.join().unwrap_err().is_killed());
            drop(writer);
            (&*source).read_to_end(&mut got.borrow_mut()).unwrap();
            assert!(got.borrow().iter().copied().eq(0..20), "{k}: {got:?}");
        }
    }
}

#[coro::test]
fn a_thread_that_unwinds_takes_what_is_there_and_does_not_wait() {
    type Read = io::Result<usize>;
    struct Reads(Source<io::PipeReader>, Rc<std::cell::RefCell<Vec<Read>>>);
    impl Drop for Reads {
        fn drop(&mut self) {
            for _ in 0..2 {
                let shared = (&self.0).read(&mut [0; 4]);
                self.1.borrow_mut().push(shared);
            }
            self.1.borrow_mut().push(self.0.read(&mut [0; 4]));
        }
    }
    let (reader, mut writer) = io::pipe().unwrap();
    let results = Rc::default();
    let reads = Reads(Source::new(reader).unwrap(), Rc::clone(&results));
    writer.write_all(b"four").unwrap();
    let unwinds = thread::spawn(move || {
        let _reads = reads;
        thread::park();
    });
    thread::yield_now();
    unwinds.kill();
    assert!(unwinds.join().unwrap_err().is_killed());
    let results = results.take();
    assert_eq!(results[0].as_ref().unwrap(), &4);
    for error in &results[1..] {
        assert_eq!(error.as_ref().unwrap_err().kind(), ErrorKind::Other);
    }
}

#[coro::test]
fn one_descriptor_is_one_source_s() {
    let (reader, mut writer) = io::pipe().unwrap();
    let first = Source::new(reader.as_fd()).unwrap();
    let second: Source<BorrowedFd<'_>> = Source::new(reader.as_fd()).unwrap();
    let read = |source: &Source<BorrowedFd<'_>>| {
        source.read_with(|fd| Ok(rustix::io::read(fd, &mut [0; 4])?))
    };
    assert!(coro::timeout(MILLISECOND, || read(&first)).is_err());
    assert_eq!(read(&second).unwrap_err().kind(), ErrorKind::AlreadyExists);
    writer.write_all(b"!").unwrap();
    assert_eq!(read(&first).unwrap(), 1);
    drop(first);
    assert!(coro::timeout(MILLISECOND, || read(&second)).is_err());
}

#[test]
fn nothing_is_left_of_a_source() {
    let ended = child::run(|| {
        let before = process::open_fds();
        coro::run(|| {
            let within = process::open_fds();
            for _ in 0..100 {
                let (reader, writer) = pipe().unwrap();
                let reader = parked(move || (&reader).read(&mut [0]));
                drop(writer);
                assert_eq!(reader.join().unwrap().unwrap(), 0);
            }
            assert_eq!(process::open_fds(), within);
        });
        assert_eq!(process::open_fds(), before);
    });
    ended.expect_silent_success();
}

mod pipes {
    use super::*;

    #[coro::test(seeds = 100)]
    fn every_byte_arrives_in_order() {
        let (reader, writer) = pipe().unwrap();
        let writers: Vec<_> = (0..4_u8)
            .map(|number| {
                let mut writer = writer.try_clone().unwrap();
                thread::spawn(move || (0..50).try_for_each(|_| writer.write_all(&[number])))
            })
            .collect();
        drop(writer);
        let mut bytes = Vec::new();
        (&reader).read_to_end(&mut bytes).unwrap();
        writers.into_iter().for_each(|writer| writer.join().unwrap().unwrap());
        for number in 0..4 {
            assert_eq!(bytes.iter().filter(|byte| **byte == number).count(), 50);
        }
    }

    #[test]
    fn loops_and_os_threads_share_one() {
        const EACH: u32 = 2000;
        let (reader, writer) = pipe().unwrap();
        let writers: Vec<_> = (0..4)
            .map(|number| {
                let mut writer = writer.try_clone().unwrap();
                let mut write = move || {
                    (0..EACH).for_each(|count| writer.write_all(&count.to_ne_bytes()).unwrap());
                };
                let on_a_loop = number % 2 == 0;
                std::thread::spawn(move || if on_a_loop { coro::run(write) } else { write() })
            })
            .collect();
        drop(writer);
        let mut counts = vec![0; EACH as usize];
        let mut reader = BufReader::new(reader);
        let mut number = [0; 4];
        coro::run(|| {
            while reader.read_exact(&mut number).is_ok() {
                counts[u32::from_ne_bytes(number) as usize] += 1;
            }
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert!(counts.iter().all(|count| *count == 4));
    }

    #[coro::test]
    fn a_child_gets_a_blocking_end_and_the_other_goes_on_parking() {
        let (mut reader, child_writes) = pipe().unwrap();
        let (child_reads, mut writer) = pipe().unwrap();
        let check = "cat; test ! -e nothing-of-this-name";
        let mut command = Command::new("sh");
        command.args(["-c", check]).stdin(child_reads).stdout(child_writes);
        let child = Running::start(&mut command);
        // It holds the other ends.
        drop(command);
        let received = parked(move || reader.read_to_end(&mut Vec::new()));
        writer.write_all(&vec![1; MUCH]).unwrap();
        drop(writer);
        assert_eq!(received.join().unwrap().unwrap(), MUCH);
        assert!(child.wait().success());
    }

    #[coro::test(timeout = 60)]
    fn an_end_that_its_clone_has_made_blocking_goes_on_parking() {
        let (mut reader, mut writer) = pipe().unwrap();
        let foreign = [OwnedFd::from(reader.try_clone().unwrap()), lent(&writer)];
        let flags = fcntl_getfl(&foreign[1]).unwrap();
        fcntl_setfl(&foreign[1], flags - OFlags::NONBLOCK).unwrap();
        assert!(!is_nonblocking(&reader) && !is_nonblocking(&writer));
        let received = parked(move || {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map(|_| bytes)
        });
        let part = vec![7; MUCH / 2];
        writer.write_all(&part).unwrap();
        let mut parts: &mut [_] = &mut [io::IoSlice::new(&[]), io::IoSlice::new(&part)];
        while !parts.is_empty() {
            let count = writer.write_vectored(parts).unwrap();
            io::IoSlice::advance_slices(&mut parts, count);
        }
        drop((writer, foreign));
        assert_eq!(received.join().unwrap().unwrap(), vec![7; MUCH]);
    }

    /// A duplicate of the descriptor.
    fn lent(end: &impl AsFd) -> OwnedFd {
        end.as_fd().try_clone_to_owned().unwrap()
    }

    #[test]
    fn conversions_change_the_mode() {
        let (reader, writer) = pipe().unwrap();
        assert!(is_nonblocking(&reader) && is_nonblocking(&writer));
        let reader = io::PipeReader::from(reader);
        let writer = OwnedFd::from(writer);
        assert!(!is_nonblocking(&reader) && !is_nonblocking(&writer));
        let (reader, writer) = (PipeReader::from(reader), PipeWriter::from(writer));
        assert!(is_nonblocking(&reader) && is_nonblocking(&writer));
    }

    #[test]
    fn types_are_as_free_as_std_s() {
        fn free<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
        free::<PipeReader>();
        free::<PipeWriter>();
        free::<Source<OwnedFd>>();
    }
}
