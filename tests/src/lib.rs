//! What the integration tests and the binaries share: canaries, pairs of sockets, a look at the process, and work for four
//! OS threads.

pub mod canary;
pub mod process;
pub mod sockets;
pub mod spread;
