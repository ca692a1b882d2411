//! Prints what `plans.txt` holds, from whatever build and machine this is.

mod plans;

fn main() -> Result<(), std::fmt::Error> {
    let mut out = String::new();
    plans::write(&mut out)?;
    print!("{out}");
    Ok(())
}
