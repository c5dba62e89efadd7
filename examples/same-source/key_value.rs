//! A small key-value server, its pool of workers and its clients, over whatever its parent module calls `sys`.

use super::sys::io::{self, BufRead, BufReader, Write};
use super::sys::net::{SocketAddr, TcpListener, TcpStream};
use super::sys::sync::{Condvar, Mutex, mpsc};
use super::sys::thread;
use std::collections::BTreeMap;

const CLIENTS: usize = 4;
/// A client that waits for a value keeps its worker, so there is one for each.
const WORKERS: usize = CLIENTS;

#[derive(Default)]
struct Store {
    values: Mutex<BTreeMap<String, i64>>,
    changed: Condvar,
}

impl Store {
    /// Answers one line: `set key n`, `add key n`, `get key`, or `wait key n`, which waits for that value.
    fn answer(&self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let number = words.get(2).and_then(|word| word.parse().ok());
        match (words[..].first(), words.get(1), number) {
            (Some(&"get"), Some(key), None) => self.get(key),
            (Some(&"set"), Some(key), Some(n)) => self.update(key, |value| *value = n),
            (Some(&"add"), Some(key), Some(n)) => self.update(key, |value| *value += n),
            (Some(&"wait"), Some(key), Some(n)) => self.wait(key, n),
            _ => format!("cannot understand {line:?}"),
        }
    }

    fn get(&self, key: &str) -> String {
        let values = self.values.lock().expect("nobody panics with the lock");
        values.get(key).map_or("nothing".to_owned(), i64::to_string)
    }

    fn update(&self, key: &str, change: impl FnOnce(&mut i64)) -> String {
        let mut values = self.values.lock().expect("nobody panics with the lock");
        change(values.entry(key.to_owned()).or_default());
        self.changed.notify_all();
        "ok".to_owned()
    }

    fn wait(&self, key: &str, wanted: i64) -> String {
        let values = self.values.lock().expect("nobody panics with the lock");
        let differs = |values: &mut BTreeMap<String, i64>| values.get(key) != Some(&wanted);
        let values = self.changed.wait_while(values, differs).expect("nobody panics with the lock");
        values[key].to_string()
    }
}

/// Accepts the clients and hands them to the workers.
fn serve(listener: &TcpListener, store: &Store) -> io::Result<()> {
    let (sender, receiver) = mpsc::sync_channel::<TcpStream>(1);
    let receiver = Mutex::new(receiver);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| work(&receiver, store));
        }
        for conn in listener.incoming().take(CLIENTS) {
            sender.send(conn?).expect("the receiver outlives the scope");
        }
        drop(sender); // the workers end when they have served everyone
        Ok(())
    })
}

fn work(connections: &Mutex<mpsc::Receiver<TcpStream>>, store: &Store) {
    loop {
        let next = connections.lock().expect("nobody panics with the lock").recv();
        let Ok(conn) = next else { return };
        if let Err(error) = answer_all(&conn, store) {
            eprintln!("lost a client: {error}");
        }
    }
}

fn answer_all(mut conn: &TcpStream, store: &Store) -> io::Result<()> {
    for line in BufReader::new(conn).lines() {
        let answer = store.answer(&line?);
        conn.write_all(format!("{answer}\n").as_bytes())?;
    }
    Ok(())
}

/// Asks its questions one by one; what was said, as a text.
fn client(addr: SocketAddr, id: usize) -> io::Result<String> {
    let questions = [
        format!("set client-{id} {}", id * 10),
        format!("add client-{id} {id}"),
        format!("get client-{id}"),
        "get nobody".to_owned(),
        "make coffee".to_owned(),
        "add visits 1".to_owned(),
        format!("wait visits {CLIENTS}"), // for the others
    ];
    let mut conn = TcpStream::connect(addr)?;
    let mut answers = BufReader::new(conn.try_clone()?).lines();
    let mut said = String::new();
    for question in questions {
        conn.write_all(format!("{question}\n").as_bytes())?;
        let answer = answers.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        said += &format!("{id}: {question} -> {answer}\n");
    }
    Ok(said)
}

/// Runs the server and its clients to the end; what each client said and heard, in the order of the clients.
pub(crate) fn run() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let addr = listener.local_addr()?;
    let store = Store::default();
    let said = thread::scope(|scope| {
        let server = scope.spawn(|| serve(&listener, &store));
        let clients: Vec<_> =
            (0..CLIENTS).map(|id| scope.spawn(move || client(addr, id))).collect();
        let said: io::Result<String> =
            clients.into_iter().map(|client| client.join().expect("a client ends")).collect();
        server.join().expect("the server ends")?;
        said
    })?;
    let values = store.values.into_inner().expect("nobody panics with the lock");
    assert_eq!(values["visits"], CLIENTS as i64);
    assert_eq!(said.lines().filter(|line| line.ends_with(" -> ok")).count(), 3 * CLIENTS);
    Ok(said)
}
