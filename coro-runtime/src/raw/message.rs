//! What a signal handler says: text and numbers in a small buffer of its own, written to standard error in one piece.
//!
//! It allocates nothing, locks nothing and calls nothing but `write`; `fmt` is left out for the depth of its frames.

/// How many bytes are gathered before they are written; enough for all but very long names.
const ROOM: usize = 320;

/// A message under way to standard error.
pub(crate) struct Message {
    bytes: [u8; ROOM],
    length: usize,
}

impl Message {
    pub(super) const fn new() -> Message {
        Message { bytes: [0; ROOM], length: 0 }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.length == ROOM {
                self.send();
            }
            self.bytes[self.length] = byte;
            self.length += 1;
        }
    }

    pub(crate) fn number(&mut self, number: u64) {
        // No number of 64 bits has more digits.
        let mut digits = [0; 20];
        let mut first = digits.len();
        let mut rest = number;
        loop {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.bytes(&digits[first..]);
    }

    /// A number of bytes, in the largest of MiB and KiB that measures it.
    pub(crate) fn size(&mut self, bytes: usize) {
        const MIB: usize = 1024 * 1024;
        let (unit, name) = if bytes.is_multiple_of(MIB) { (MIB, " MiB") } else { (1024, " KiB") };
        self.number((bytes / unit) as u64);
        self.text(name);
    }

    /// Writes what was gathered. If nobody reads standard error any more, the message is lost.
    pub(super) fn send(&mut self) {
        let mut rest = &self.bytes[..self.length];
        while !rest.is_empty() {
            match rustix::io::write(rustix::stdio::stderr(), rest) {
                Ok(written) => rest = &rest[written..],
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => break,
            }
        }
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(say: impl FnOnce(&mut Message)) -> String {
        let mut message = Message::new();
        say(&mut message);
        String::from_utf8(message.bytes[..message.length].to_vec()).expect("it was text")
    }

    #[test]
    fn numbers_are_decimal() {
        for number in [0, 7, 10, 1234, u64::MAX] {
            assert_eq!(said(|message| message.number(number)), number.to_string());
        }
    }

    #[test]
    fn sizes_have_the_largest_unit_that_measures_them() {
        for (size, text) in [(16, "16 KiB"), (1024, "1 MiB"), (1536, "1536 KiB"), (4096, "4 MiB")] {
            assert_eq!(said(|message| message.size(size * 1024)), text);
        }
    }
}
