//! Each primitive between two loops and two plain OS threads, in small; the binary `spread` does it in large.

use std::time::Duration;

use coro_tests::spread;

const OPERATIONS: usize = 5_000;
const LIMIT: Duration = Duration::from_secs(120);

#[test]
fn every_primitive_works_between_loops_and_plain_os_threads() {
    for case in spread::cases() {
        case.run(OPERATIONS, LIMIT);
    }
}
