use super::imap::{Budget, Command, Fault, Machine, Term};
use crate::Error;
use crate::transport::words::words;

/// All that goes to an IMAP server, which takes every literal, to search nine messages for the words of a
/// query.
///
/// # Errors
///
/// Invalid when there are too many words, or one is too long.
pub fn imap_search(query: &str) -> Result<Vec<u8>, Error> {
    let mut terms = vec![Term::Sequence(1, 9)];
    terms.extend(words(query)?.into_iter().map(Term::Text));
    Ok(conversation(&Command::Search(&terms))?)
}

fn conversation(command: &Command<'_>) -> Result<Vec<u8>, Fault> {
    const BUDGET: Budget = Budget {
        octets: 1 << 10,
        responses: 100,
    };
    let mut machine = Machine::resumed(1 << 10, BUDGET);
    machine.start(command, BUDGET)?;
    let mut sent = machine.take_output();
    // One that was not asked for is refused: all was sent.
    while machine.receive(b"+ go on\r\n").is_ok() {
        sent.extend(machine.take_output());
    }
    Ok(sent)
}
