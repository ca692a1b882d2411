//! A guard around code that should not panic and may: decoders, given a file that was made to hurt or was damaged in an unlucky place.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use anyhow::{Result, anyhow};

thread_local! {
    /// Whether a guard stands around what this thread does.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Does `work`. A panic in it becomes an error of one line with the panic's message, and nothing of it is printed.
///
/// # Errors
///
/// What `work` reports, or that it panicked.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    silence_guarded();
    let outside = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outside);
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(anyhow!("the decoder broke down: {}", text.unwrap_or("no reason was given").replace('\n', " ")))
    })
}

/// Of a panic under guard the hook prints nothing; of every other one, what it printed before.
fn silence_guarded() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                print(panic);
            }
        }));
    });
}
