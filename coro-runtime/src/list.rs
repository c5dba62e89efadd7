//! A line of entries, each under a key that stays its own: joining, leaving from the middle and looking one up cost the
//! same however many there are.
//!
//! Leaving the line and being removed are two steps. An entry that was served has left the line, and waits under its key
//! until its owner collects it.

use slab::Slab;

/// No node.
const NONE: usize = usize::MAX;

/// The entries, and the line that some of them stand in.
#[derive(Debug)]
pub(crate) struct List<E> {
    nodes: Slab<Node<E>>,
    first: usize,
    last: usize,
    /// How many stand in the line.
    len: usize,
}

#[derive(Debug)]
struct Node<E> {
    entry: E,
    /// The neighbours in the line; meaningless out of it.
    previous: usize,
    next: usize,
    in_line: bool,
}

impl<E> List<E> {
    pub(crate) const fn new() -> List<E> {
        List { nodes: Slab::new(), first: NONE, last: NONE, len: 0 }
    }

    /// Adds an entry that does not stand in the line.
    #[inline]
    pub(crate) fn insert(&mut self, entry: E) -> usize {
        self.nodes.insert(Node { entry, previous: NONE, next: NONE, in_line: false })
    }

    /// Adds an entry at the end of the line.
    #[inline]
    pub(crate) fn push(&mut self, entry: E) -> usize {
        let previous = self.last;
        let key = self.nodes.insert(Node { entry, previous, next: NONE, in_line: true });
        match self.nodes.get_mut(previous) {
            Some(node) => node.next = key,
            None => self.first = key,
        }
        self.last = key;
        self.len += 1;
        key
    }

    /// Takes an entry out of the line, if it stands there. It stays under its key.
    #[inline]
    pub(crate) fn leave(&mut self, key: usize) {
        let Some(node) = self.nodes.get_mut(key).filter(|node| node.in_line) else { return };
        node.in_line = false;
        let (previous, next) = (node.previous, node.next);
        match self.nodes.get_mut(previous) {
            Some(node) => node.next = next,
            None => self.first = next,
        }
        match self.nodes.get_mut(next) {
            Some(node) => node.previous = previous,
            None => self.last = previous,
        }
        self.len -= 1;
    }

    /// Takes an entry out for good.
    #[inline]
    pub(crate) fn remove(&mut self, key: usize) -> Option<E> {
        self.leave(key);
        self.nodes.try_remove(key).map(|node| node.entry)
    }

    /// Takes out all who stand in the line, the first one first.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = E> {
        std::iter::from_fn(|| self.first().and_then(|key| self.remove(key)))
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: usize) -> Option<&mut E> {
        self.nodes.get_mut(key).map(|node| &mut node.entry)
    }

    #[inline]
    pub(crate) fn get(&self, key: usize) -> Option<&E> {
        self.nodes.get(key).map(|node| &node.entry)
    }

    /// The key of the entry that stands first in the line.
    #[inline]
    pub(crate) fn first(&self) -> Option<usize> {
        (self.first != NONE).then_some(self.first)
    }

    /// The key of the one behind `key` in the line.
    #[inline]
    pub(crate) fn after(&self, key: usize) -> Option<usize> {
        self.nodes.get(key).map(|node| node.next).filter(|next| *next != NONE)
    }

    /// The keys of all entries, in the line or not.
    pub(crate) fn keys(&self) -> Vec<usize> {
        self.nodes.iter().map(|(key, _)| key).collect()
    }

    /// How many stand in the line.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(list: &List<u32>) -> Vec<u32> {
        let keys = std::iter::successors(list.first(), |key| list.after(*key));
        keys.map(|key| *list.get(key).expect("it is in the line")).collect()
    }

    #[test]
    fn entries_leave_from_anywhere_and_keep_their_keys() {
        let mut list = List::new();
        let keys: Vec<usize> = (0..5).map(|number| list.push(number)).collect();
        let aside = list.insert(9);
        list.leave(keys[2]);
        list.leave(keys[2]);
        assert_eq!((line(&list), list.len()), (vec![0, 1, 3, 4], 4));
        assert_eq!(list.remove(keys[0]), Some(0));
        assert_eq!(list.remove(keys[4]), Some(4));
        assert_eq!(list.remove(keys[4]), None);
        assert_eq!(
            (line(&list), list.get(keys[2]), list.get(aside)),
            (vec![1, 3], Some(&2), Some(&9))
        );
        assert_eq!(list.remove(aside), Some(9));
        assert_eq!((list.remove(keys[1]), list.remove(keys[3])), (Some(1), Some(3)));
        assert_eq!((line(&list), list.first(), list.keys()), (vec![], None, vec![keys[2]]));
        list.push(7);
        list.push(8);
        assert!(list.drain().eq([7, 8]));
        assert_eq!((line(&list), list.keys()), (vec![], vec![keys[2]]));
    }
}
