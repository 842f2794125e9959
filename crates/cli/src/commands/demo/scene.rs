//! One thing that happens in the demo: what is shown of it and what was checked.

use std::io::{self, Write};

use console::style;
use serde::Serialize;
use serde_json::Value;

use crate::exit::Failure;
use crate::output::Output;

/// A step of the demo.
#[derive(Debug, Serialize)]
pub(crate) struct Scene {
    step: &'static str,
    title: String,
    checked: Vec<&'static str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    result: Value,
    #[serde(skip)]
    shown: Vec<u8>,
}

/// The scenes so far; people see each as soon as it is over.
#[derive(Debug)]
pub(crate) struct Scenes<'a> {
    played: Vec<Scene>,
    out: &'a mut Output,
}

impl<'a> Scenes<'a> {
    /// None yet.
    pub(crate) fn new(out: &'a mut Output) -> Self {
        Self {
            played: Vec::new(),
            out,
        }
    }

    /// Shows the next one.
    pub(crate) fn add(&mut self, scene: Scene) -> Result<(), Failure> {
        if !self.out.is_json() {
            scene.write(self.played.len() + 1, self.out)?;
            self.out.flush()?;
        }
        self.played.push(scene);
        Ok(())
    }

    /// All of them.
    pub(crate) fn played(self) -> Vec<Scene> {
        self.played
    }
}

impl Scene {
    /// What stands before every line below a title.
    pub(crate) const INDENT: &str = "   ";

    /// A step with its name for programs and its title for people.
    pub(crate) fn new(step: &'static str, title: String) -> Self {
        Self {
            step,
            title,
            checked: Vec::new(),
            result: Value::Null,
            shown: Vec::new(),
        }
    }

    /// What programs get to see of it.
    pub(crate) fn result(mut self, result: &impl Serialize) -> Result<Self, Failure> {
        self.result = serde_json::to_value(result).map_err(io::Error::from)?;
        Ok(self)
    }

    /// What people get to see of it.
    pub(crate) fn show(
        mut self,
        draw: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> Result<Self, Failure> {
        draw(&mut self.shown)?;
        Ok(self)
    }

    /// Checks something: a demo never claims what it has not seen.
    pub(crate) fn check(mut self, what: &'static str, holds: bool) -> Result<Self, Failure> {
        if !holds {
            let step = self.step;
            return Err(Failure::negative(format!(
                "step {step}: this does not hold: {what}"
            )));
        }
        self.checked.push(what);
        Ok(self)
    }

    /// How much was checked.
    pub(crate) fn checks(&self) -> usize {
        self.checked.len()
    }

    /// Writes the step: a title, what happened, what holds.
    pub(crate) fn write(&self, number: usize, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "{}",
            style(format!("{number}. {}", self.title)).bold().cyan()
        )?;
        for line in String::from_utf8_lossy(&self.shown).lines() {
            writeln!(out, "{}", format!("{}{line}", Self::INDENT).trim_end())?;
        }
        for what in &self.checked {
            writeln!(out, "{}{} {what}", Self::INDENT, style("✓").green())?;
        }
        writeln!(out)
    }
}
