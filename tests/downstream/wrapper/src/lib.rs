//! Exports `macro_rules!` macros that write annotated functions, each out of other fragments.
//!
//! `$crate` is all that they know: whoever calls them needs neither coro nor a name for it.

pub use coro;

/// Writes threads whose parts are all fragments.
#[macro_export]
macro_rules! threads {
    ($(
        $(#[$attribute:meta])*
        $visibility:vis fn $name:ident $(<$($generic:ident: $bound:path),+>)? ($($pattern:pat_param in $type:ty),* $(,)?)
            $(-> $result:ty)? $body:block
    )*) => {$(
        $(#[$attribute])*
        #[$crate::coro::thread(crate = $crate::coro)]
        $visibility fn $name $(<$($generic: $bound),+>)? ($($pattern: $type),*) $(-> $result)? $body
    )*};
}

/// Annotates functions that it does not take apart.
#[macro_export]
macro_rules! annotated {
    ($($function:item)*) => {$(
        #[$crate::coro::thread(crate = $crate::coro)]
        $function
    )*};
}

/// Writes a thread whose settings come from outside and whose body is plain tokens.
#[macro_export]
macro_rules! sized {
    ($name:literal, $size:expr, $function:ident($($parameter:ident: $type:ty),*) => $($body:tt)*) => {
        #[$crate::coro::thread(name = $name, stack_size = $size, crate = $crate::coro)]
        fn $function($($parameter: $type),*) -> ::std::option::Option<::std::string::String> {
            $($body)*
        }
    };
}

/// Writes a thread that is resumed; the body calls the yielder by the name that is given.
#[macro_export]
macro_rules! generator {
    ($(#[$attribute:meta])* $visibility:vis $name:ident($cx:ident, $($parameter:ident: $type:ty),*) gives $item:ty { $($body:tt)* }) => {
        $(#[$attribute])*
        #[$crate::coro::thread(crate = $crate::coro)]
        $visibility fn $name($cx: &$crate::coro::Yielder<(), $item>, $($parameter: $type),*) {
            $($body)*
        }
    };
}

/// Writes a thread with a lifetime that the caller names.
#[macro_export]
macro_rules! borrower {
    ($lifetime:lifetime, $name:ident($parameter:ident: $type:ty) -> $result:ty = $value:expr) => {
        #[$crate::coro::thread(crate = $crate::coro)]
        fn $name<$lifetime>($parameter: $type) -> $result {
            $value
        }
    };
}

/// Writes a type with annotated methods; `self` comes from the caller, for bodies of theirs may name no other.
#[macro_export]
macro_rules! counter {
    (
        $visibility:vis $type:ident($number:ty) in $module:path;
        $($method:ident(& $this:ident $(, $parameter:ident: $argument:ty)*) -> $result:ty $body:block)*
    ) => {
        /// Counts.
        #[derive(Debug)]
        $visibility struct $type(pub $number);

        impl $type {
            $(
                /// Does what its body says.
                #[$crate::coro::thread(crate = $crate::coro)]
                $visibility fn $method(&$this $(, $parameter: $argument)*) -> $result $body
            )*

            /// Gives the number.
            #[$crate::coro::thread(crate = $crate::coro)]
            $visibility fn into_number(self) -> $number {
                self.0
            }
        }

        impl $module for $type {
            #[$crate::coro::thread(crate = $crate::coro)]
            fn describe(&self) -> ::std::string::String {
                ::std::format!("{:?}", self)
            }
        }
    };
}

/// What [`counter`] implements.
pub trait Describe {
    /// Says what it is.
    #[crate::coro::thread(crate = crate::coro)]
    fn describe(&self) -> String;
}

/// Writes a test, and the main function of a loop.
#[macro_export]
macro_rules! entries {
    ($main:ident -> $result:ty, $test:ident($($setting:tt)*) $body:block) => {
        #[$crate::coro::main(crate = $crate::coro)]
        fn $main() -> $result $body

        #[$crate::coro::test(crate = $crate::coro, $($setting)*)]
        fn $test() {
            $body;
        }
    };
}

#[cfg(test)]
mod tests {
    annotated! {
        fn double(number: u32) -> u32 {
            number * 2
        }
    }

    #[test]
    fn the_macros_work_at_home() {
        assert_eq!(double(21).call(), 42);
    }
}
