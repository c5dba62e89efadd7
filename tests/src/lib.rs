//! What the integration tests and the storm share: canaries, pairs of sockets, and a look at the process.

pub mod canary;
pub mod process;
pub mod sockets;
