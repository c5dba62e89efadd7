//! Methods are mended as other functions are.

use coro::Yielder;

struct Counter(u32);

impl Counter {
    #[coro::thread]
    async fn later(&self, more: &u32) -> &u32 {
        later().await;
        &self.0
    }

    #[coro::thread]
    const fn get(self: Box<Self>) -> u32 {
        self.0
    }

    #[coro::thread]
    fn items_of(&self, from: u32, cx: &mut Yielder<(), u32>) {
        cx.suspend(self.0 + from);
    }
}

trait Count {
    #[coro::thread]
    unsafe fn count(&self) -> u32;

    #[coro::thread]
    async fn add(&mut self, #[resume] more: u32) -> u32;
}
