//! The standard streams, seen from outside: each test is the parent of a process that uses them.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{self, ChildStderr, ChildStdin, ChildStdout, Stdio};
use std::rc::Rc;

use coro::coroutine::Coroutine;
use coro::io::{self, BufRead, BufReader, Read, Write};
use coro::{Yielder, thread};
use coro_tests::children::{self, Running};
use rustix::fs::{OFlags, fcntl_getfl};

use super::io_source::terminal;
use crate::support::{MILLISECOND, child, watch};

/// What the child says first; before it stands what the test runner prints.
const BEGIN: &str = "\nthe child begins\n";

/// What reports call the waits.
const DESCRIPTOR: &str = "a file descriptor";
const LOCK: &str = "a standard stream's lock";

/// Prints a line in one system call, as the parent expects it.
fn say(text: &str) {
    writeln!(io::stdout(), "{text}").unwrap();
}

/// A process that runs the body of a test, with pipes on its standard input and output.
struct Talk {
    child: Running,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Talk {
    /// Starts the child, which runs `body` as the main thread of a loop; none is returned there.
    #[track_caller]
    fn with<F: FnOnce()>(body: F) -> Talk {
        let mut child = child::start(
            || {
                coro::run(|| {
                    io::stdout().write_all(BEGIN.as_bytes()).unwrap();
                    body();
                });
            },
            std::any::type_name::<F>(),
            |command| {
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            },
        );
        let stdin = Some(child.stdin());
        let mut stdout = BufReader::new(child.stdout());
        skip_to_begin(&mut stdout);
        let stderr = BufReader::new(child.stderr());
        Talk { child, stdin, stdout, stderr }
    }

    fn send(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[track_caller]
    fn expect_line(&mut self, expected: &str) {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), expected);
    }

    /// Waits for a line on the child's standard error, while nobody reads its standard output.
    #[track_caller]
    fn expect_error_line(&mut self, expected: &str) {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), expected);
    }

    /// Closes the child's input and gives the rest of its output.
    #[track_caller]
    fn finish(mut self) -> String {
        drop(self.stdin.take());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        let mut errors = String::new();
        self.stderr.read_to_string(&mut errors).unwrap();
        assert!(self.child.wait().success(), "{rest}\n{errors}");
        rest
    }
}

/// Whether a descriptor has room now.
fn is_writable(fd: BorrowedFd<'_>) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::OUT)], Some(&now)).unwrap() > 0
}

fn skip_to_begin(stdout: &mut impl BufRead) {
    let mut line = String::new();
    while line != BEGIN.trim_start() {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "the child has not begun");
    }
}

mod stdin {
    use super::*;

    #[test]
    fn others_run_while_it_waits() {
        let mut talk = Talk::with(|| {
            let builder = thread::Builder::new().name("reader".into());
            let reader = builder.spawn(|| {
                let mut line = String::new();
                io::stdin().read_line(&mut line).map(|_| line)
            });
            watch::until_parked("reader", DESCRIPTOR);
            say("waiting");
            say(reader.unwrap().join().unwrap().unwrap().trim_end());
        });
        talk.expect_line("waiting");
        talk.send("hello\n");
        assert_eq!(talk.finish(), "hello\n");
    }

    #[test]
    fn a_line_that_is_cut_off_is_not_lost() {
        let mut talk = Talk::with(|| {
            io::stdin().lock().fill_buf().unwrap();
            let mut line = String::new();
            let cut = coro::timeout(MILLISECOND, || io::stdin().read_line(&mut line));
            assert!(cut.is_err() && line.is_empty());
            let mut three = [0; 6];
            assert!(coro::timeout(MILLISECOND, || io::stdin().read_exact(&mut three)).is_err());
            let mut all = String::new();
            assert!(coro::timeout(MILLISECOND, || io::stdin().read_to_string(&mut all)).is_err());
            say("too slow");
            io::stdin().read_line(&mut line).unwrap();
            assert_eq!(line, "hello\n");
            io::stdin().read_exact(&mut three).unwrap();
            assert_eq!(&three, b"second");
            io::stdin().read_to_string(&mut all).unwrap();
            assert_eq!(all, " line\nrest");
        });
        talk.send("hel");
        talk.expect_line("too slow");
        talk.send("lo\nsecond line\nrest");
        talk.finish();
    }

    #[test]
    fn every_way_of_reading_works() {
        let mut talk = Talk::with(|| {
            let mut input = io::stdin().lock();
            let mut bytes = Vec::new();
            assert_eq!(input.read_until(b',', &mut bytes).unwrap(), 2);
            let mut two = [0; 2];
            assert_eq!(input.read(&mut two[..0]).unwrap(), 0);
            input.read_exact(&mut two).unwrap();
            assert_eq!((bytes.as_slice(), &two), (&b"a,"[..], b"bc"));
            assert_eq!(input.skip_until(b'\n').unwrap(), 1);
            let mut line = String::new();
            let error = input.read_line(&mut line).unwrap_err();
            assert_eq!((error.kind(), line.as_str()), (io::ErrorKind::InvalidData, ""));
            drop(input);
            assert_eq!(io::stdin().lines().count(), 0);
        });
        talk.send("a,bc\n");
        talk.stdin.as_mut().unwrap().write_all(b"\xff").unwrap();
        talk.finish();
    }

    #[test]
    fn lines_go_to_whoever_came_first() {
        let mut talk = Talk::with(|| {
            let readers: Vec<_> = ["one", "two", "three"]
                .map(|name| {
                    let reader = move || {
                        let mut line = String::new();
                        io::stdin().read_line(&mut line).unwrap();
                        say(&format!("{name}: {}", line.trim_end()));
                    };
                    thread::Builder::new().name(name.into()).spawn(reader).unwrap()
                })
                .into();
            watch::until_parked("one", DESCRIPTOR);
            watch::until_parked("three", "a mutex");
            say("all wait");
            readers.into_iter().for_each(|reader| reader.join().unwrap());
            assert_eq!(io::stdin().lines().count(), 0);
        });
        talk.expect_line("all wait");
        talk.send("a\nb\nc\n");
        assert_eq!(talk.finish(), "one: a\ntwo: b\nthree: c\n");
    }

    #[test]
    fn loops_and_os_threads_share_it() {
        const LINES: usize = 2000;
        let mut talk = Talk::with(|| {
            let read = || {
                let mut count = 0;
                while io::stdin().read_line(&mut String::new()).unwrap() == 2 {
                    count += 1;
                    writeln!(io::stdout(), "line").unwrap();
                }
                count
            };
            let others: Vec<_> = [true, false, true, false]
                .map(|in_loop| {
                    std::thread::spawn(move || if in_loop { coro::run(read) } else { read() })
                })
                .into();
            let sum: usize = others.into_iter().map(|other| other.join().unwrap()).sum();
            assert_eq!(sum, LINES);
        });
        talk.send(&"a\n".repeat(LINES));
        assert_eq!(talk.finish(), "line\n".repeat(LINES));
    }

    #[test]
    fn a_killed_reader_passes_its_turn_on() {
        let mut talk = Talk::with(|| {
            let killed = thread::spawn(|| io::stdin().read_line(&mut String::new()));
            thread::yield_now();
            let next =
                thread::spawn(|| io::stdin().lines().map(Result::unwrap).collect::<Vec<_>>());
            thread::yield_now();
            killed.kill();
            assert!(killed.join().unwrap_err().is_killed());
            say("killed");
            assert_eq!(next.join().unwrap(), ["for", "you"]);
        });
        talk.expect_line("killed");
        talk.send("for\nyou");
        talk.finish();
    }

    #[test]
    fn files_and_nothing_are_read_too() {
        let length = std::fs::metadata("Cargo.toml").unwrap().len() as usize;
        for (path, length) in [("Cargo.toml", length), ("/dev/null", 0)] {
            let body = || {
                let bytes = coro::run(|| {
                    let mut bytes = Vec::new();
                    io::stdin().read_to_end(&mut bytes).map(|_| bytes)
                });
                println!("\nlength {}", bytes.unwrap().len());
            };
            let input = File::open(path).unwrap();
            let set = |command: &mut process::Command| {
                command.stdin(input).stdout(Stdio::piped());
            };
            let child = child::start(body, std::any::type_name_of_val(&body), set);
            let output = child.output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(text.contains(&format!("\nlength {length}\n")), "{text}");
        }
    }
}

mod stdout {
    use super::*;

    #[test]
    fn others_run_while_the_reader_is_slow() {
        const LINES: usize = 20_000;
        let mut talk = Talk::with(|| {
            let builder = thread::Builder::new().name("writer".into());
            let writer = builder.spawn(|| {
                let mut out = io::stdout().lock();
                (0..LINES).for_each(|number| writeln!(out, "line {number}").unwrap());
            });
            watch::until_parked("writer", DESCRIPTOR);
            // The parent reads only now.
            writeln!(io::stderr(), "the writer waits").unwrap();
            writer.unwrap().join().unwrap();
        });
        talk.expect_error_line("the writer waits");
        let expected: String = (0..LINES).map(|number| format!("line {number}\n")).collect();
        assert_eq!(talk.finish(), expected);
    }

    #[test]
    fn lines_of_a_lock_stay_together_and_its_thread_may_lock_again() {
        let talk = Talk::with(|| {
            let mut out = io::stdout().lock();
            let builder = thread::Builder::new().name("other".into());
            let other = builder.spawn(|| say("other")).unwrap();
            watch::until_parked("other", LOCK);
            write!(out, "one, ").unwrap();
            thread::yield_now();
            write!(io::stdout().lock(), "two, ").unwrap();
            write!(io::stdout(), "three").unwrap();
            thread::yield_now();
            writeln!(out).unwrap();
            drop(out);
            other.join().unwrap();
        });
        assert_eq!(talk.finish(), "one, two, three\nother\n");
    }

    #[test]
    fn a_coroutine_has_its_own_lock_and_is_let_in_by_its_callers() {
        let talk = Talk::with(|| {
            let coroutine = Rc::new(Coroutine::new(|cx: &Yielder<(), ()>, ()| {
                let mut out = io::stdout().lock();
                write!(out, "one, ").unwrap();
                cx.suspend(());
                write!(io::stdout().lock(), "two, ").unwrap();
                Coroutine::new(|_: &Yielder<(), ()>, ()| say("three")).resume(()).unwrap();
            }));
            let first = coroutine.clone();
            thread::spawn(move || first.resume(()).map(drop).unwrap()).join().unwrap();
            let builder = thread::Builder::new().name("other".into());
            let other = builder.spawn(|| say("other")).unwrap();
            watch::until_parked("other", LOCK);
            coroutine.resume(()).unwrap();
            other.join().unwrap();
        });
        assert_eq!(talk.finish(), "one, two, three\nother\n");
    }

    #[test]
    fn a_coroutine_that_was_let_in_shares_the_lock_with_its_caller() {
        let talk = Talk::with(|| {
            let coroutine = Coroutine::new(|cx: &Yielder<(), ()>, ()| {
                let _out = io::stdout().lock();
                cx.suspend(());
                say("coroutine");
            });
            let out = io::stdout().lock();
            coroutine.resume(()).unwrap();
            say("main");
            let builder = thread::Builder::new().name("other".into());
            let other = builder.spawn(|| say("other")).unwrap();
            drop(out);
            watch::until_parked("other", LOCK);
            thread::spawn(move || coroutine.resume(()).map(drop).unwrap()).join().unwrap();
            other.join().unwrap();
        });
        assert_eq!(talk.finish(), "main\ncoroutine\nother\n");
    }

    #[test]
    fn main_may_lock_again_what_it_locked_outside_the_loop() {
        let outside = io::stderr().lock();
        thread::scope(|_| drop(io::stderr().lock()));
        let inside = coro::run(|| {
            let inside = io::stderr().lock();
            drop(outside);
            inside
        });
        drop(io::stderr().lock());
        drop(inside);
    }

    #[test]
    fn a_killed_waiter_does_not_keep_the_lock() {
        let talk = Talk::with(|| {
            let out = io::stdout().lock();
            let threads: Vec<_> = ["a", "b", "c"]
                .map(|name| thread::Builder::new().name(name.into()).spawn(move || say(name)))
                .into_iter()
                .map(Result::unwrap)
                .collect();
            watch::until_parked("c", LOCK);
            threads[1].kill();
            drop(out);
            // The lock has been handed to the first, which has not run yet.
            threads[0].kill();
            let killed: Vec<_> = threads.into_iter().map(|thread| thread.join().is_err()).collect();
            assert_eq!(killed, [false, true, false]);
        });
        assert_eq!(talk.finish(), "a\nc\n");
    }

    #[test]
    fn the_beginning_of_a_line_is_not_left_behind() {
        let talk = Talk::with(|| {
            write!(io::stdout().lock(), "no end of line").unwrap();
            process::exit(0);
        });
        assert_eq!(talk.finish(), "no end of line");
    }

    #[test]
    fn long_and_short_writes_keep_their_order() {
        let talk = Talk::with(|| {
            let mut out = io::stdout().lock();
            for size in [1, 1000, 1024, 1025, 5000, 3, 100_000, 1] {
                out.write_all(&vec![b'a'; size]).unwrap();
                out.write_all(b"b").unwrap();
                let mut bytes = [vec![b'c'; size], b"\n".to_vec(), vec![b'd'; size]].concat();
                while !bytes.is_empty() {
                    let count = out.write(&bytes).unwrap();
                    bytes.drain(..count);
                }
            }
            out.flush().unwrap();
        });
        let mut expected = String::new();
        for size in [1, 1000, 1024, 1025, 5000, 3, 100_000, 1] {
            let part = |letter: &str| letter.repeat(size);
            expected += &format!("{}b{}\n{}", part("a"), part("c"), part("d"));
        }
        assert!(talk.finish() == expected);
    }

    #[test]
    fn what_was_taken_before_an_interrupt_goes_out_later() {
        let mut talk = Talk::with(|| {
            // The parent says when it has ceased to read.
            io::stdin().read_line(&mut String::new()).unwrap();
            while is_writable(io::stdout().as_fd()) {
                io::stdout().write_all(&[b'x'; 512]).unwrap();
            }
            for bytes in [&[b'x'; 512][..], b"cut off\n"] {
                let builder = thread::Builder::new().name("writer".into());
                let writer = builder.spawn(move || io::stdout().write_all(bytes)).unwrap();
                watch::until_parked("writer", DESCRIPTOR);
                writer.kill();
                assert!(writer.join().unwrap_err().is_killed());
            }
            writeln!(io::stderr(), "the pipe is full").unwrap();
            io::stdin().read_line(&mut String::new()).unwrap();
            say("next");
        });
        talk.send("fill it\n");
        talk.expect_error_line("the pipe is full");
        talk.send("go on\n");
        let rest = talk.finish();
        let text = rest.trim_start_matches('x');
        assert_eq!((text, (rest.len() - text.len()) % 512), ("cut off\nnext\n", 0));
    }

    #[test]
    fn a_reader_that_has_gone_is_an_error() {
        let talk = Talk::with(|| {
            io::stdin().read_line(&mut String::new()).unwrap();
            let error = io::stdout().write_all(b"anybody?\n").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        });
        let Talk { child, stdin, stdout, .. } = talk;
        drop(stdout);
        stdin.unwrap().write_all(b"go on\n").unwrap();
        assert!(child.wait().success());
    }
}

/// A terminal from which nobody waits for ever: it has no end that the end of a process brings about.
struct InTime(File);

impl Read for InTime {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let limit = Timespec::try_from(children::LIMIT).unwrap();
        let ready = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&limit))?;
        assert!(ready > 0, "the child has said nothing for {:?}", children::LIMIT);
        self.0.read(bytes)
    }
}

#[test]
fn the_mode_of_the_streams_is_left_alone() {
    let (user, program) = terminal();
    let end = || program.try_clone().unwrap();
    let (stdin, stdout) = (end(), end());
    let body = || {
        coro::run(|| {
            let input = io::stdin();
            assert!(input.is_terminal() && io::stdout().lock().is_terminal());
            let builder = thread::Builder::new().name("reader".into());
            let reader = builder.spawn(move || input.lines().next().unwrap().unwrap());
            watch::until_parked("reader", DESCRIPTOR);
            let flags = fcntl_getfl(io::stdin()).unwrap();
            assert!(!flags.contains(OFlags::NONBLOCK));
            writeln!(io::stdout(), "prompt").unwrap();
            writeln!(io::stdout(), "got {}", reader.unwrap().join().unwrap()).unwrap();
        });
    };
    let set = |command: &mut process::Command| {
        command.stdin(stdin).stdout(stdout);
    };
    let child = child::start(body, std::any::type_name_of_val(&body), set);
    let mut screen = String::new();
    let mut user = BufReader::new(InTime(user));
    while !screen.ends_with("prompt\r\n") {
        user.read_line(&mut screen).unwrap();
    }
    user.get_mut().0.write_all(b"an answer\n").unwrap();
    while !screen.ends_with("got an answer\r\n") {
        user.read_line(&mut screen).unwrap();
    }
    assert!(child.wait().success());
    let flags = fcntl_getfl(&program).unwrap();
    assert!(!flags.contains(OFlags::NONBLOCK));
}

#[test]
fn types_are_as_free_as_std_s() {
    use std::panic::{RefUnwindSafe, UnwindSafe};
    fn free<T: Send + Sync + UnwindSafe + RefUnwindSafe>() {}
    fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
    fn sync<T: Sync>() {}
    free::<io::Stdin>();
    free::<io::Stdout>();
    free::<io::Stderr>();
    unwind_safe::<io::StdoutLock<'_>>();
    unwind_safe::<io::StderrLock<'_>>();
    unwind_safe::<io::StdinLock<'_>>();
    sync::<io::StdinLock<'_>>();
}
