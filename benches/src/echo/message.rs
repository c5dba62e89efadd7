//! What the client sends: windows into one stretch of noise.
//!
//! Which window depends on the connection and on the request, so an answer that belongs to another connection or to an
//! earlier request does not pass for the right one, and no message has to be made while the clock runs.

/// How many different messages there are; a prime, so that neither index stays in step with it.
const WINDOWS: usize = 1021;

#[derive(Debug)]
pub(super) struct Messages {
    noise: Vec<u8>,
    size: usize,
}

impl Messages {
    pub(super) fn new(size: usize) -> Self {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let noise = (0..size + WINDOWS).map(|_| next_byte(&mut state)).collect();
        Self { noise, size }
    }

    /// Returns the message of the given request on the given connection.
    pub(super) fn get(&self, connection: usize, request: usize) -> &[u8] {
        let start = (connection * 31 + request) % WINDOWS;
        &self.noise[start..start + self.size]
    }
}

/// Steps a xorshift generator.
fn next_byte(state: &mut u64) -> u8 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 32) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_connection_and_request_differ() {
        let messages = Messages::new(64);
        assert_eq!(messages.get(3, 5).len(), 64);
        assert_ne!(messages.get(3, 5), messages.get(3, 6));
        assert_ne!(messages.get(3, 5), messages.get(4, 5));
        assert_eq!(messages.get(3, 5), messages.get(3, 5 + WINDOWS));
    }
}
