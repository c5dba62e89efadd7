//! A load client for echo servers: many connections, each in a thread of its own, every echoed byte checked.
//!
//! ```text
//! cargo run --release --example echo-server                                     # in another terminal
//! cargo run --release --example load-client -- --connections 9000 --seconds 10  # prints requests/s and latencies
//! ```
//!
//! First it connects, a few at a time; `--seconds` begin when every connection is open. Then each of them sends a
//! message, waits for all of it to come back, compares, and sends the next one. The threads share plain `Cell`s through
//! an `Rc`, for all of them run on one OS thread.

use coro::net::{SocketAddr, TcpStream, ToSocketAddrs};
use coro::thread::{self, Routine};
use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

const HELP: &str = "\
Loads an echo server and checks every byte that comes back.

Usage: load-client [OPTIONS]

  --addr ADDR            the server's address [default: 127.0.0.1:7000]
  --connections N        how many connections, all at once [default: 100]
  --seconds S            how long to send requests, once all are connected [default: 10]
  --message-size BYTES   the length of a request [default: 64]
  --json                 print one JSON object instead of a table
  -h, --help             print this and exit

Connecting comes first and is not measured.

The exit code is 1 if any byte was wrong or any connection failed, 2 if an argument is wrong.";

/// How many connections are being opened at a time. Each is held until the server has answered once, so no more than
/// these wait to be accepted, which fits into the backlog of any listener.
const CONNECTORS: usize = 64;

/// How often the line on the terminal changes, in a second.
const REFRESHES: u64 = 4;

/// How long a connection may take to open, and how long the last answers may take after the end.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much is under way at a time. A longer message goes in pieces: a server that writes back while it reads would
/// otherwise wait for this client to read, and this client for the server.
const PIECE: usize = 32 * 1024;

/// Open files besides the connections: the standard streams, the poller and some spare ones.
const SPARE_FILES: u64 = 32;

#[coro::main]
fn main() -> ExitCode {
    match run(lexopt::Parser::from_env()) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("load-client: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(args: lexopt::Parser) -> Result<ExitCode, String> {
    let Some(options) = Options::parse(args).map_err(|error| error.to_string())? else {
        println!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    raise_file_limit(options.connections)?;
    let load = measure(options)?;
    if let Some(report) = load.report() {
        println!("{report}");
    }
    let Some(complaint) = load.complaint() else { return Ok(ExitCode::SUCCESS) };
    eprintln!("load-client: {complaint}");
    Ok(ExitCode::FAILURE)
}

#[derive(Clone, Debug, PartialEq)]
struct Options {
    addr: String,
    connections: usize,
    duration: Duration,
    message_size: usize,
    json: bool,
}

impl Default for Options {
    fn default() -> Options {
        let addr = "127.0.0.1:7000".to_owned();
        Options {
            addr,
            connections: 100,
            duration: Duration::from_secs(10),
            message_size: 64,
            json: false,
        }
    }
}

impl Options {
    /// The options, or `None` if help was asked for.
    fn parse(mut args: lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
        use lexopt::prelude::*;
        let mut options = Options::default();
        while let Some(arg) = args.next()? {
            match arg {
                Long("addr") => options.addr = args.value()?.string()?,
                Long("connections") => options.connections = args.value()?.parse_with(positive)?,
                Long("seconds") => options.duration = args.value()?.parse_with(seconds)?,
                Long("message-size") => {
                    options.message_size = args.value()?.parse_with(positive)?;
                }
                Long("json") => options.json = true,
                Long("help") | Short('h') => return Ok(None),
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

fn positive(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "use a whole number from 1".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let seconds =
        seconds.filter(|seconds| !seconds.is_zero() && *seconds <= Duration::from_secs(86_400));
    seconds.ok_or_else(|| "use a number of seconds above 0 and up to 86400".to_owned())
}

fn raise_file_limit(connections: usize) -> Result<(), String> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let needed = connections as u64 + SPARE_FILES;
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    limit.current = limit.maximum;
    let raised = setrlimit(Resource::Nofile, limit).is_ok();
    if raised && limit.maximum.is_none_or(|maximum| maximum >= needed) {
        return Ok(());
    }
    let maximum =
        limit.maximum.map_or_else(|| "unlimited".to_owned(), |maximum| maximum.to_string());
    Err(format!(
        "{connections} connections need RLIMIT_NOFILE at {needed}, its hard limit is {maximum}: raise it with `ulimit -Hn`"
    ))
}

/// What all threads share: the plan and what has been counted so far.
#[derive(Debug)]
struct Load {
    options: Options,
    /// How many connections the connectors have taken on.
    started: Cell<usize>,
    /// How many connections are open: the server has answered.
    opened: Cell<usize>,
    streams: RefCell<Vec<TcpStream>>,
    begin: Cell<Instant>,
    elapsed: Cell<Duration>,
    requests: Cell<u64>,
    errors: Cell<u64>,
    first_error: RefCell<Option<String>>,
    latencies: RefCell<Histogram>,
}

/// Opens all connections, then loads the server for the wanted time.
fn measure(options: Options) -> Result<Rc<Load>, String> {
    let addrs = options
        .addr
        .to_socket_addrs()
        .map_err(|error| format!("cannot resolve {}: {error}", options.addr))?;
    let addrs: Rc<[SocketAddr]> = addrs.collect();
    let load = Rc::new(Load::new(options));
    while_showing(connecting(load.clone()), || connect_all(&load, &addrs))?;
    load.begin.set(Instant::now());
    while_showing(progress(load.clone()), || converse_all(&load));
    Ok(load)
}

/// Runs `f`, on a terminal together with the thread that keeps the line up to date.
fn while_showing<T>(line: Routine<'static, ()>, f: impl FnOnce() -> T) -> T {
    let line = io::stderr().is_terminal().then(|| line.spawn());
    let result = f();
    if let Some(line) = line {
        line.kill();
        eprint!("\r\x1b[K");
    }
    result
}

/// Opens all connections, a few at a time.
fn connect_all(load: &Rc<Load>, addrs: &Rc<[SocketAddr]>) -> Result<(), String> {
    let connectors = (0..CONNECTORS.min(load.options.connections))
        .map(|_| connect(load.clone(), addrs.clone()).spawn());
    for connector in connectors.collect::<Vec<_>>() {
        connector.join().map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Sends requests over all connections until the time is up.
fn converse_all(load: &Rc<Load>) {
    let streams = load.streams.take().into_iter().enumerate();
    let connections: Vec<_> =
        streams.map(|(id, stream)| converse(load.clone(), id, stream).spawn()).collect();
    for connection in connections {
        match connection.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => load.fail(&error),
            Err(error) => load.fail(&error),
        }
    }
    load.elapsed.set(load.begin.get().elapsed());
}

/// Opens one connection after the other until all have been taken on.
#[coro::thread]
fn connect(load: Rc<Load>, addrs: Rc<[SocketAddr]>) {
    while load.started.get() < load.options.connections {
        load.started.set(load.started.get() + 1);
        match coro::timeout(PATIENCE, || open(&addrs)) {
            Ok(Ok(stream)) => {
                load.streams.borrow_mut().push(stream);
                load.opened.set(load.opened.get() + 1);
            }
            Ok(Err(error)) => load.fail(&error),
            Err(_) => load.give_up(&format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }
}

/// Connects, and waits until one byte has come back: from then on the server has accepted.
fn open(addrs: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(addrs)?;
    stream.set_nodelay(true)?;
    exchange(&mut stream, &[0], &mut [0])?;
    Ok(stream)
}

/// Sends requests until the time is up and the last answer is there.
#[coro::thread]
fn converse(load: Rc<Load>, id: usize, mut stream: TcpStream) -> io::Result<()> {
    let mut sent = vec![0; load.options.message_size];
    let mut echoed = vec![0; load.options.message_size.min(PIECE)];
    let all = coro::timeout(load.options.duration + PATIENCE, || {
        for number in 0.. {
            let begin = Instant::now();
            if begin - load.begin.get() >= load.options.duration {
                break;
            }
            fill(&mut sent, id as u64, number);
            exchange(&mut stream, &sent, &mut echoed)?;
            load.latencies.borrow_mut().record(begin.elapsed());
            load.requests.set(load.requests.get() + 1);
        }
        Ok(())
    });
    all.unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::TimedOut, "the last answer did not come in time"))
    })
}

/// Sends one message and compares what comes back.
fn exchange(stream: &mut TcpStream, sent: &[u8], echoed: &mut [u8]) -> io::Result<()> {
    for (index, piece) in sent.chunks(PIECE).enumerate() {
        stream.write_all(piece)?;
        let echoed = &mut echoed[..piece.len()];
        stream.read_exact(echoed)?;
        if piece != echoed {
            let equal = piece.iter().zip(&*echoed).take_while(|(sent, echoed)| sent == echoed);
            let at = index * PIECE + equal.count();
            let message = format!("byte {at} of an answer was wrong");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
    }
    Ok(())
}

/// Fills a message with numbers that depend on the connection and the request, so that mixed-up answers show.
fn fill(message: &mut [u8], id: u64, number: u64) {
    let mut word = (id << 40 ^ number).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for bytes in message.chunks_mut(8) {
        word = (word ^ word >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9).wrapping_add(number);
        bytes.copy_from_slice(&word.to_le_bytes()[..bytes.len()]);
    }
}

/// Keeps the line about the connections up to date until it is killed.
#[coro::thread]
fn connecting(load: Rc<Load>) {
    loop {
        let (opened, all) = (load.opened.get() as u64, load.options.connections as u64);
        eprint!("\r\x1b[Kconnecting: {} of {}", grouped(opened), grouped(all));
        thread::sleep(Duration::from_secs(1) / REFRESHES as u32);
    }
}

/// Keeps the line about the requests up to date until it is killed.
#[coro::thread]
fn progress(load: Rc<Load>) {
    let mut before = 0;
    for tick in 1_u64.. {
        thread::sleep_until(load.begin.get() + Duration::from_millis(1000 / REFRESHES * tick));
        let now = load.requests.get();
        let (rate, errors) = (grouped((now - before) * REFRESHES), load.errors.get());
        let seconds = tick as f64 / REFRESHES as f64;
        eprint!("\r\x1b[K{seconds:.1} s   {rate} requests/s   {errors} errors");
        before = now;
    }
}

impl Load {
    fn new(options: Options) -> Load {
        Load {
            options,
            started: Cell::new(0),
            opened: Cell::new(0),
            streams: RefCell::new(Vec::new()),
            begin: Cell::new(Instant::now()),
            elapsed: Cell::new(Duration::ZERO),
            requests: Cell::new(0),
            errors: Cell::new(0),
            first_error: RefCell::new(None),
            latencies: RefCell::new(Histogram::new()),
        }
    }

    fn fail(&self, error: &dyn Display) {
        self.errors.set(self.errors.get() + 1);
        self.first_error.borrow_mut().get_or_insert_with(|| error.to_string());
    }

    /// Counts a connection, and all that nobody has taken on yet, as failed: a server that does not answer is not
    /// waited for again and again.
    fn give_up(&self, error: &dyn Display) {
        let started = self.started.replace(self.options.connections);
        (started..=self.options.connections).for_each(|_| self.fail(error));
    }

    /// What to print: nothing if there was no server, unless a program reads it.
    fn report(&self) -> Option<String> {
        if self.options.json {
            return Some(self.json());
        }
        (self.opened.get() > 0).then(|| self.table())
    }

    /// What went wrong, in one line.
    fn complaint(&self) -> Option<String> {
        let first = self.first_error.borrow();
        let (first, count) = (first.as_ref()?, self.errors.get());
        Some(match self.opened.get() {
            0 => format!("cannot connect to {}: {first}", self.options.addr),
            _ => format!("{count} error(s), the first one: {first}"),
        })
    }

    fn requests_per_s(&self) -> f64 {
        self.requests.get() as f64 / self.elapsed.get().as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The median, the 99th and 99.9th percentile and the longest latency, in microseconds.
    fn latencies_us(&self) -> [f64; 4] {
        let latencies = self.latencies.borrow();
        [0.5, 0.99, 0.999, 1.0].map(|share| latencies.percentile(share).as_nanos() as f64 / 1000.0)
    }

    fn table(&self) -> String {
        let [p50, p99, p999, max] = self.latencies_us();
        let rows = [
            ("connections", grouped(self.options.connections as u64)),
            ("requests", grouped(self.requests.get())),
            ("errors", grouped(self.errors.get())),
            ("requests/s", grouped(self.requests_per_s().round() as u64)),
            ("p50", format!("{p50:.1} us")),
            ("p99", format!("{p99:.1} us")),
            ("p99.9", format!("{p999:.1} us")),
            ("max", format!("{max:.1} us")),
        ];
        rows.map(|(name, value)| format!("{name:<12}{value:>16}")).join("\n")
    }

    fn json(&self) -> String {
        let (connections, requests, errors) =
            (self.options.connections, self.requests.get(), self.errors.get());
        let [p50, p99, p999, max] = self.latencies_us();
        format!(
            "{{\"connections\": {connections}, \"requests\": {requests}, \"errors\": {errors}, \
             \"requests_per_s\": {:.1}, \"p50_us\": {p50:.1}, \"p99_us\": {p99:.1}, \"p999_us\": {p999:.1}, \
             \"max_us\": {max:.1}}}",
            self.requests_per_s()
        )
    }
}

/// Writes a number with a comma after each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Counts durations in buckets that are 1/128 of their value wide, so that no percentile is off by more than 0.8 %.
#[derive(Debug)]
struct Histogram {
    /// Below 256 ns a bucket for each; from there on 128 for each power of two.
    buckets: Vec<u64>,
    count: u64,
    longest: u64,
}

impl Histogram {
    fn new() -> Histogram {
        Histogram { buckets: vec![0; Histogram::bucket(u64::MAX) + 1], count: 0, longest: 0 }
    }

    fn bucket(nanos: u64) -> usize {
        let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(8);
        shift as usize * 128 + (nanos >> shift) as usize
    }

    /// The longest duration that falls into a bucket.
    fn upper_end(bucket: usize) -> u64 {
        let shift = (bucket / 128).saturating_sub(1);
        let start = (bucket - shift * 128) as u64;
        (start << shift) + ((1 << shift) - 1)
    }

    fn record(&mut self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[Histogram::bucket(nanos)] += 1;
        self.count += 1;
        self.longest = self.longest.max(nanos);
    }

    /// The duration that `share` of all durations do not exceed.
    fn percentile(&self, share: f64) -> Duration {
        let mut left = (self.count as f64 * share).ceil().max(1.0) as u64;
        let reached = self.buckets.iter().position(|count| {
            left = left.saturating_sub(*count);
            left == 0
        });
        Duration::from_nanos(reached.map_or(0, Histogram::upper_end).min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coro::net::TcpListener;
    use coro::thread::JoinHandle;

    /// Starts a server that sends back what it gets, each byte combined with `flip`.
    fn start_server(flip: u8) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let answer = move |mut conn: TcpStream| -> io::Result<()> {
            conn.set_nodelay(true)?;
            let mut buf = [0; 4096];
            loop {
                let n = conn.read(&mut buf)?;
                if n == 0 {
                    return Ok(());
                }
                buf[..n].iter_mut().for_each(|byte| *byte ^= flip);
                conn.write_all(&buf[..n])?;
            }
        };
        let serve = move || {
            thread::scope(|scope| {
                for conn in listener.incoming() {
                    let conn = conn.unwrap();
                    scope.spawn(move || answer(conn));
                }
            });
        };
        (addr, thread::spawn(serve))
    }

    fn measure_against(flip: u8, connections: usize, message_size: usize) -> Rc<Load> {
        let (addr, server) = start_server(flip);
        let duration = Duration::from_millis(50);
        let options =
            Options { addr: addr.to_string(), connections, duration, message_size, json: false };
        let load = measure(options).unwrap();
        server.kill();
        assert!(server.join().unwrap_err().is_killed());
        load
    }

    #[coro::test]
    fn an_honest_server_gives_no_errors() {
        for (connections, message_size) in [(1, 1), (100, 64), (3, 200_000)] {
            let load = measure_against(0, connections, message_size);
            assert_eq!(load.errors.get(), 0, "{:?}", load.first_error);
            assert!(load.requests.get() >= connections as u64);
            assert_eq!(load.latencies.borrow().count, load.requests.get());
        }
    }

    #[coro::test]
    fn a_wrong_byte_is_an_error() {
        let load = measure_against(1, 5, 100_000);
        assert_eq!((load.errors.get(), load.requests.get()), (5, 0));
        assert_eq!(load.first_error.borrow().as_deref(), Some("byte 0 of an answer was wrong"));
    }

    #[coro::test]
    fn a_missing_server_is_one_line_or_one_object() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap().to_string();
        drop(listener);
        for json in [false, true] {
            let addr = addr.clone();
            let options = Options { addr, connections: 3, json, ..Options::default() };
            let load = measure(options).unwrap();
            assert_eq!(load.errors.get(), 3);
            let complaint = load.complaint().unwrap();
            assert!(complaint.starts_with(&format!("cannot connect to {}: ", load.options.addr)));
            assert_eq!(complaint.lines().count(), 1, "{complaint:?}");
            let begin =
                "{\"connections\": 3, \"requests\": 0, \"errors\": 3, \"requests_per_s\": 0.0, ";
            assert_eq!(load.report().map(|object| object.starts_with(begin)), json.then_some(true));
        }
    }

    #[coro::test(start_paused)]
    fn a_silent_server_is_given_up_after_one_wait() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap().to_string();
        let connections = 3 * CONNECTORS;
        let begin = coro::time::now();
        let load = measure(Options { addr, connections, ..Options::default() }).unwrap();
        assert!(coro::time::now() - begin < 2 * PATIENCE);
        assert_eq!(load.errors.get(), connections as u64);
        assert!(load.complaint().unwrap().ends_with("no answer within 10 s"));
    }

    #[test]
    fn wrong_arguments_are_one_line() {
        let wrong =
            [["--connections", "0"], ["--seconds", "-1"], ["--message-size", "x"], ["--what", "1"]];
        for args in wrong {
            let error = Options::parse(lexopt::Parser::from_args(args)).unwrap_err().to_string();
            assert_eq!(error.lines().count(), 1, "{error:?}");
        }
        let args = lexopt::Parser::from_args(["--seconds", "0.5", "--json"]);
        let expected =
            Options { duration: Duration::from_millis(500), json: true, ..Options::default() };
        assert_eq!(Options::parse(args).unwrap(), Some(expected));
    }

    #[test]
    fn too_many_connections_name_the_limit() {
        if rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum.is_some() {
            assert!(raise_file_limit(1 << 40).unwrap_err().contains("RLIMIT_NOFILE"));
        }
    }

    #[test]
    fn every_message_is_different() {
        let message = |id, number| {
            let mut message = [0; 100];
            fill(&mut message, id, number);
            message
        };
        assert_ne!(message(1, 0), message(0, 1));
        assert_ne!(message(1, 1), message(1, 2));
        assert_ne!(message(0, 0)[..8], message(0, 0)[8..16]);
    }

    #[test]
    fn percentiles_are_close_from_above() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.percentile(0.5), Duration::ZERO);
        (1..=100_000).for_each(|micros| histogram.record(Duration::from_micros(micros)));
        for (share, exact) in
            [(0.5, 50_000.0), (0.99, 99_000.0), (0.999, 99_900.0), (1.0, 100_000.0)]
        {
            let found = histogram.percentile(share).as_nanos() as f64 / 1000.0;
            assert!((exact..exact * 1.008).contains(&found), "{share}: {found}, not {exact}");
        }
    }

    #[test]
    fn buckets_are_gapless() {
        for nanos in [0, 1, 255, 256, 257, 511, 512, 1 << 20, u64::MAX] {
            let bucket = Histogram::bucket(nanos);
            assert!(Histogram::upper_end(bucket) >= nanos);
            assert!(bucket == 0 || Histogram::upper_end(bucket - 1) < nanos);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
