struct Tree(u8, Vec<Tree>);

impl Tree {
    #[coro::thread]
    fn sum(&self) -> u8 {
        let of_children = coro::thread::scope(|scope| {
            let children: Vec<_> = self.1.iter().map(|child| scope.spawn_routine(child.sum())).collect();
            children.into_iter().map(|child| child.join().unwrap()).sum::<u8>()
        });
        self.0 + of_children
    }
}

#[coro::main]
fn main() {
    let leaf = |value| Tree(value, vec![]);
    assert_eq!(Tree(1, vec![leaf(2), Tree(3, vec![leaf(4)])]).sum().call(), 10);
}
