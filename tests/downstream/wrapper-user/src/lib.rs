//! Has its threads from the macros of the wrapper: no crate called `coro` is in reach.

wrapper::threads! {
    /// Adds two numbers, one of them in a pair.
    #[inline]
    pub fn add(mut sum in u32, (number, _) in (u32, &str)) -> u32 {
        sum += number;
        sum
    }

    /// Says which text is longer, if one is.
    pub fn longer<T: AsRef<str>>(one in T, other in &T) -> Option<bool> {
        let (one, other) = (one.as_ref().len(), other.as_ref().len());
        if one == other {
            return None;
        }
        Some(one > other)
    }

    /// Does nothing.
    pub fn idle() {}
}

wrapper::annotated! {
    /// Takes the first word.
    pub fn first_word(text: &str) -> Option<&str> {
        text.split(' ').next()
    }

    /// Adds up whatever can be a number.
    pub fn total(numbers: impl Iterator<Item = impl Into<u64>>) -> u64 {
        numbers.map(Into::into).sum()
    }
}

wrapper::generator! {
    /// Gives out the numbers of a range.
    pub numbers(cx, start: u32, end: u32) gives u32 {
        for number in start..end {
            cx.suspend(number);
        }
    }
}

wrapper::counter! {
    pub Counter(u32) in wrapper::Describe;
    add(&self, number: u32) -> u32 { self.0 + number }
    is_longer(&self, text: &str) -> bool { text.len() > self.0 as usize }
}

#[cfg(test)]
mod tests {
    use wrapper::{Describe, coro};

    use super::{Counter, add, first_word, idle, longer, numbers, total};

    const KIB: usize = 1024;

    wrapper::sized!("{kind} {number}", 64 * KIB, name(kind: String, number: u8) => coro::thread::current().name().map(str::to_owned));
    wrapper::borrower!('text, trim(text: &'text str) -> &'text str = text.trim());
    wrapper::entries!(run -> u64, counts_one_to_three(seeds = 2, start_paused) {
        numbers(1, 4).spawn().map(u64::from).sum::<u64>()
    });

    #[test]
    fn fragments_make_a_thread() {
        coro::run(|| {
            assert_eq!(add(1, (2, "")).spawn().join().unwrap(), 3);
            assert_eq!(longer("ab", &"a").call(), Some(true));
            idle().spawn().join().unwrap();
            assert_eq!(
                name("worker".to_owned(), 7).spawn().join().unwrap().as_deref(),
                Some("worker 7")
            );
        });
    }

    #[test]
    fn whole_functions_make_a_thread() {
        let text = String::from(" a b");
        assert_eq!(first_word(trim(&text).call()).call(), Some("a"));
        assert_eq!(total([1_u8, 2].into_iter()).call(), 3);
    }

    #[test]
    fn a_macro_can_write_methods() {
        let counter = Counter(1);
        assert_eq!((counter.add(2).call(), counter.is_longer("ab").call()), (3, true));
        assert_eq!(counter.describe().call(), "Counter(1)");
        assert_eq!(coro::run(|| counter.into_number().spawn().join()).unwrap(), 1);
    }

    #[test]
    fn a_macro_can_write_the_entry() {
        assert_eq!(run(), 6);
    }
}
