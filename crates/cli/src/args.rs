//! The arguments of the command line.

use std::env;
use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::commands::{
    agent, card, completions, compose, config, context, demo, doctor, envelope, health, inspect,
    list, man, mark, mcp, read, reply, search, send, serve, store, vectors, watch,
};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Structured mail for agents.
#[derive(Debug, Parser)]
#[command(name = "mailmesh", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Write results, and errors, as JSON
    #[arg(long, global = true, display_order = 900)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 the answer is no, 2 wrong use or bad input, 3 refused by the other side, \
4 could not reach it.

Example: mailmesh demo";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Args),
    Inspect(inspect::Args),
    Compose(compose::Args),
    Send(send::Args),
    Reply(reply::Args),
    List(list::Args),
    Read(read::Args),
    Search(search::Args),
    Watch(watch::Args),
    Mark(mark::Args),
    Mcp(mcp::Args),
    Card(card::Args),
    Envelope(envelope::Args),
    Context(context::Args),
    Serve(serve::Args),
    Agent(agent::Args),
    Store(store::Args),
    Health(health::Args),
    Doctor(doctor::Args),
    Config(config::Args),
    Vectors(vectors::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        match self {
            Self::Demo(args) => args.run(out),
            Self::Inspect(args) => args.run(out),
            Self::Compose(args) => args.run(out),
            Self::Send(args) => args.run(out),
            Self::Reply(args) => args.run(out),
            Self::List(args) => args.run(out),
            Self::Read(args) => args.run(out),
            Self::Search(args) => args.run(out),
            Self::Watch(args) => args.run(out),
            Self::Mark(args) => args.run(out),
            Self::Mcp(args) => args.run(out),
            Self::Card(args) => args.run(out),
            Self::Envelope(args) => args.run(out),
            Self::Context(args) => args.run(out),
            Self::Serve(args) => args.run(out),
            Self::Agent(args) => args.run(out),
            Self::Store(args) => args.run(out),
            Self::Health(args) => args.run(out),
            Self::Doctor(args) => args.run(out),
            Self::Config(args) => args.run(out),
            Self::Vectors(args) => args.run(out),
            Self::Completions(args) => args.run(out),
            Self::Man(args) => args.run(out),
        }
    }
}

/// The whole command, for help pages and completions.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// Reads the arguments of this process. Help and version are printed here; a mistake is one line
/// on stderr.
pub(crate) fn parse() -> Result<Cli, Exit> {
    parse_as()
}

/// Reads the arguments of this process as those of `mailmesh-mcp`.
pub(crate) fn parse_alias() -> Result<mcp::Alias, Exit> {
    parse_as()
}

fn parse_as<T: Parser>() -> Result<T, Exit> {
    let words: Vec<OsString> = env::args_os().collect();
    T::try_parse_from(&words).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader that went away does not want the rest.
            let _ = error.print();
            Exit::Done
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print(); // there is nowhere left to say that stderr is closed
            Exit::Usage
        }
        _ => {
            let as_json = words.iter().any(|word| word == "--json");
            Failure::usage(one_sentence(&error.to_string())).report(as_json)
        }
    })
}

/// clap explains a mistake in paragraphs; the first ones say what is wrong and what was meant.
fn one_sentence(explanation: &str) -> String {
    let lines = explanation.lines().map(str::trim);
    let told =
        lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let told: Vec<_> = told.filter(|line| !line.is_empty()).collect();
    let told = told.join(" ").replace(" tip: ", "; ");
    format!(
        "{}; see --help",
        told.strip_prefix("error: ").unwrap_or(&told)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        let mut commands = vec![command()];
        while let Some(mut command) = commands.pop() {
            let help = command.render_long_help().to_string();
            assert!(
                help.contains("Example"),
                "{} has no example",
                command.get_name()
            );
            commands.extend(
                command
                    .get_subcommands()
                    .filter(|c| c.get_name() != "help")
                    .cloned(),
            );
        }
    }

    #[test]
    fn the_mailboxes_of_the_examples_are_ones() {
        let mut commands = vec![command()];
        let mut seen = 0;
        while let Some(mut command) = commands.pop() {
            let help = command.render_long_help().to_string();
            for word in help.split(['\'', '"']) {
                if word.starts_with("imaps://") || word.starts_with("local:") {
                    let parsed = mailmesh::MailboxUrl::parse(word);
                    assert!(parsed.is_ok(), "{word} of {}", command.get_name());
                    seen += 1;
                }
            }
            commands.extend(command.get_subcommands().cloned());
        }
        assert!(seen >= 3, "only {seen} examples name a mailbox");
    }

    #[test]
    fn a_mistake_is_told_in_one_line() {
        let error = Cli::try_parse_from(["mailmesh", "list", "--limti", "3"]).unwrap_err();
        let told = one_sentence(&error.to_string());
        assert!(
            told.starts_with("unexpected argument '--limti' found"),
            "{told}"
        );
        assert!(told.contains("--limit") && !told.contains('\n'), "{told}");
    }
}
