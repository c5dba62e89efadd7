use std::time::Duration;

fn main() {
    coro::run(|| -> std::io::Result<()> {
        let (reader, _writer) = coro::io::pipe()?;
        let (readers, event) = (None::<&coro::io::PipeReader>, coro::sync::Event::new());
        coro::select! {
            wait(readers.map(|reader| reader.readable())) -> ready => ready?,
            wait(Some(&event)) => panic!("nobody sets it"),
            wait(reader.readable()) -> ready => ready.map_err(|error| error.kind()).unwrap(),
            wait(true.then_some(Duration::ZERO)) -> () => {}
        }
        Ok(())
    })
    .unwrap();
}
