//! What the integration tests and the binaries share: canaries, command lines, pairs of sockets, a look at the process,
//! other processes, a watchdog, work for four OS threads, and what only unsafe code can do.

pub mod canary;
pub mod children;
pub mod command;
pub mod process;
pub mod raw;
pub mod sockets;
pub mod spread;
pub mod stacks;
pub mod watchdog;
