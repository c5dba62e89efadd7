#[derive(Debug, PartialEq)]
struct Queue<T, const N: usize> { items: Vec<T>, spare: [u8; N] }

impl<T: PartialEq, const N: usize> Queue<T, N> {
    /// A function that has nothing to do with `Self` names how long what it takes lives.
    #[coro::thread]
    pub fn of<'a>(item: T) -> Self
    where
        T: 'a,
    {
        Self { items: vec![item], spare: [0; N] }
    }

    #[coro::thread]
    pub fn push(&mut self, item: T) -> usize {
        self.items.push(item);
        self.items.len() + self.spare.len()
    }

    #[coro::thread]
    fn merge(mut self, mut other: Queue<T, N>) -> Self {
        self.items.append(&mut other.items);
        self
    }

    #[coro::thread]
    fn count<F: Fn(&T) -> bool>(&self, is_wanted: F, not: Option<T>) -> usize {
        self.items.iter().filter(|item| is_wanted(item) && not.as_ref() != Some(item)).count()
    }
}

#[coro::main]
fn main() {
    let text = String::from("a");
    let mut queue = Queue::<_, 2>::of(&*text).call();
    assert_eq!(queue.push("b").call(), 4);
    assert_eq!(queue.count(|item| *item > "a", Some("c")).call(), 1);
    assert_eq!(Queue::of(1).call().merge(Queue { items: vec![2], spare: [] }).spawn().join().unwrap().items, [1, 2]);
}
