//! Names that generated code must not mean: types, traits, modules and macros.

/// Nothing to choose from.
#[derive(Debug)]
pub struct Option;

/// A struct where a variant would be.
#[derive(Debug)]
pub struct Some(pub usize);

/// Another one, which a pattern of this name would mean.
#[derive(Debug)]
pub struct None;

/// Neither right nor wrong.
#[derive(Debug)]
pub struct Result(pub u32);

/// What comes out well.
#[derive(Debug)]
pub struct Ok;

/// What does not.
#[derive(Debug)]
pub struct Err;

/// On no heap.
#[derive(Debug)]
pub struct Box<T>(pub T);

/// Without a letter.
#[derive(Debug)]
pub struct String;

/// Does not move.
#[derive(Debug)]
pub struct Pin;

/// Takes no time.
#[derive(Debug)]
pub struct Duration;

/// No thread, yet.
#[derive(Debug)]
pub struct Routine;

/// Builds nothing.
#[derive(Debug)]
pub struct Builder;

/// Is called, but not in a closure.
pub trait FnOnce {}

/// Turns into nothing.
pub trait Into {}

/// Is everywhere, with the names of coro's own methods.
pub trait Everywhere {
    /// Is not the one that runs a thread.
    fn run(&self) -> u8;
    /// Is not the one that sets a size.
    fn stack_size(&self, bytes: u8) -> u8;
    /// Is not the one that names a thread.
    fn name(&self, name: u8) -> u8;
    /// Is not the one that starts a clock.
    fn start_paused(&self) -> u8;
    /// Is not the one that draws an order.
    fn seeds(&self) -> u8;
    /// Is not the one that ends a test.
    fn timeout(&self) -> u8;
}

impl<T: ?::std::marker::Sized> Everywhere for T {
    fn run(&self) -> u8 {
        0
    }

    fn stack_size(&self, bytes: u8) -> u8 {
        bytes
    }

    fn name(&self, name: u8) -> u8 {
        name
    }

    fn start_paused(&self) -> u8 {
        0
    }

    fn seeds(&self) -> u8 {
        0
    }

    fn timeout(&self) -> u8 {
        0
    }
}

/// Drops nothing.
pub fn drop() {}

/// Returns, unlike its namesake.
pub fn never() {}

/// Is a module here.
pub mod core {}

/// Is a module here.
pub mod std {}

/// Is a module here.
pub mod coro {}

/// Is a module here.
pub mod thread {}

macro_rules! rival {
    ($($name:ident)*) => {$(
        #[allow(unused_macros, reason = "nobody calls it: that is the point")]
        macro_rules! $name {
            ($d:tt) => { ::std::compile_error!("generated code calls a macro of its user's") };
        }
    )*};
}

rival! {
    assert concat debug_assert eprintln format format_args line module_path panic print println select stringify todo
    unreachable vec write
}
