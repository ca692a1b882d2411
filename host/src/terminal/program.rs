//! What this program is called, for messages that name a command: it must work as it is typed.

use std::env;

/// The name by which the program was called: whatever it was, it can be typed again.
#[must_use]
pub fn name() -> String {
    quoted(&env::args_os().next().map_or("host".into(), |name| name.to_string_lossy().into_owned()))
}

/// A call of this program with `arguments`, as a shell takes it.
#[must_use]
pub fn command(arguments: &[&str]) -> String {
    let quoted = arguments.iter().map(|argument| quoted(argument));
    [name()].into_iter().chain(quoted).collect::<Vec<_>>().join(" ")
}

/// `word`, in quotes where a shell would take it for more or less than a word.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "_-./:=+,@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
