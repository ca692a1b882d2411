//! The program's commands.

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory as _, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use super::augment::Augment;
use super::compare::Compare;
use super::completions::Completions;
use super::demonstration;
use super::evaluate::Evaluate;
use super::export::Export;
use super::fetch::Fetch;
use super::import::Import;
use super::plan::Plan;
use super::predict::Predict;
use super::preview::Preview;
use super::replay::Replay;
use super::train::Train;
use crate::terminal::console::{complain, report};
use crate::terminal::signals::{self, Interrupted};

/// Trains image classifiers with CutMix.
///
/// Without a command: compares training with CutMix and without on a small embedded data set, five times; about a minute on two cores.
#[derive(Debug, Parser)]
#[command(name = "host", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Download a data set; a download that broke goes on where it stopped
    Fetch(Fetch),
    /// Train the same network twice, without CutMix and with it, from the same initial weights
    Compare(Compare),
    /// Train one network
    Train(Train),
    /// Score a finished run's networks on its test images again, class by class
    Evaluate(Evaluate),
    /// Predict the classes of image files with a finished run's network
    Predict(Predict),
    /// Write a finished run's network to a file for PyTorch and others
    Export(Export),
    /// Print the plans of an epoch: the box and the partner of each image
    Plan(Plan),
    /// Write mixed copies of a folder of images, with a table of their labels
    Augment(Augment),
    /// Convert what a device sent to a folder of images, with tables of their labels
    Import(Import),
    /// Apply plans that a device sent without pixels to its frames
    Replay(Replay),
    /// Draw nine mixed images with their labels
    Preview(Preview),
    /// Print the script that completes commands and flags in a shell
    Completions(Completions),
}

/// The program: does what the command line asks for, and says in one sentence what failed.
#[must_use]
pub fn main() -> ExitCode {
    // Errors of libraries only, unless RUST_LOG says otherwise: what a user needs to know is printed anyway.
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    match signals::install().and_then(|()| cli.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
                complain(&interrupted.to_string());
                return ExitCode::from(signals::EXIT_CODE);
            }
            report(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    /// Does what the command line asks for.
    ///
    /// # Errors
    ///
    /// One sentence that names what is wrong and what to do about it.
    pub fn run(self) -> Result<()> {
        match self.command {
            None => demonstration::run(),
            Some(Command::Fetch(command)) => command.run(),
            Some(Command::Compare(command)) => command.run(),
            Some(Command::Train(command)) => command.run(),
            Some(Command::Evaluate(command)) => command.run(),
            Some(Command::Predict(command)) => command.run(),
            Some(Command::Export(command)) => command.run(),
            Some(Command::Plan(command)) => command.run(),
            Some(Command::Augment(command)) => command.run(),
            Some(Command::Import(command)) => command.run(),
            Some(Command::Replay(command)) => command.run(),
            Some(Command::Preview(command)) => command.run(),
            Some(Command::Completions(command)) => {
                command.run(Self::command());
                Ok(())
            }
        }
    }
}
