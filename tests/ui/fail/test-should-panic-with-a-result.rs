#[coro::test(seeds = 3)]
#[should_panic(expected = "no file")]
fn check() -> std::io::Result<()> {
    std::fs::read("").map(drop)
}

fn main() {}
