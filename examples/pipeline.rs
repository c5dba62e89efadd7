//! A pipeline over a socket: one thread reads lines and yields them as records, another one adds them up.
//!
//! ```text
//! cargo run --example pipeline                     # prints `listening on 127.0.0.1:7001`
//! printf 'oslo 3\ncairo 31\noslo 5\n\n' | nc 127.0.0.1 7001
//! ```
//!
//! The answer comes after an empty line, or at the end of the stream: `cairo 31.0` and `oslo 4.0`, the mean of each.

use coro::Yielder;
use coro::net::{TcpListener, TcpStream};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};

/// One measurement: where, and what.
#[derive(Debug, PartialEq)]
struct Record {
    station: String,
    value: f64,
}

impl Record {
    fn parse(line: &str) -> Option<Record> {
        let (station, value) = line.split_once(' ')?;
        Some(Record { station: station.to_owned(), value: value.trim().parse().ok()? })
    }
}

/// Yields the records that come over `conn`, up to an empty line; returns how many other lines there were.
#[coro::thread]
fn records(cx: &Yielder<(), Record>, conn: TcpStream) -> io::Result<usize> {
    let mut strangers = 0;
    for line in BufReader::new(conn).lines() {
        let line = line?; // parks until a whole line is there
        match Record::parse(&line) {
            Some(record) => cx.suspend(record), // parks until the next one is asked for
            None if line.is_empty() => break,
            None => strangers += 1,
        }
    }
    Ok(strangers)
}

/// The mean of each station's values.
fn means(records: impl Iterator<Item = Record>) -> BTreeMap<String, f64> {
    let mut sums: BTreeMap<String, (f64, u32)> = BTreeMap::new();
    for Record { station, value } in records {
        let (sum, count) = sums.entry(station).or_default();
        *sum += value;
        *count += 1;
    }
    sums.into_iter().map(|(station, (sum, count))| (station, sum / f64::from(count))).collect()
}

#[coro::thread]
fn summary(mut conn: TcpStream) -> io::Result<()> {
    let mut records = records(conn.try_clone()?).spawn();
    let means = means(records.by_ref()); // knows nothing of sockets and threads
    let strangers = records.join().map_err(io::Error::other)??;
    conn.write_all(answer(&means, strangers).as_bytes()) // one write, not one for each line
}

fn answer(means: &BTreeMap<String, f64>, strangers: usize) -> String {
    let mut lines: Vec<String> =
        means.iter().map(|(station, mean)| format!("{station} {mean:.1}\n")).collect();
    if strangers > 0 {
        lines.push(format!("{strangers} lines were no records\n"));
    }
    lines.concat()
}

fn serve(listener: &TcpListener) -> io::Result<()> {
    for conn in listener.incoming() {
        summary(conn?).spawn();
    }
    Ok(())
}

#[coro::main]
fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:7001")?;
    println!("listening on {}", listener.local_addr()?);
    serve(&listener)
}

#[cfg(test)]
mod tests {
    use super::*;
    use coro::CoroutineState::{Complete, Yielded};
    use coro::net::Shutdown;
    use coro::thread;
    use std::io::Read;

    fn pair() -> io::Result<(TcpStream, TcpStream)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let client = TcpStream::connect(listener.local_addr()?)?;
        Ok((client, listener.accept()?.0))
    }

    #[coro::test]
    fn each_client_gets_the_means_of_its_own_records() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let addr = listener.local_addr()?;
        let server = thread::spawn(move || serve(&listener));
        let ask = |text: &str| -> io::Result<String> {
            let mut conn = TcpStream::connect(addr)?;
            conn.write_all(text.as_bytes())?;
            conn.shutdown(Shutdown::Write)?;
            let mut answer = String::new();
            conn.read_to_string(&mut answer)?;
            Ok(answer)
        };
        thread::scope(|scope| {
            let one = scope.spawn(|| ask("oslo 3\ncairo 31\noslo 5\n\n"));
            let other = scope.spawn(|| ask("oslo -1\nno number\noslo x\noslo 2"));
            assert_eq!(one.join().unwrap().unwrap(), "cairo 31.0\noslo 4.0\n");
            assert_eq!(other.join().unwrap().unwrap(), "oslo 0.5\n2 lines were no records\n");
        });
        assert_eq!(ask("")?, "");
        server.kill();
        assert!(server.join().unwrap_err().is_killed());
        Ok(())
    }

    #[coro::test]
    fn a_record_comes_when_it_is_asked_for_and_its_line_is_there() -> io::Result<()> {
        let (mut client, conn) = pair()?;
        let mut records = records(conn).spawn();
        for value in [1.0, 2.0] {
            writeln!(client, "rome {value}")?;
            let Yielded(record) = records.resume(()).unwrap() else { panic!("a record is there") };
            assert_eq!(record, Record { station: "rome".to_owned(), value });
        }
        drop(client);
        let Complete(strangers) = records.resume(()).unwrap() else { panic!("there is no more") };
        assert_eq!(strangers?, 0);
        Ok(())
    }

    #[coro::test]
    fn a_reader_that_nobody_listens_to_ends_with_its_socket() -> io::Result<()> {
        let (mut client, conn) = pair()?;
        client.write_all(b"rome 1\nrome 2\n")?;
        let mut records = records(conn).spawn();
        assert_eq!(records.next().map(|record| record.value), Some(1.0));
        drop(records); // it waits to be asked for the second
        assert_eq!(client.read(&mut [0])?, 0);
        Ok(())
    }
}
