//! Pipes and standard streams.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::process::Command;

use coro_tests::children::Running;

use super::sys::io::{
    self, BufRead, BufReader, IoSlice, IoSliceMut, PipeReader, PipeWriter, Read, Write,
};
use super::sys::thread;

programs! {
    through_a_pipe,
    the_last_writer_ends_it,
    nobody_reads,
    more_than_fits,
    in_slices,
    copied,
    lines_from_several_writers,
    descriptors,
    through_a_process,
    standard_streams,
}

fn kind<T>(result: io::Result<T>) -> Result<T, ErrorKind> {
    result.map_err(|error| error.kind())
}

fn read_all(mut reader: PipeReader) -> Result<String, ErrorKind> {
    let mut text = String::new();
    kind(reader.read_to_string(&mut text).map(|_| text))
}

fn through_a_pipe(log: &mut String) {
    let (reader, mut writer) = io::pipe().unwrap();
    let reading = thread::spawn(move || read_all(reader));
    for word in ["one ", "two ", "three"] {
        writer.write_all(word.as_bytes()).unwrap();
        thread::yield_now();
    }
    writer.flush().unwrap();
    drop(writer);
    note!(log, "{:?}", reading.join().unwrap());
}

fn the_last_writer_ends_it(log: &mut String) {
    let (reader, writer) = io::pipe().unwrap();
    let mut clone = writer.try_clone().unwrap();
    let reading = thread::spawn(move || read_all(reader));
    drop(writer);
    thread::yield_now();
    clone.write_all(b"not the end yet").unwrap();
    drop(clone);
    note!(log, "{:?}", reading.join().unwrap());
}

fn nobody_reads(log: &mut String) {
    let (reader, writer) = io::pipe().unwrap();
    let clone = reader.try_clone().unwrap();
    drop(reader);
    note!(log, "{:?}", kind((&writer).write(b"somebody could")));
    drop(clone);
    let error = (&writer).write(b"nobody can").unwrap_err();
    note!(log, "{:?} {error}", error.kind());
}

fn more_than_fits(log: &mut String) {
    let (mut reader, mut writer) = io::pipe().unwrap();
    let writing = thread::spawn(move || kind(writer.write_all(&vec![7; 1 << 20])));
    let mut bytes = Vec::new();
    note!(log, "{:?}", kind(reader.read_to_end(&mut bytes)));
    note!(log, "{:?} {}", writing.join().unwrap(), bytes.iter().all(|byte| *byte == 7));
}

fn in_slices(log: &mut String) {
    let (mut reader, mut writer) = io::pipe().unwrap();
    note!(log, "{:?}", kind(writer.write_vectored(&[IoSlice::new(b"abc"), IoSlice::new(b"de")])));
    let (mut one, mut other) = ([0; 2], [0; 8]);
    let mut slices = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut other)];
    note!(log, "{:?} {one:?} {other:?}", kind(reader.read_vectored(&mut slices)));
}

fn copied(log: &mut String) {
    let (mut from, mut source) = io::pipe().unwrap();
    let (drain, mut to) = io::pipe().unwrap();
    let copying = thread::spawn(move || kind(io::copy(&mut from, &mut to)));
    let reading = thread::spawn(move || kind(io::read_to_string(drain)).map(|text| text.len()));
    source.write_all("words ".repeat(20_000).as_bytes()).unwrap();
    drop(source);
    note!(log, "{:?} {:?}", copying.join().unwrap(), reading.join().unwrap());
}

fn lines_from_several_writers(log: &mut String) {
    let (reader, writer) = io::pipe().unwrap();
    thread::scope(|scope| {
        for id in 0..4 {
            let mut writer = writer.try_clone().unwrap();
            scope.spawn(move || {
                for n in 0..5 {
                    writer.write_all(format!("{id} {n}\n").as_bytes()).unwrap(); // as a whole
                }
            });
        }
        drop(writer);
        let mut lines: Vec<String> = BufReader::new(reader).lines().map(Result::unwrap).collect();
        lines.sort();
        note!(log, "{lines:?}");
    });
}

fn descriptors(log: &mut String) {
    let (reader, writer) = io::pipe().unwrap();
    let reader = PipeReader::from(OwnedFd::from(reader));
    let writer = PipeWriter::from(OwnedFd::from(writer));
    (&writer).write_all(b"still a pipe").unwrap();
    drop(writer);
    note!(log, "{:?}", read_all(reader));
}

fn through_a_process(log: &mut String) {
    let (input, mut to_child) = io::pipe().unwrap();
    let (from_child, output) = io::pipe().unwrap();
    let child = Running::start(Command::new("cat").stdin(input).stdout(output));
    let reading = thread::spawn(move || read_all(from_child));
    to_child.write_all(b"there and back").unwrap();
    drop(to_child);
    note!(log, "{:?}", reading.join().unwrap());
    note!(log, "{:?}", child.wait().success());
}

fn standard_streams(log: &mut String) {
    let (mut stdout, mut stderr) = (io::stdout(), io::stderr());
    note!(log, "{:?} {:?}", kind(stdout.write(b"")), kind(stderr.lock().write_all(b"")));
    note!(log, "{:?} {:?}", kind(stdout.flush()), kind(stderr.flush()));
    note!(log, "{:?}", kind(io::stdin().lock().read(&mut [])));
    let held = stdout.lock();
    let again = stdout.lock(); // one thread may hold it more than once
    drop((held, again));
    let writers: Vec<_> = (0..3).map(|_| thread::spawn(|| kind(io::stdout().lock().flush()))).collect();
    for writer in writers {
        note!(log, "{:?}", writer.join().unwrap());
    }
}
