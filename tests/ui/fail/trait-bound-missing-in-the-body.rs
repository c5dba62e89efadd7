struct Printer<T>(T);

impl<T> Printer<T> {
    #[coro::thread]
    fn print(&self) -> String { self.0.to_string() }
}

fn main() { coro::run(|| Printer(1).print().call()); }
