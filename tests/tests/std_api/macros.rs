//! The macros in which names are used: each compiles its lines, and keeps their text.

/// Modules, traits and other names that cannot be written as a type or as an expression.
macro_rules! imports {
    ($($path:path;)*) => {
        pub(crate) const IMPORTS: crate::key::Group =
            &[$((crate::key::Kind::Item, stringify!($path))),*];
        $(const _: () = {
            #[allow(unused_imports, reason = "that the name is there is all")]
            use $path as _;
        };)*
    };
}

/// Types.
macro_rules! types {
    ($($type:ty;)*) => {
        pub(crate) const TYPES: crate::key::Group =
            &[$((crate::key::Kind::Item, stringify!($type))),*];
        const _: () = { $(let _ = std::marker::PhantomData::<$type>;)* };
    };
}

/// Functions, methods and constants.
macro_rules! items {
    ($($item:expr;)*) => {
        pub(crate) const ITEMS: crate::key::Group =
            &[$((crate::key::Kind::Item, stringify!($item))),*];
        const _: fn() = || { $(let _ = $item;)* };
    };
}

/// Types with a trait that they implement.
macro_rules! impls {
    ($($type:ty: $trait:path;)*) => {
        pub(crate) const IMPLS: crate::key::Group =
            &[$((crate::key::Kind::Impl, stringify!($type: $trait))),*];
        const _: fn() = || { $({
            fn has<Type: ?Sized + $trait>() {}
            has::<$type>();
        })* };
    };
}

/// Types with a trait that they must not implement.
macro_rules! lacks {
    ($($type:ty: $trait:path;)*) => {
        pub(crate) const LACKS: crate::key::Group =
            &[$((crate::key::Kind::NoImpl, stringify!($type: $trait))),*];
        $(const _: () = assert!(!implements!($type: $trait));)*
    };
}

/// Whether a type implements a trait, as a constant.
///
/// The inherent constant is preferred where its bound holds; else the trait's is found.
macro_rules! implements {
    ($type:ty: $trait:path) => {{
        #[allow(dead_code, reason = "one of the two constants is not used")]
        trait Otherwise {
            const IMPLEMENTS: bool = false;
        }
        impl<Type: ?Sized> Otherwise for Type {}
        struct Asked<Type: ?Sized>(std::marker::PhantomData<Type>);
        #[allow(dead_code, reason = "one of the two constants is not used")]
        impl<Type: ?Sized + $trait> Asked<Type> {
            const IMPLEMENTS: bool = true;
        }
        <Asked<$type>>::IMPLEMENTS
    }};
}
