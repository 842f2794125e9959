//! Comma lists of addresses, as people type them.

use structured_email::Mailbox;

/// Splits `a@x, "Doe, Jane" <jane@y>` at the commas between addresses. Commas inside quotes and
/// angle brackets stay, and so does the one of an unquoted `Doe, Jane <jane@y>`.
pub(crate) fn list(arguments: &[String]) -> Vec<Mailbox> {
    arguments
        .iter()
        .flat_map(|argument| join_names(split(argument)))
        .map(Mailbox::from)
        .collect()
}

fn split(list: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut escaped, mut bracketed) = (0, false, false, false);
    for (at, c) in list.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            ',' if !quoted && !bracketed => {
                pieces.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&list[start..]);
    pieces
}

/// A piece without `@` is no address: it is the first half of the name before the next one.
fn join_names(pieces: Vec<&str>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    let mut name = String::new();
    for piece in pieces
        .into_iter()
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
    {
        if !name.is_empty() {
            name.push_str(", ");
        }
        name.push_str(piece);
        if piece.contains('@') {
            joined.push(std::mem::take(&mut name));
        }
    }
    // Whatever this is, the composer will say that it is no address.
    joined.extend((!name.is_empty()).then_some(name));
    joined
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, proptest};

    use super::*;

    /// An address with or without a quoted name that may hold anything.
    fn written() -> impl Strategy<Value = String> {
        let address = "[a-z0-9.+]{1,8}@[a-z]{1,8}\\.test";
        (prop::option::of(any::<String>()), address).prop_map(|(name, address)| match name {
            Some(name) => {
                let name = name.replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{name}\" <{address}>")
            }
            None => address,
        })
    }

    proptest! {
        #[test]
        fn a_list_gives_back_what_was_joined(list in prop::collection::vec(written(), 0..6)) {
            let pieces = join_names(split(&list.join(", ")));
            assert_eq!(pieces, list);
        }
    }

    fn addresses(argument: &str) -> Vec<(Option<String>, String)> {
        list(&[argument.to_owned()])
            .into_iter()
            .map(|m| (m.name, m.address))
            .collect()
    }

    #[test]
    fn commas_separate_addresses_and_not_names() {
        let found = addresses(r#"a@x.test,"Doe, Jane" <jane@x.test> , Roe, Jim <jim@x.test>"#);
        assert_eq!(
            found,
            [
                (None, "a@x.test".to_owned()),
                (Some("Doe, Jane".to_owned()), "jane@x.test".to_owned()),
                (Some("Roe, Jim".to_owned()), "jim@x.test".to_owned()),
            ]
        );
    }

    #[test]
    fn a_quote_inside_a_quoted_name_does_not_end_it() {
        assert_eq!(
            split(r#""a\", b" <a@x>, c@x"#),
            [r#""a\", b" <a@x>"#, " c@x"]
        );
    }

    #[test]
    fn empty_pieces_vanish_and_a_bare_word_is_kept_for_the_error() {
        assert_eq!(addresses(" ,a@x.test,, "), [(None, "a@x.test".to_owned())]);
        assert_eq!(addresses("bob"), [(None, "bob".to_owned())]);
    }
}
