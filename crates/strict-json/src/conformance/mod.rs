//! The runner for canonicalization vectors: text in, outcomes out.
//!
//! A vector file is data that any implementation can run; the README beside it describes it. This
//! runner knows nothing about files, so that a test suite, a command and a browser can all drive
//! it.

use std::fmt;

use crate::canonical::{canonicalize, write_number};
use crate::{Document, Limits, Object, Value};

mod cases;
mod sequence;

pub use cases::run_cases;
pub use sequence::Sequence;

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The name of the case, or what stands for one.
    pub id: String,
    /// Where the case differs from what it expects, or `None` when it passed.
    pub difference: Option<String>,
}

impl Outcome {
    /// The outcome of a case: nothing, or the difference.
    #[must_use]
    pub fn new(id: impl Into<String>, result: Result<(), String>) -> Self {
        Self {
            id: id.into(),
            difference: result.err(),
        }
    }

    /// Whether the case passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.difference.is_none()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.difference {
            None => write!(f, "{}: passed", self.id),
            Some(difference) => write!(f, "{}: {difference}", self.id),
        }
    }
}

/// Runs the cases of one vector file: texts, numbers, and number sequences of up to 10^6 lines.
///
/// A file without such cases gives one failed outcome with the id `file`: a slip of the pen must
/// not pass.
#[must_use]
pub fn run(json: &str) -> Vec<Outcome> {
    let document = match Document::parse(json.as_bytes(), &Limits::default()) {
        Ok(document) => document,
        Err(error) => return vec![Outcome::new("file", Err(error.to_string()))],
    };
    let Some(file) = document.root().as_object() else {
        return vec![Outcome::new("file", Err("expected an object".to_owned()))];
    };
    let lists = ["cases", "numbers", "texts", "reject"];
    let listed = lists
        .iter()
        .filter_map(|list| file.get(list)?.as_array())
        .flatten()
        .map(run_case);
    let mut outcomes: Vec<_> = listed.collect();
    if file.get("canonical_utf8_hex").is_some() {
        outcomes.push(run_case(document.root()));
    }
    outcomes.extend(Sequence::read(file).into_iter().flat_map(run_sequence));
    if outcomes.is_empty() {
        outcomes.push(Outcome::new("file", Err("expected cases".to_owned())));
    }
    outcomes
}

fn run_case(case: Value<'_>) -> Outcome {
    let Some(case) = case.as_object() else {
        return Outcome::new("file", Err("expected cases that are objects".to_owned()));
    };
    let bits = text(case, &["ieee754", "ieee754_hex"]);
    let name = text(case, &["name", "source"]).or(bits);
    let result = match bits {
        Some(bits) => run_number(bits, text(case, &["json", "canonical"])),
        None => run_text(case),
    };
    Outcome::new(name.unwrap_or("unnamed"), result)
}

/// A case without canonical form says that the text has none.
fn run_text(case: Object<'_>) -> Result<(), String> {
    let input = input(case).ok_or("expected an input")?;
    let expected = text(case, &["canonical_utf8_hex", "canonical_hex"]);
    match (canonicalize(&input, &Limits::default()), expected) {
        (Ok(canonical), Some(expected)) if Some(&canonical) == octets(expected).as_ref() => Ok(()),
        (Ok(canonical), Some(_)) => Err(format!("gave {}", String::from_utf8_lossy(&canonical))),
        (Ok(_), None) => Err("expected a refusal".to_owned()),
        (Err(error), Some(_)) => Err(format!("refused: {error}")),
        (Err(_), None) => Ok(()),
    }
}

fn run_number(bits: &str, expected: Option<&str>) -> Result<(), String> {
    let bits = u64::from_str_radix(bits, 16).map_err(|error| error.to_string())?;
    let mut printed = Vec::new();
    let written = write_number(f64::from_bits(bits), &mut printed);
    let printed = written.map(|()| String::from_utf8_lossy(&printed).into_owned());
    match (printed, expected) {
        (Ok(printed), Some(expected)) if printed == expected => Ok(()),
        (Ok(printed), _) => Err(format!("gave {printed}")),
        (Err(error), Some(_)) => Err(error.to_string()),
        (Err(_), None) => Ok(()),
    }
}

/// More lines take minutes; `examples/number_sequence.rs` runs them.
const MOST_LINES: u64 = 1_000_000;

fn run_sequence(mut sequence: Sequence) -> Vec<Outcome> {
    let checksums = std::mem::take(&mut sequence.checksums);
    let within = |checksum: &&sequence::Checksum| checksum.lines <= MOST_LINES;
    let checksums = checksums.iter().filter(within);
    checksums
        .map(|expected| {
            let sum = sequence.checksum(expected.lines);
            let result = if sum == expected.sha256 {
                Ok(())
            } else {
                Err(format!("gave {sum}"))
            };
            Outcome::new(format!("sequence of {} lines", expected.lines), result)
        })
        .collect()
}

fn input(case: Object<'_>) -> Option<Vec<u8>> {
    if let Some(hex) = text(case, &["input_utf8_hex"]) {
        return octets(hex);
    }
    if let Some(repeat) = case.get("repeat") {
        let repeat = repeat.as_object()?;
        let count = repeat.get("count")?.as_f64()? as usize;
        let open = text(repeat, &["open"])?.repeat(count);
        return Some((open + &text(repeat, &["close"])?.repeat(count)).into_bytes());
    }
    text(case, &["input"]).map(|input| input.as_bytes().to_owned())
}

/// The first of some members that is there as a string.
fn text<'d>(object: Object<'d>, names: &[&str]) -> Option<&'d str> {
    names.iter().find_map(|name| object.get(name)?.as_str())
}

fn octets(hex: &str) -> Option<Vec<u8>> {
    let digit = |octet: u8| char::from(octet).to_digit(16);
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let octet = |&[high, low]: &[u8; 2]| u8::try_from(digit(high)? * 16 + digit(low)?).ok();
    rest.is_empty()
        .then(|| pairs.iter().map(octet).collect())
        .flatten()
}
