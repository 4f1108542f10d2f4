# The commands people use. Needs just (`apt-get install just` on Debian 13); without it, run the lines by hand.

# Lists these commands
default:
    @just --list

# Shows the product in a browser with simulated phones; `just demo --once` tells one call in the terminal
demo *ARGS:
    cargo run --release -- demo {{ARGS}}

# Runs the tests; `just test --test spec row_12` runs some
test *ARGS:
    scripts/test {{ARGS}}

# Formats the code
fmt:
    cargo fmt --all

# Checks format and lints as CI does
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Builds the documentation of the code
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Runs one world of the simulation again
seed N:
    MASKLINE_SEED={{N}} cargo test --locked --test spec simulation -- --nocapture

# Runs more worlds of the simulation than every day (625)
worlds N:
    MASKLINE_WORLDS={{N}} cargo test --release --locked --test spec simulation -- --nocapture

# Prints the figures of a large store
bench ORDERS="1000000":
    MASKLINE_TEST_ORDERS={{ORDERS}} cargo test --release --locked --test store load:: -- --ignored --nocapture --test-threads=1

# Builds for 64-bit Raspberry Pi OS; `just cross armv7-unknown-linux-gnueabihf` for 32-bit
cross TARGET="aarch64-unknown-linux-gnu":
    CROSS_CONFIG=cross.toml cross build --release --locked --target {{TARGET}}
