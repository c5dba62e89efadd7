//! From a line of code to the name that the list has for it.

/// Lines of code of one kind or several.
pub(crate) type Group = &'static [(Kind, &'static str)];

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A path: `sys::sync::Mutex::<T>::lock` is `sync::Mutex::lock`.
    Item,
    /// A type and its trait: `sys::sync::Mutex<T>: Send` is `impl Send for sync::Mutex`.
    Impl,
    /// A type and a trait that it has not: `impl !Send for ...`.
    NoImpl,
}

/// How many lines there are.
pub(crate) fn count(groups: &[Group]) -> usize {
    groups.iter().map(|group| group.len()).sum()
}

/// The listed name of a line of code.
pub(crate) fn of(kind: Kind, code: &str) -> String {
    let code = without_spaces(code);
    match kind {
        Kind::Item => path(&code),
        Kind::Impl => implementation(&code, ""),
        Kind::NoImpl => implementation(&code, "!"),
    }
}

/// A line of code as it is compared: without lifetimes of references and without spaces.
pub(crate) fn without_spaces(code: &str) -> String {
    let words: Vec<&str> = code.split_whitespace().collect();
    let code = words.join(" ").replace("&'static ", "&").replace("& 'static ", "&");
    let code = code.replace(", ", ",\u{a0}").replace(" as ", "\u{a0}as\u{a0}");
    code.replace(' ', "").replace('\u{a0}', " ")
}

fn implementation(code: &str, not: &str) -> String {
    let (of_type, of_trait) = split_at_colon(code);
    let arguments_start = of_trait.find('<').unwrap_or(of_trait.len());
    let (name, arguments) = of_trait.split_at(arguments_start);
    let (name, arguments) = (last_segment(name), short_argument(arguments));
    format!("impl {not}{name}{arguments} for {}", path(of_type))
}

/// At the first colon that is not a part of a path.
fn split_at_colon(code: &str) -> (&str, &str) {
    let bytes = code.as_bytes();
    let alone = |at: usize| {
        bytes[at] == b':' && bytes.get(at + 1) != Some(&b':') && (at == 0 || bytes[at - 1] != b':')
    };
    let at = (0..bytes.len()).find(|at| alone(*at)).expect("a type and a trait have a colon");
    (&code[..at], &code[at + 1..])
}

/// `<sys::net::TcpStream>` is written `<TcpStream>`.
fn short_argument(arguments: &str) -> String {
    match arguments.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        Some(argument) => format!("<{}>", last_segment(argument)),
        None => String::new(),
    }
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// A path without the alias, without generic arguments; of `<Type as Trait>::item`, the trait's.
fn path(code: &str) -> String {
    let code = match code.strip_prefix('<').and_then(|rest| rest.split_once(" as ")) {
        Some((_, of_trait)) => of_trait.replacen(">::", "::", 1),
        None => code.to_owned(),
    };
    without_arguments(&code).replace("sys::", "")
}

fn without_arguments(code: &str) -> String {
    let (mut depth, mut before, mut kept) = (0, ' ', String::new());
    for c in code.chars() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => depth -= 1,
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
        before = c;
    }
    kept.replace("::::", "::").trim_end_matches("::").to_owned()
}

#[test]
fn keys_are_those_of_the_list() {
    for (kind, code, name) in [
        (Kind::Item, "sys::thread::spawn::<fn(), ()>", "thread::spawn"),
        (Kind::Item, "sys :: sync :: Mutex :: < T > :: lock", "sync::Mutex::lock"),
        (
            Kind::Item,
            "sys::sync::OnceLock::<T>::get_or_init::<fn() -> T>",
            "sync::OnceLock::get_or_init",
        ),
        (
            Kind::Item,
            "<SocketAddr as sys::net::ToSocketAddrs>::to_socket_addrs",
            "net::ToSocketAddrs::to_socket_addrs",
        ),
        (Kind::Impl, "sys::sync::Mutex<T>: From<T>", "impl From<T> for sync::Mutex"),
        (Kind::Impl, "&'static sys::net::TcpStream: Read", "impl Read for &net::TcpStream"),
        (Kind::Impl, "OwnedFd: From<sys::net::TcpStream>", "impl From<TcpStream> for OwnedFd"),
        (
            Kind::Impl,
            "(&'static str, u16): sys::net::ToSocketAddrs",
            "impl ToSocketAddrs for (&str, u16)",
        ),
        (Kind::NoImpl, "sys::sync::mpsc::Receiver<T>: Sync", "impl !Sync for sync::mpsc::Receiver"),
    ] {
        assert_eq!(of(kind, code), name);
    }
}
