//! An echo server: sends back every byte it gets, to any number of clients at once, one thread a client.
//!
//! ```text
//! cargo run --release --example echo-server        # prints `listening on 127.0.0.1:7000`
//! nc 127.0.0.1 7000                                # in another terminal: type, and read it again
//! cargo run --release --example load-client        # or let a hundred clients type
//! ```

use coro::net::{TcpListener, TcpStream};
use std::io::{self, Read, Write};
use std::process::ExitCode;

const HELP: &str = "\
Sends back every byte it gets.

Usage: echo-server [--addr ADDR]

  --addr ADDR   the address to listen on [default: 127.0.0.1:7000]
  -h, --help    print this and exit";

#[coro::thread]
fn echo(mut conn: TcpStream) -> io::Result<()> {
    conn.set_nodelay(true)?; // else the second write of a long answer waits for the first to be acknowledged
    let mut buf = [0; 4096];
    loop {
        let n = conn.read(&mut buf)?;
        if n == 0 {
            return Ok(());
        }
        conn.write_all(&buf[..n])?;
    }
}

fn serve(listener: &TcpListener) -> io::Result<()> {
    for conn in listener.incoming() {
        echo(conn?).spawn();
    }
    Ok(())
}

#[coro::main]
fn main() -> ExitCode {
    match run(lexopt::Parser::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("echo-server: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(args: lexopt::Parser) -> Result<(), String> {
    let Some(addr) = parse(args).map_err(|error| error.to_string())? else {
        println!("{HELP}");
        return Ok(());
    };
    raise_file_limit();
    let listener =
        TcpListener::bind(&*addr).map_err(|error| format!("cannot listen on {addr}: {error}"))?;
    let local = listener
        .local_addr()
        .map_err(|error| format!("cannot tell the address of {addr}: {error}"))?;
    println!("listening on {local}");
    serve(&listener).map_err(|error| format!("cannot accept on {local}: {error}"))
}

/// The address to listen on, or `None` if help was asked for.
fn parse(mut args: lexopt::Parser) -> Result<Option<String>, lexopt::Error> {
    use lexopt::prelude::*;
    let mut addr = "127.0.0.1:7000".to_owned();
    while let Some(arg) = args.next()? {
        match arg {
            Long("addr") => addr = args.value()?.string()?,
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(Some(addr))
}

/// Lets the server keep as many clients as the system allows. A refusal is no error: `accept` waits while all file
/// descriptors are taken.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use coro::net::Shutdown;
    use coro::thread;

    #[coro::test]
    fn every_client_gets_its_own_bytes_back() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let server = thread::spawn(move || serve(&listener));
        let talk = |text: &str| {
            let mut conn = TcpStream::connect(addr).unwrap();
            conn.write_all(text.as_bytes()).unwrap();
            conn.shutdown(Shutdown::Write).unwrap();
            let mut echoed = String::new();
            conn.read_to_string(&mut echoed).unwrap();
            assert_eq!(echoed, text);
        };
        thread::scope(|scope| {
            scope.spawn(|| talk("short"));
            scope.spawn(|| talk(&"long ".repeat(100_000)));
            scope.spawn(|| talk(""));
        });
        server.kill();
        assert!(server.join().unwrap_err().is_killed());
    }

    #[test]
    fn a_wrong_argument_is_one_line() {
        for args in [&["--port", "1"][..], &["--addr"], &["stray"], &["--addr", "no port"]] {
            let result = coro::run(|| run(lexopt::Parser::from_args(args)));
            let message = result.expect_err("the arguments are wrong");
            assert_eq!(message.lines().count(), 1, "{message:?}");
        }
    }
}
