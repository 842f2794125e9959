//! Rows under headings, cut to the width of the terminal.

use std::borrow::Cow;
use std::io::{self, Write};

use console::{Alignment, Term, measure_text_width, pad_str, style, truncate_str};

use super::one_line;

const GAP: &str = "  ";
/// A column that gives way keeps at least so many cells.
const NARROWEST: usize = 8;

/// A table. Into a pipe it is written in full.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// One column of a [`Table`].
#[derive(Debug)]
pub(crate) struct Column {
    title: &'static str,
    flexible: bool,
    right: bool,
}

#[derive(Debug)]
struct Row {
    cells: Vec<String>,
    bold: bool,
}

impl Column {
    /// A column as wide as its content.
    pub(crate) const fn fixed(title: &'static str) -> Self {
        Self {
            title,
            flexible: false,
            right: false,
        }
    }

    /// A column of numbers.
    pub(crate) const fn number(title: &'static str) -> Self {
        Self {
            title,
            flexible: false,
            right: true,
        }
    }

    /// A column that is cut when the terminal is narrow.
    pub(crate) const fn flexible(title: &'static str) -> Self {
        Self {
            title,
            flexible: true,
            right: false,
        }
    }

    fn alignment(&self) -> Alignment {
        if self.right {
            Alignment::Right
        } else {
            Alignment::Left
        }
    }
}

impl Table {
    /// An empty table.
    pub(crate) fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self {
            columns: columns.into(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(crate) fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cow<'a, str>>, bold: bool) {
        let cells = cells
            .into_iter()
            .map(|cell| one_line(&cell).into_owned())
            .collect();
        self.rows.push(Row { cells, bold });
    }

    /// Writes headings and rows. When standard output is a terminal they are cut to its width
    /// less a margin, for a table that will be indented.
    pub(crate) fn write(&self, margin: usize, out: &mut impl Write) -> io::Result<()> {
        let term = Term::stdout();
        let room = term
            .is_term()
            .then(|| usize::from(term.size().1).saturating_sub(margin));
        let widths = self.widths(room);
        let titles: Vec<_> = self.columns.iter().map(|column| column.title).collect();
        writeln!(out, "{}", style(self.line(&titles, &widths)).dim())?;
        for row in &self.rows {
            let cells: Vec<_> = row.cells.iter().map(String::as_str).collect();
            let line = self.line(&cells, &widths);
            if row.bold {
                writeln!(out, "{}", style(line).bold())?;
            } else {
                writeln!(out, "{line}")?;
            }
        }
        Ok(())
    }

    /// Natural widths, with flexible columns narrowed until the table fits into `room`.
    fn widths(&self, room: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(i, column)| {
                let cells = self.rows.iter().filter_map(|row| row.cells.get(i));
                cells
                    .map(|cell| measure_text_width(cell))
                    .fold(measure_text_width(column.title), usize::max)
            })
            .collect();
        let Some(room) = room else { return widths };
        let gaps = GAP.len() * self.columns.len().saturating_sub(1);
        let flexible: Vec<_> = (0..widths.len())
            .filter(|&i| self.columns[i].flexible)
            .collect();
        for &i in &flexible {
            widths[i] = widths[i].min(room.max(NARROWEST));
        }
        let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
        while excess > 0 {
            // The widest gives way first, the later one of two.
            let widest = flexible.iter().copied().max_by_key(|&i| widths[i]);
            let Some(widest) = widest.filter(|&i| widths[i] > NARROWEST) else {
                break;
            };
            widths[widest] -= 1;
            excess -= 1;
        }
        widths
    }

    fn line(&self, cells: &[&str], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, &width), column) in cells.iter().zip(widths).zip(&self.columns) {
            if !line.is_empty() {
                line.push_str(GAP);
            }
            let cell = truncate_str(cell, width, "…");
            line.push_str(&pad_str(&cell, width, column.alignment(), None));
        }
        line.truncate(line.trim_end().len());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([
            Column::fixed("ID"),
            Column::flexible("FROM"),
            Column::flexible("SUBJECT"),
            Column::number("SIZE"),
        ]);
        let row = [
            "7",
            "alice@example.test",
            "A subject that goes on and on\nand on",
            "12345",
        ];
        table.row(row.map(Cow::Borrowed), false);
        table
    }

    #[test]
    fn a_pipe_gets_everything_on_one_line() {
        let table = table();
        let line = table.line(
            &table.rows[0]
                .cells
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
            &table.widths(None),
        );
        assert_eq!(
            line,
            "7   alice@example.test  A subject that goes on and on and on  12345"
        );
    }

    #[test]
    fn a_terminal_cuts_the_widest_column_first() {
        let widths = table().widths(Some(50));
        assert_eq!(widths.iter().sum::<usize>() + 6, 50);
        assert_eq!(
            widths[1], 18,
            "the sender is narrower than the subject and stays whole"
        );
    }

    #[test]
    fn a_very_narrow_terminal_is_no_endless_loop() {
        assert_eq!(table().widths(Some(1)), [2, NARROWEST, NARROWEST, 5]);
    }
}
