struct Parser<'text, 'label> { text: &'text str, label: &'label str }

impl<'text, 'label> Parser<'text, 'label> {
    #[coro::thread]
    fn new(text: &'text str, label: &'label str) -> Self { Self { text, label } }

    #[coro::thread]
    fn word(&mut self, end: char) -> Option<&'text str> {
        let (word, rest) = self.text.split_once(end)?;
        self.text = rest;
        Some(word)
    }

    #[coro::thread]
    pub fn relabel(&mut self, label: &'label str) { self.label = label }

    /// The lifetime of `text` has another name than the one of the block.
    #[coro::thread]
    fn is_at(&self, text: &str) -> bool { self.text.starts_with(text) }
}

#[coro::main]
fn main() {
    let text = String::from("a,b");
    let mut parser = Parser::new(&text, "one").call();
    let word = parser.word(',').call();
    parser.relabel("two").call();
    assert_eq!((word, parser.is_at("b").call(), parser.label), (Some("a"), true, "two"));
}
