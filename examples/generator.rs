//! Generators out of raw coroutines: a walk over a tree that is written as recursion and used as an iterator, and the
//! same-fringe question, which asks two walks for one leaf at a time and stops at the first difference.
//!
//! ```text
//! cargo run --example generator
//! ```
//!
//! There is no loop here: a raw coroutine needs none.

use coro::Yielder;
use coro::coroutine::Coroutine;
use std::fmt::Display;
use std::rc::Rc;

/// A binary tree with its values at the leaves.
#[derive(Clone, Debug)]
enum Tree<T> {
    Leaf(T),
    Fork(Rc<Tree<T>>, Rc<Tree<T>>),
}

use Tree::Leaf;

fn fork<T>(left: Tree<T>, right: Tree<T>) -> Tree<T> {
    Tree::Fork(Rc::new(left), Rc::new(right))
}

/// Gives out the leaves from left to right, from whatever depth of the recursion.
fn walk<T: Clone>(cx: &Yielder<(), T>, tree: &Tree<T>) {
    match tree {
        Leaf(value) => cx.suspend(value.clone()),
        Tree::Fork(left, right) => {
            walk(cx, left);
            walk(cx, right);
        }
    }
}

/// The leaves of `tree`, one at a time; nothing is walked before it is asked for.
fn leaves<T: Clone + 'static>(tree: &Tree<T>) -> impl Iterator<Item = T> + use<T> {
    let tree = tree.clone();
    Coroutine::new(move |cx: &Yielder<(), T>, ()| walk(cx, &tree))
}

/// Whether two trees have the same leaves in the same order, whatever their shapes.
fn same_fringe<T: Clone + PartialEq + 'static>(one: &Tree<T>, two: &Tree<T>) -> bool {
    leaves(one).eq(leaves(two))
}

fn line<T: Display + Clone + 'static>(tree: &Tree<T>) -> String {
    leaves(tree).map(|leaf| leaf.to_string()).collect::<Vec<_>>().join(" ")
}

fn main() {
    let leaning_left = fork(fork(fork(Leaf(1), Leaf(2)), Leaf(3)), Leaf(4));
    let leaning_right = fork(Leaf(1), fork(Leaf(2), fork(Leaf(3), Leaf(4))));
    let other = fork(fork(Leaf(1), Leaf(2)), fork(Leaf(4), Leaf(3)));
    for (name, tree) in
        [("leaning left", &leaning_left), ("leaning right", &leaning_right), ("other", &other)]
    {
        let same = same_fringe(&leaning_left, tree);
        println!("{name}: {} ({})", line(tree), if same { "the same" } else { "different" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_come_from_left_to_right_whatever_the_shape() {
        let left = fork(fork(Leaf(1), Leaf(2)), Leaf(3));
        let right = fork(Leaf(1), fork(Leaf(2), Leaf(3)));
        assert_eq!(line(&left), "1 2 3");
        assert!(same_fringe(&left, &right));
        assert!(!same_fringe(&left, &fork(Leaf(1), Leaf(2))));
        assert!(!same_fringe(&left, &fork(fork(Leaf(1), Leaf(9)), Leaf(3))));
    }

    /// A value that may be asked for only if `allowed`.
    #[derive(Debug, PartialEq)]
    struct Watched {
        value: u32,
        allowed: bool,
    }

    impl Clone for Watched {
        fn clone(&self) -> Watched {
            assert!(self.allowed, "leaf {} was walked to no purpose", self.value);
            Watched { ..*self }
        }
    }

    #[test]
    fn the_walk_stops_at_the_first_difference() {
        let leaf = |value, allowed| Leaf(Watched { value, allowed });
        let one = fork(leaf(1, true), fork(leaf(2, true), leaf(3, false)));
        let two = fork(fork(leaf(1, true), leaf(7, true)), leaf(3, false));
        assert!(!same_fringe(&one, &two));
    }
}
