//! `cargo run -p host`.

fn main() -> std::process::ExitCode {
    host::commands::main()
}
