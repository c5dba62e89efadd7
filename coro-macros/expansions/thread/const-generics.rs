//! A constant needs no bound, and braces in a type end no function.

struct Buffer<const N: usize>([u8; N]);

#[coro::thread]
fn double<const N: usize>(buffer: Buffer<N>) -> Buffer<{ 1 + 1 }> {
    Buffer([buffer.0[0], buffer.0[N - 1]])
}
