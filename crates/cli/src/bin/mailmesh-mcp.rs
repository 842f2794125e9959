//! The `mailmesh-mcp` command: `mailmesh mcp` under the name and with the flags of older hosts'
//! configurations.

use std::process::ExitCode;

fn main() -> ExitCode {
    mailmesh_cli::mailmesh_mcp()
}
