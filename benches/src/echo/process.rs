//! A server process: this program, executed again as `serve SYSTEM`, until the handle is dropped.

use std::env;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use crate::Result;

/// What a server prints before its address.
pub(super) const ANNOUNCEMENT: &str = "listening on ";

#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts a server on `core` and waits for its address.
    pub(super) fn start(system: &str, core: usize) -> Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args(["serve", system, "--core", &core.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim_end().strip_prefix(ANNOUNCEMENT);
        let address =
            address.ok_or_else(|| format!("the {system} server did not start"))?.parse()?;
        Ok(Self { child, address })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that is gone already has said why on stderr; there is nothing left to stop.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
