#[derive(Debug, PartialEq)]
struct List(Vec<u8>);

impl List {
    #[coro::thread]
    fn of(items: &[u8]) -> Self { Self(items.to_vec()) }

    #[coro::thread]
    fn concat(lists: Vec<Self>) -> Option<Self> { Some(Self(lists.into_iter().flat_map(|list| list.0).collect())) }

    #[coro::thread]
    fn longest<'a>(&'a self, other: &'a Self) -> &'a Self { if other.0.len() > self.0.len() { other } else { self } }
}

#[coro::main]
fn main() {
    let (one, two) = (List::of(&[1]).call(), List::of(&[2, 3]).call());
    assert_eq!(one.longest(&two).call(), &two);
    assert_eq!(List::concat(vec![one, two]).spawn().join().unwrap(), Some(List(vec![1, 2, 3])));
}
