//! A JSON writer for lists of flat rows, which is all that the benches write.
//!
//! Keys and texts are names from this package. They are escaped all the same, so that a new name cannot break a file.

use std::fmt::Write;

/// One value of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Count(usize),
    /// Written with three decimals; a number that is not finite is written as null.
    Number(f64),
}

/// Writes the rows as a JSON list, one row a line.
pub(crate) fn list(rows: &[String]) -> String {
    format!("[\n  {}\n]\n", rows.join(",\n  "))
}

/// Writes one row as a JSON object with its keys in the order given.
pub(crate) fn object(fields: &[(&str, Value<'_>)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("{}: {}", text(key), self::value(*value)))
        .collect();
    format!("{{{}}}", fields.join(", "))
}

fn value(value: Value<'_>) -> String {
    match value {
        Value::Text(string) => text(string),
        Value::Count(count) => count.to_string(),
        Value::Number(number) if number.is_finite() => format!("{number:.3}"),
        Value::Number(_) => "null".to_owned(),
    }
}

fn text(string: &str) -> String {
    let mut quoted = String::from('"');
    for character in string.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                write!(quoted, "\\u{:04x}", u32::from(control))
                    .expect("a String takes every write");
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_keeps_the_order_of_its_keys() {
        let row = object(&[
            ("bench", Value::Text("yield")),
            ("n", Value::Count(10)),
            ("ns_per_op", Value::Number(5.25)),
        ]);
        assert_eq!(row, r#"{"bench": "yield", "n": 10, "ns_per_op": 5.250}"#);
    }

    #[test]
    fn what_was_not_measured_is_null() {
        assert_eq!(
            object(&[("syscalls_per_request", Value::Number(f64::NAN))]),
            r#"{"syscalls_per_request": null}"#
        );
    }

    #[test]
    fn quotes_and_control_characters_are_escaped() {
        assert_eq!(text("a\"b\\c\n"), r#""a\"b\\c\u000a""#);
    }

    #[test]
    fn rows_are_separated_by_commas() {
        assert_eq!(list(&["{}".to_owned(), "{}".to_owned()]), "[\n  {},\n  {}\n]\n");
    }
}
