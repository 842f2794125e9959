//! What the structure of a message says about its data: designation, class and coverage
//! (draft-ietf-sml-structured-email, "Structured data in MIME").

use crate::mime::{Kind, Part, Purpose, Tree};
use crate::policy::Designation;
use crate::{Class, Policy, Warning, WarningKind};

/// What was found without looking at any content.
#[derive(Debug, Default)]
pub(crate) struct Structure {
    /// The data parts that speak for the message, in document order.
    pub(crate) designated: Vec<Designated>,
    /// The signed entities (the first part of each `multipart/signed`), as indexes into the
    /// parts, in document order.
    pub(crate) signed: Vec<usize>,
    pub(crate) embedded_messages: usize,
    pub(crate) needs_decryption: bool,
}

/// A data part that speaks for the message.
#[derive(Debug)]
pub(crate) struct Designated {
    /// As an index into the parts.
    pub(crate) part: usize,
    /// The multipart that decides about its class; `None` when it is all there is.
    pub(crate) container: Option<usize>,
    pub(crate) class: Class,
    /// Strict mode would take it as well.
    pub(crate) strict: bool,
}

impl Structure {
    /// Reads the structure, and writes into each part what it is to a reader.
    pub(crate) fn read(tree: &mut Tree<'_>, policy: Policy) -> Self {
        let mut structure = Self::default();
        for index in 0..tree.parts.len() {
            let part = &tree.parts[index];
            if is_signed_entity(&tree.parts, index) {
                structure.signed.push(index);
            }
            match part.kind {
                Kind::Embedded => structure.embedded_messages += 1,
                Kind::Encrypted => structure.needs_decryption = true,
                Kind::JsonLd => structure.designate(tree, index, policy),
                Kind::Related => {
                    if part.parameter("type").is_none() {
                        let kind = WarningKind::MissingRelatedType;
                        tree.warnings
                            .push(Warning::in_part(part.section.clone(), kind));
                    }
                    if let Some(root) = related_root(&tree.parts, index) {
                        tree.parts[root].role.root = true;
                    }
                }
                _ => {}
            }
            assign_role(&mut tree.parts, index);
        }
        structure
    }

    /// The signed entities that a part stands in, as indexes into `signed`, outermost first.
    pub(crate) fn covering(&self, parts: &[Part<'_>], index: usize) -> Vec<usize> {
        if self.signed.is_empty() {
            return Vec::new();
        }
        let within =
            ancestry(parts, index).filter_map(|part| self.signed.binary_search(&part).ok());
        let mut covering: Vec<_> = within.collect();
        covering.reverse();
        covering
    }

    fn designate(&mut self, tree: &mut Tree<'_>, index: usize, policy: Policy) {
        let part = &tree.parts[index];
        let lenient = policy.designation == Designation::Lenient;
        let strict = match part.fields.purpose {
            Some(Purpose::MachineReadable) => !part.is_marked_attachment(),
            None => false,
            Some(Purpose::Other) => return,
        };
        if !strict && !lenient {
            return;
        }
        // Where two readers may see two messages, nobody is spoken for.
        let doubtful =
            |part: usize| tree.parts[part].fields.ambiguous || is_behind_signed(&tree.parts, part);
        if ancestry(&tree.parts, index).any(doubtful) {
            return;
        }
        let container = container(&tree.parts, index);
        let mut warn = |kind| {
            tree.warnings
                .push(Warning::in_part(tree.parts[index].section.clone(), kind));
        };
        if part.fields.purpose.is_none() {
            warn(WarningKind::NoPurpose);
        }
        let class = match container.map(|(container, _)| tree.parts[container].kind) {
            Some(Kind::Alternative) => Class::Full,
            Some(Kind::Related) => Class::Partial,
            Some(Kind::Unusual | Kind::Digest) => {
                warn(WarningKind::UnusualContainer);
                Class::NonRepresentation
            }
            _ => Class::NonRepresentation,
        };
        if let Some((_, child)) = container
            && class == Class::Partial
            && tree.parts[child].role.root
        {
            warn(WarningKind::RelatedRootIsMachine);
        }
        let container = container.map(|(container, _)| container);
        tree.parts[index].role.designated = true;
        self.designated.push(Designated {
            part: index,
            container,
            class,
            strict,
        });
    }
}

/// A part and the containers around it, innermost first.
pub(crate) fn ancestry(parts: &[Part<'_>], index: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(index), |&index| {
        (index > 0).then(|| parts[index].parent)
    })
}

/// Whether a part stands first in a `multipart/signed`.
fn is_signed_entity(parts: &[Part<'_>], index: usize) -> bool {
    index > 0 && parts[index].parent == index - 1 && parts[index - 1].kind == Kind::Signed
}

/// Whether a part stands in a `multipart/signed`, but not first: where the signature is.
fn is_behind_signed(parts: &[Part<'_>], index: usize) -> bool {
    index > 0 && parts[parts[index].parent].kind == Kind::Signed && !is_signed_entity(parts, index)
}

/// Whether a part is a signature of the entity before it.
pub(crate) fn is_detached_signature(parts: &[Part<'_>], index: usize) -> bool {
    let part = &parts[index];
    part.kind == Kind::Signature
        || !part.kind.is_text()
            && is_behind_signed(parts, index)
            && parts[part.parent]
                .parameter("protocol")
                .is_some_and(|protocol| protocol.eq_ignore_ascii_case(part.media_type()))
}

/// The nearest multipart around a part, `multipart/signed` being transparent, and which of its
/// children holds the part.
fn container(parts: &[Part<'_>], index: usize) -> Option<(usize, usize)> {
    ancestry(parts, index)
        .zip(ancestry(parts, index).skip(1))
        .map(|(child, container)| (container, child))
        .find(|&(container, _)| parts[container].kind != Kind::Signed)
}

/// The root of a `multipart/related`: the part that `start` names, else the first one
/// (RFC 2387 3.2).
fn related_root(parts: &[Part<'_>], container: usize) -> Option<usize> {
    let first = container + 1;
    let named = parts[container].parameter("start").and_then(|start| {
        let start = start.trim();
        let start = start
            .strip_prefix('<')
            .and_then(|s| s.strip_suffix('>'))
            .unwrap_or(start);
        (first..parts.len())
            .take_while(|&i| parts[i].parent >= container)
            .find(|&i| parts[i].parent == container && parts[i].content_id() == Some(start))
    });
    named.or_else(|| {
        parts
            .get(first)
            .filter(|part| part.parent == container)
            .map(|_| first)
    })
}

/// Says what a leaf is to a reader. The parts before it have their roles already.
fn assign_role(parts: &mut [Part<'_>], index: usize) {
    let part = &parts[index];
    if part.kind.is_open_multipart()
        || matches!(part.kind, Kind::Embedded | Kind::ClosedMultipart)
        || part.is_multipart()
    {
        return;
    }
    let marked = part.is_marked_attachment();
    let body = !marked && is_body(parts, index);
    let apart = match container(parts, index).map(|(container, _)| parts[container].kind) {
        _ if part.kind == Kind::JsonLd => !part.role.designated,
        Some(Kind::Alternative) => false,
        Some(Kind::Related) => part.content_id().is_none(),
        _ => true,
    };
    let attachment = (marked || apart && !body) && !is_detached_signature(parts, index);
    let role = &mut parts[index].role;
    (role.body, role.readable, role.attachment) = (body, body, attachment);
    if body {
        let mut inner = index;
        while inner > 0 {
            inner = parts[inner].parent;
            parts[inner].role.readable |= parts[inner].kind == Kind::Alternative;
        }
    }
}

/// Whether an unmarked leaf is readable content, in the way of RFC 8621 4.1.4: text or HTML
/// that comes first in its container, or that has no name and is no resource.
fn is_body(parts: &[Part<'_>], index: usize) -> bool {
    if !matches!(parts[index].kind, Kind::Plain | Kind::Html) || is_behind_signed(parts, index) {
        return false;
    }
    let Some((container, child)) = container(parts, index) else {
        return true;
    };
    match parts[container].kind {
        Kind::Alternative => true,
        Kind::Related => parts[child].role.root,
        _ => child == container + 1 || parts[index].given_name().is_none(),
    }
}
