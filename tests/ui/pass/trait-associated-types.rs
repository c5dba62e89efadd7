trait Service {
    type Request;
    type Response;

    #[coro::thread]
    fn serve(&self, request: Self::Request) -> Self::Response;

    #[coro::thread]
    fn peek(&self, request: &Self::Request) -> Option<&str> {
        let _ = request;
        None
    }
}

struct Double;

impl Service for Double {
    type Request = u32;
    type Response = u64;

    #[coro::thread]
    fn serve(&self, request: u32) -> u64 { 2 * u64::from(request) }
}

impl<'a, T: Clone> Service for &'a [T] {
    type Request = &'a [T];
    type Response = Vec<T>;

    #[coro::thread]
    fn serve(&self, request: &'a [T]) -> Vec<T> { [*self, request].concat() }

    #[coro::thread]
    fn peek(&self, request: &Self::Request) -> Option<&str> { request.is_empty().then_some("empty") }
}

#[coro::main]
fn main() {
    assert_eq!(Double.serve(2).call(), 4);
    assert_eq!((&[1][..]).serve(&[2]).call(), [1, 2]);
    assert_eq!((Double.peek(&1).call(), (&[1][..]).peek(&&[][..]).call()), (None, Some("empty")));
}
