//! The command line. No logic of its own: `orders`, `calls`, `token` and `settings` speak the HTTP API, `run`
//! starts the daemon, `store` calls the store.
//!
//! Exit status: 0 done, 1 failed, 2 wrong usage.

mod boards;
mod calls;
mod client;
mod describe;
mod doctor;
mod orders;
mod output;
mod page;
mod progress;
mod prompts;
mod run;
mod settings;
mod simulate;
mod stick;
mod store;
mod token;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// A phone-number-masking box: couriers and customers call one number, key the order number, and are
/// connected without seeing each other's number.
#[derive(Parser)]
#[command(name = "maskline", version, arg_required_else_help = true)]
#[command(after_help = "Exit status: 0 done, 1 failed, 2 wrong usage.\n\
    MASKLINE_LOG sets how much is logged (error, warn, info, debug, trace).")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the daemon: the lines, the HTTP API, the webhook.
    Run(run::Run),
    /// Puts, shows, lists, deletes, imports and exports orders.
    #[command(subcommand)]
    Orders(orders::Orders),
    /// Lists, shows and exports call records.
    #[command(subcommand)]
    Calls(calls::Calls),
    /// Creates, lists and revokes API tokens.
    #[command(subcommand)]
    Token(token::Token),
    /// Lists, sets and resets what staff may change without the configuration file.
    #[command(subcommand)]
    Settings(settings::Settings),
    /// Resets the password of the page for staff.
    #[command(subcommand)]
    Page(page::Page),
    /// Verifies, exports and restores the store while the daemon is stopped.
    #[command(subcommand)]
    Store(store::Store),
    /// Imports orders from a USB stick; lists, confirms and refuses files that wait.
    #[command(subcommand)]
    Stick(stick::Stick),
    /// Lists, shows and checks board profiles.
    #[command(subcommand)]
    Boards(boards::Boards),
    /// Looks at what the box needs to take calls, and says what to do.
    Doctor(doctor::Doctor),
    /// Lists, builds and checks prompt packs.
    #[command(subcommand)]
    Prompts(prompts::Prompts),
    /// Shows the whole product with nothing attached.
    Demo(simulate::Demo),
    /// Tells the keys in recordings: per file its path, a tab, the digits.
    Tones(simulate::Tones),
    /// A simulated SIM7600 on pseudo-terminals, for technicians and tests.
    ModemSim(simulate::ModemSim),
    /// Prints the completions for a shell.
    Completions(describe::Completions),
    /// Writes the manual pages.
    Man(describe::Man),
}

/// Which box to speak to.
///
/// On the box itself nothing is needed: the daemon's control socket is used, and where no daemon runs
/// the store is opened directly.
#[derive(Args)]
struct Target {
    /// Configuration file, which says where the data folder is
    #[arg(long, value_name = "FILE", env = "MASKLINE_CONFIG", default_value = crate::config::DEFAULT_PATH)]
    config: PathBuf,
    /// Speak to a box elsewhere, such as https://maskline.local:8443
    #[arg(long, value_name = "URL", env = "MASKLINE_URL", requires = "token")]
    url: Option<String>,
    /// Token for --url; better given as MASKLINE_TOKEN, since other users see a command line
    #[arg(long, value_name = "TOKEN", env = "MASKLINE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// CA certificate to trust with --url: the box's own, from its /ca.pem or its data folder
    #[arg(long, value_name = "FILE", env = "MASKLINE_CA")]
    ca: Option<PathBuf>,
}

/// Runs what the arguments of this process say.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr(matches!(cli.command, Command::Run(_)));
    let done = match cli.command {
        Command::Run(run) => run.run(),
        Command::Orders(orders) => orders.run(),
        Command::Calls(calls) => calls.run(),
        Command::Token(token) => token.run(),
        Command::Settings(settings) => settings.run(),
        Command::Page(page) => page.run(),
        Command::Store(store) => store.run(),
        Command::Stick(stick) => stick.run(),
        Command::Boards(boards) => boards.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Prompts(prompts) => prompts.run(),
        Command::Demo(demo) => demo.run(),
        Command::Tones(tones) => tones.run(),
        Command::ModemSim(modem_sim) => modem_sim.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("maskline: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The daemon tells its story; a command tells only what is wrong.
fn log_to_stderr(daemon: bool) {
    let level = if daemon { "info" } else { "warn" };
    let wanted =
        env_logger::Env::new().filter_or("MASKLINE_LOG", level).write_style("MASKLINE_LOG_STYLE");
    env_logger::Builder::from_env(wanted).init();
}
