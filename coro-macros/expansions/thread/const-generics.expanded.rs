//! A constant needs no bound, and braces in a type end no function.
struct Buffer<const N: usize>([u8; N]);
fn double<const N: usize>(
    buffer: Buffer<N>,
) -> ::coro::thread::Routine<'static, Buffer<{ 1 + 1 }>> {
    ::coro::__private::routine(
        &"double",
        move || -> Buffer<{ 1 + 1 }> {
            let buffer = buffer;
            { Buffer([buffer.0[0], buffer.0[N - 1]]) }
        },
    )
}
