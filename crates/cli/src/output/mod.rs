//! Results on standard output, messages on standard error.

mod progress;
mod table;
mod text;
mod tree;

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use serde::Serialize;

pub(crate) use progress::Progress;
pub(crate) use table::{Column, Table};
pub(crate) use text::{block, one_line};
pub(crate) use tree::{mime_tree, octets};

/// Where results go, and in which form.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    terminal: bool,
    stdout: BufWriter<Stdout>,
}

impl Output {
    /// Standard output, for machines or for people.
    pub(crate) fn new(json: bool) -> Self {
        let stdout = io::stdout();
        Self {
            json,
            terminal: stdout.is_terminal(),
            stdout: BufWriter::new(stdout),
        }
    }

    /// Whether a program reads it.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a person reads it, and asked for nothing else.
    pub(crate) fn is_for_people(&self) -> bool {
        self.terminal && !self.json
    }

    /// One JSON value and a line end; indented when a person reads along.
    pub(crate) fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        if self.terminal {
            serde_json::to_writer_pretty(&mut self.stdout, value)?;
        } else {
            serde_json::to_writer(&mut self.stdout, value)?;
        }
        self.stdout.write_all(b"\n")
    }

    /// One JSON value on one line, visible at once.
    pub(crate) fn value_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.stdout, value)?;
        self.stdout.write_all(b"\n")?;
        self.stdout.flush()
    }
}

impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.stdout.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// Says something to a person on standard error.
pub(crate) fn note(message: &str) {
    say(&format!("mailmesh: {}", one_line(message)));
}

/// Writes one line to standard error. When nobody listens there is nobody left to tell.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
