//! The `mailmesh` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    mailmesh_cli::mailmesh()
}
