//! The buffer of standard input: it takes a line, or whatever is asked for, as a whole or not at all.
//!
//! std's `BufReader` moves bytes to the caller as they come; a caller that is interrupted in the middle of a line has
//! lost its beginning. Here the bytes stay in the buffer, which grows, until all that was asked for is there.

use std::io;

use super::standard;

/// For how many bytes there is room in each read.
const ROOM: usize = 8 * 1024;
/// How much memory is kept when all has been taken.
const KEPT: usize = 8 * ROOM;

#[derive(Debug)]
pub(super) struct Input {
    bytes: Vec<u8>,
    /// Where the bytes begin that nobody has taken.
    start: usize,
}

impl Input {
    pub(super) const fn new() -> Input {
        Input { bytes: Vec::new(), start: 0 }
    }

    /// What has come and was not taken.
    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Takes bytes from the front; there must be as many.
    pub(super) fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.unread().len());
        self.start = (self.start + count).min(self.bytes.len());
        if self.unread().is_empty() && self.bytes.capacity() > KEPT {
            *self = Input::new();
        }
    }

    /// Waits until something is unread, or for the end.
    pub(super) fn fill(&mut self) -> io::Result<&[u8]> {
        if self.unread().is_empty() {
            self.read_more()?;
        }
        Ok(self.unread())
    }

    /// Waits for `count` bytes.
    pub(super) fn fill_to(&mut self, count: usize) -> io::Result<()> {
        while self.unread().len() < count {
            if self.read_on()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Waits for the end; how many bytes are unread then.
    pub(super) fn fill_to_end(&mut self) -> io::Result<usize> {
        while self.read_on()? > 0 {}
        Ok(self.unread().len())
    }

    /// Waits for a delimiter, or for the end; how many bytes that is, the delimiter included.
    pub(super) fn fill_past(&mut self, delimiter: u8) -> io::Result<usize> {
        let mut searched = 0;
        loop {
            let new = &self.unread()[searched..];
            if let Some(position) = new.iter().position(|byte| *byte == delimiter) {
                return Ok(searched + position + 1);
            }
            searched = self.unread().len();
            if self.read_on()? == 0 {
                return Ok(searched);
            }
        }
    }

    /// As `read_more`, but goes on after a signal.
    fn read_on(&mut self) -> io::Result<usize> {
        loop {
            match self.read_more() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }

    /// Waits for more bytes and adds them to what is unread; 0 means the end.
    fn read_more(&mut self) -> io::Result<usize> {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.reserve(ROOM);
        standard::read(rustix::stdio::stdin(), &mut self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_for_much_input_is_given_back_when_all_is_taken() {
        let mut input = Input { bytes: vec![7; 10 * KEPT], start: 0 };
        input.consume(KEPT);
        assert_eq!(input.unread(), [7; 9 * KEPT]);
        input.consume(9 * KEPT);
        assert!(input.unread().is_empty() && input.bytes.capacity() <= KEPT);
    }
}
