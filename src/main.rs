//! The `maskline` program: arguments, no logic.

use std::process::ExitCode;

/// glibc keeps what each of its arenas once held: after a large import of a running box, half as much
/// memory again as the box needs. This one gives it back.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    maskline::cli::main()
}
