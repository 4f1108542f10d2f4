//! The `maskline` program: arguments, no logic.

use std::process::ExitCode;

fn main() -> ExitCode {
    maskline::cli::main()
}
