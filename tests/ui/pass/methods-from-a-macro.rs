macro_rules! service {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($method:ident(&$self:ident, $($arg:ident: $ty:ty),*) -> $ret:ty $body:block)* }) => {
        $(#[$meta])* $vis struct $name(u8);
        impl $name { $(#[coro::thread] $vis fn $method(&$self, $($arg: $ty),*) -> $ret $body)* }
        trait Service { $(#[coro::thread] fn $method(&$self, $($arg: $ty),*) -> $ret;)* }
        impl Service for $name { $(#[coro::thread] fn $method(&$self, $($arg: $ty),*) -> $ret { $name::$method($self, $($arg),*).call() })* }
    };
}

service! {
    /// It adds.
    pub(crate) Adder {
        add(&self, by: &u8, times: u8) -> u8 { self.0 + by * times }
        text(&self, text: String) -> Vec<u8> { [text.into_bytes(), vec![self.0]].concat() }
    }
}

#[coro::main]
fn main() {
    assert_eq!(Service::add(&Adder(1), &2, 3).call(), 7);
    assert_eq!(Service::text(&Adder(1), "a".to_owned()).call(), [b'a', 1]);
}
