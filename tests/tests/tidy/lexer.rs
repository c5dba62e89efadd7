//! Blanks out what is not code, and keeps every line where it was.
//!
//! [`code_only`] turns comments and the contents of strings into spaces; [`without_tests`] does the same to items under
//! `#[cfg(test)]`. What remains can be searched with plain string functions, and a position in it still tells the line.

/// Returns `text` with comments and the contents of string and character literals turned into spaces.
pub(crate) fn code_only(text: &str) -> String {
    let mut lexer =
        Lexer { chars: text.chars().collect(), at: 0, out: String::with_capacity(text.len()) };
    while lexer.at < lexer.chars.len() {
        lexer.step();
    }
    lexer.out
}

/// Returns `code` (as [`code_only`] gives it) with every item under `#[cfg(test)]` turned into spaces.
pub(crate) fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(start) = test_attribute(&out) {
        let end = item_end(&out, start);
        let blank: String =
            out[start..end].chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
    }
    out
}

/// The code of a file that is neither comment, string nor test.
pub(crate) fn library_code(text: &str) -> String {
    without_tests(&code_only(text))
}

/// The number of the line that holds byte `at`. The first line is 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The byte positions at which `word` stands alone in `code`, not as a part of a longer identifier.
pub(crate) fn word_positions(code: &str, word: &str) -> Vec<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let stands_alone = |at: usize| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    };
    code.match_indices(word).map(|(at, _)| at).filter(|&at| stands_alone(at)).collect()
}

fn test_attribute(code: &str) -> Option<usize> {
    let starts = code.match_indices("#[cfg(").map(|(at, _)| at);
    starts.into_iter().find(|&at| {
        let line_end = code[at..].find(']').map_or(code.len(), |end| at + end);
        let condition = &code[at..line_end];
        !condition.contains("not(") && !word_positions(condition, "test").is_empty()
    })
}

/// The end of the item that begins at `start`: its `;`, or the brace that closes its body.
fn item_end(code: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, c) in code[start..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return after_semicolon(code, start + offset + 1);
                }
            }
            ';' if depth == 0 => return start + offset + 1,
            _ => {}
        }
    }
    code.len()
}

/// Passes the `;` that ends an item such as `use a::{b};` behind its brace.
fn after_semicolon(code: &str, at: usize) -> usize {
    if code[at..].starts_with(';') { at + 1 } else { at }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    out: String,
}

impl Lexer {
    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some('/'), Some('/')) => self.line_comment(),
            (Some('/'), Some('*')) => self.block_comment(),
            (Some('"'), _) => self.string(),
            (Some('r'), Some('"' | '#')) if self.starts_raw_string() => self.raw_string(),
            (Some('\''), Some('\\')) => self.quoted_char(),
            (Some('\''), _) if self.peek(2) == Some('\'') => self.quoted_char(),
            _ => self.keep(),
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        self.out.extend(self.peek(0));
        self.at += 1;
    }

    /// Drops one character but keeps the lines.
    fn blank(&mut self) {
        match self.peek(0) {
            Some('\n') => self.out.push('\n'),
            Some(_) => self.out.push(' '),
            None => {}
        }
        self.at += 1;
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.blank();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                _ => {
                    self.blank();
                    continue;
                }
            }
            self.blank();
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.keep();
        while self.peek(0).is_some_and(|c| c != '"') {
            if self.peek(0) == Some('\\') {
                self.blank();
            }
            self.blank();
        }
        self.keep();
    }

    /// Tells `r"…"`, `br#"…"#` and their like from an identifier that ends in r and from `r#keyword`.
    fn starts_raw_string(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at));
        let continues_name =
            before.is_some_and(|&c| (c.is_alphanumeric() && !"bc".contains(c)) || c == '_');
        let hashes = self.chars[self.at + 1..].iter().take_while(|&&c| c == '#').count();
        !continues_name && self.peek(1 + hashes) == Some('"')
    }

    fn raw_string(&mut self) {
        self.keep();
        let mut hashes = 0;
        while self.peek(0) == Some('#') {
            hashes += 1;
            self.keep();
        }
        self.keep();
        while self.at < self.chars.len() && !self.closes_raw_string(hashes) {
            self.blank();
        }
        for _ in 0..=hashes {
            self.keep();
        }
    }

    fn closes_raw_string(&self, hashes: usize) -> bool {
        self.peek(0) == Some('"') && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'))
    }

    fn quoted_char(&mut self) {
        self.keep();
        if self.peek(0) == Some('\\') {
            self.blank();
        }
        self.blank();
        while self.peek(0).is_some_and(|c| c != '\'') {
            self.blank();
        }
        self.keep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(code_only(text), expected);
        assert_eq!(
            text.lines().count(),
            expected.lines().count(),
            "the lines must stay where they are"
        );
    }

    #[test]
    fn comments_become_spaces() {
        check("a // b\nc", "a     \nc");
        check("a /* b /* c */\n d */ e", "a             \n      e");
        check("/// doc\nfn f() {}", "       \nfn f() {}");
    }

    #[test]
    fn strings_become_spaces() {
        check(r#"f("a // \" b")"#, r#"f("         ")"#);
        check(r##"f(r#"a "quoted" b"#)"##, r##"f(r#"            "#)"##);
        check(r#"br"x""#, r#"br" ""#);
        check("let r#type = 1;", "let r#type = 1;");
    }

    #[test]
    fn characters_are_told_from_lifetimes() {
        check(r"('\'', '{', 'a: loop)", r"('  ', ' ', 'a: loop)");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
    }

    #[test]
    fn test_items_become_spaces() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { if x {} }\n}\nfn c() {}";
        assert_eq!(without_tests(code).split_whitespace().collect::<String>(), "fna(){}fnc(){}");
        assert_eq!(without_tests(code).lines().count(), code.lines().count());
        assert_eq!(without_tests("#[cfg(test)]\nmod tests;\nfn a() {}").trim(), "fn a() {}");
        assert_eq!(
            without_tests("#[cfg(all(test, unix))]\nuse a::{b};\nfn a() {}").trim(),
            "fn a() {}"
        );
        assert!(without_tests("#[cfg(not(test))]\nfn a() {}").contains("fn a"));
    }

    #[test]
    fn words_are_found_whole() {
        assert_eq!(word_positions("unsafe unsafe_code x_unsafe (unsafe)", "unsafe"), [0, 29]);
    }
}
