//! From structure to message: reads the data of each designated part, then of HTML bodies, and
//! settles what only the whole can tell.

use std::borrow::Cow;
use std::sync::Arc;

use super::notes::Notes;
use super::{Message, headers};
use crate::classify::{Designated, Structure};
#[cfg(feature = "microdata")]
use crate::extract::extract_microdata;
use crate::extract::{Extraction, Origin, extract_html, extract_json};
use crate::item::Octets;
use crate::mime::{Kind, Part, Tree};
use crate::policy::HtmlData;
use crate::{
    Class, Error, Event, Flags, Item, Limits, Policy, Problem, ProblemKind, Section, Source,
    Warning, WarningKind, cid, conflict, mrm,
};

/// More ids than this in `Supersedes` are more than anybody sends.
const SUPERSEDED: usize = 64;

pub(super) fn assemble<'a>(
    raw: &'a [u8],
    policy: Policy,
    limits: &Limits,
) -> Result<Message<'a>, Error> {
    let mut notes = Notes::default();
    let mut tree = Tree::parse(raw, limits, |name, value| notes.take(name, value))?;
    if notes.repeated {
        tree.warnings
            .push(Warning::of_message(WarningKind::AmbiguousHeaders));
    }
    let structure = Structure::read(&mut tree, policy);
    let mut assembly = Assembly {
        policy,
        limits,
        tree,
        structure,
        items: Vec::new(),
        all_empty: true,
    };
    // Room for items goes first to what strict mode finds, so that lenient mode finds no less.
    assembly.read_designated(true);
    assembly.read_html();
    assembly.read_designated(false);
    Ok(assembly.finish(raw, &notes))
}

struct Assembly<'a, 'l> {
    policy: Policy,
    limits: &'l Limits,
    tree: Tree<'a>,
    structure: Structure,
    items: Vec<Item<'a>>,
    /// Every designated part said nothing.
    all_empty: bool,
}

impl<'a> Assembly<'a, '_> {
    /// Reads the parts that strict mode takes as well, or the others.
    fn read_designated(&mut self, strict: bool) {
        let designated = std::mem::take(&mut self.structure.designated);
        for data in designated.iter().filter(|data| data.strict == strict) {
            let extraction = self.extract(data);
            self.all_empty &= extraction.empty;
            let section = self.tree.parts[data.part].section.clone();
            self.keep(&section, extraction);
        }
        self.structure.designated = designated;
    }

    /// The items of one designated part.
    fn extract(&self, data: &Designated) -> Extraction<'a> {
        let part = &self.tree.parts[data.part];
        // The media type has no charset, and a wrong one is no instruction to decode.
        if part
            .parameter("charset")
            .is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8"))
        {
            return Extraction::refused(ProblemKind::UnsupportedCharset);
        }
        let decoded = match part.decode_within(self.limits.data()) {
            Ok(decoded) => decoded,
            Err(kind) => return Extraction::refused(kind),
        };
        let name_controls = part
            .given_name()
            .is_some_and(|name| name.contains(char::is_control));
        let origin = Origin {
            class: data.class,
            source: Source::Mime,
            part: part.section.clone(),
            profile: profile(part),
            flags: Flags {
                attachment: part.is_marked_attachment(),
                no_purpose: part.fields.purpose.is_none(),
                top_level: data.part == 0,
                ..Flags::default()
            },
            covered_by: self.structure.covering(&self.tree.parts, data.part),
        };
        let octets = match decoded.octets {
            Cow::Borrowed(octets) => Octets::Borrowed(octets),
            Cow::Owned(octets) => Octets::Shared(octets.into()),
        };
        let mut extraction = extract_json(octets, &origin, self.policy, self.limits, self.room());
        if decoded.noise {
            extraction.warnings.insert(0, WarningKind::Base64Noise);
        }
        for item in &mut extraction.items {
            item.flags.control_characters |= name_controls;
        }
        extraction
    }

    /// The class of the message, written into its items too where it is for machines.
    fn classify(&mut self) -> Class {
        let designated = &self.structure.designated;
        if let [only] = &designated[..]
            && let Some(class) = self.machine_readable(only)
        {
            for item in &mut self.items {
                item.class = class;
            }
            return class;
        }
        if let Some(strongest) = designated.iter().map(|data| data.class).max() {
            if designated.iter().any(|data| data.class != strongest) {
                let mixed = Warning::of_message(WarningKind::MixedClasses);
                self.tree.warnings.push(mixed);
            }
            return strongest;
        }
        let in_html = self.items.iter().map(|item| item.class).max();
        in_html.unwrap_or(if self.structure.needs_decryption {
            Class::Opaque
        } else {
            Class::None
        })
    }

    /// The class of a message with one designated part and nothing for a person to see.
    fn machine_readable(&self, data: &Designated) -> Option<Class> {
        // What was not looked at may be anything.
        if self.tree.incomplete {
            return None;
        }
        let parts = &self.tree.parts;
        let references = self.references();
        let is_resource = |id: &str| {
            references
                .binary_search_by(|known| known.as_slice().cmp(id.as_bytes()))
                .is_ok()
        };
        if mrm::has_visible_content(parts, data.part, is_resource) {
            return None;
        }
        let strict = data.strict && mrm::is_whole_message(parts, data.part);
        Some(if strict { Class::Mrm } else { Class::MrmShape })
    }

    /// The ids of all `cid:` references, sorted.
    fn references(&self) -> Vec<Vec<u8>> {
        let mut ids: Vec<_> = self
            .items
            .iter()
            .flat_map(Item::cids)
            .map(|cid| cid::decoded(&cid.token))
            .collect();
        ids.sort_unstable();
        ids
    }

    /// Data in HTML: as a fall-back where no part is strictly designated, whatever the policy,
    /// so that lenient mode gives at least what strict mode gives.
    fn read_html(&mut self) {
        let designated = self.structure.designated.iter().any(|data| data.strict);
        let scripts = match self.policy.html {
            HtmlData::Ignore => false,
            HtmlData::Fallback => !designated,
            HtmlData::Both => true,
        };
        if scripts {
            self.read_bodies(Source::Html);
        }
        if self.policy.microdata && !designated && self.items.is_empty() {
            self.read_bodies(Source::Microdata);
        }
    }

    fn read_bodies(&mut self, source: Source) {
        for index in 0..self.tree.parts.len() {
            let part = &self.tree.parts[index];
            if part.kind == Kind::Html && part.is_body() {
                let section = part.section.clone();
                let mut extraction = self.extract_html(index, source);
                self.leave_out_known(&mut extraction);
                self.keep(&section, extraction);
            }
        }
    }

    fn extract_html(&self, index: usize, source: Source) -> Extraction<'a> {
        let part = &self.tree.parts[index];
        let decoded = match part.decode_prefix(self.limits.html) {
            Ok(decoded) => decoded,
            Err(kind) => return Extraction::refused(kind),
        };
        let origin = Origin {
            class: class_of(source),
            source,
            part: part.section.clone(),
            profile: Arc::default(),
            flags: Flags::default(),
            covered_by: self.structure.covering(&self.tree.parts, index),
        };
        let html = part.to_text(decoded.octets);
        let (policy, limits, room) = (self.policy, self.limits, self.room());
        match source {
            #[cfg(feature = "microdata")]
            Source::Microdata => extract_microdata(&html, &origin, policy, limits, room),
            #[cfg(not(feature = "microdata"))]
            Source::Microdata => Extraction::default(),
            _ => extract_html(&html, &origin, policy, limits, room),
        }
    }

    /// How many more items may be kept.
    fn room(&self) -> usize {
        self.limits.items.saturating_sub(self.items.len())
    }

    fn keep(&mut self, section: &Section, extraction: Extraction<'a>) {
        let tree = &mut self.tree;
        for (kind, offset) in extraction.problems {
            let again = kind == ProblemKind::TooManyItems
                && tree.problems.iter().any(|problem| problem.kind() == kind);
            if !again {
                tree.problems
                    .push(Problem::new(section.clone(), kind, offset));
            }
        }
        let warnings = extraction.warnings.into_iter();
        tree.warnings
            .extend(warnings.map(|kind| Warning::in_part(section.clone(), kind)));
        self.items.extend(extraction.items);
    }

    /// Leaves out what repeats a MIME part octet by octet.
    fn leave_out_known(&self, extraction: &mut Extraction<'a>) {
        let known: Vec<_> = self
            .items
            .iter()
            .filter(|item| item.source == Source::Mime)
            .collect();
        extraction
            .items
            .retain(|item| !known.iter().any(|known| known.octets() == item.octets()));
    }

    fn finish(mut self, raw: &'a [u8], notes: &Notes<'a>) -> Message<'a> {
        // Sections sort in document order.
        self.items.sort_by(|a, b| {
            let in_html = |item: &Item<'_>| item.source != Source::Mime;
            in_html(a)
                .cmp(&in_html(b))
                .then_with(|| a.part.cmp(&b.part))
        });
        let class = self.classify();
        let Tree {
            parts,
            problems,
            warnings,
            ..
        } = &mut self.tree;
        cid::resolve(parts, &mut self.items, problems, warnings);
        let conflict = conflict::flag(parts, &self.structure.designated, &mut self.items);
        let has_mime_item = self.items.iter().any(|item| item.source == Source::Mime);
        if notes.claims_mrm && !class.is_mrm() || notes.claims_data && !has_mime_item {
            self.tree
                .warnings
                .push(Warning::of_message(WarningKind::HeaderHintMismatch));
        }
        let section = |&part: &usize| self.tree.parts[part].section.clone();
        let signatures = self.structure.signed.iter().map(section).collect();
        let mut message = Message {
            raw,
            parts: self.tree.parts,
            class,
            items: self.items,
            conflict,
            event: Event::Standalone,
            supersedes: Vec::new(),
            problems: self.tree.problems,
            warnings: self.tree.warnings,
            signatures,
            embedded_messages: self.structure.embedded_messages,
            needs_decryption: self.structure.needs_decryption,
            needs_smtputf8: self.tree.utf8_headers,
        };
        if !notes.supersedes.is_empty() {
            let nothing = self.all_empty && !self.tree.incomplete;
            message.supersede(&notes.supersedes, nothing, self.limits);
        }
        message
    }
}

impl<'a> Message<'a> {
    /// Reads `Supersedes` (draft-ietf-sml-structured-email, "Updates"). `nothing` tells that
    /// all designated parts are empty.
    fn supersede(&mut self, values: &[&'a [u8]], nothing: bool, limits: &Limits) {
        let own = self.message_id();
        for id in values.iter().flat_map(|value| headers::message_ids(value)) {
            if self.supersedes.len() == SUPERSEDED {
                break;
            }
            if Some(&id) != own.as_ref() && !self.supersedes.contains(&id) {
                self.supersedes.push(id);
            }
        }
        if self.supersedes.is_empty() {
            return;
        }
        let data = |part: &&Part<'_>| part.kind == Kind::JsonLd && !part.is_designated();
        let cancelled = nothing
            && !self.needs_decryption
            && self.items.is_empty()
            && self
                .parts
                .iter()
                .filter(data)
                .all(|part| says_nothing(part, limits));
        self.event = if cancelled {
            Event::Cancelled
        } else {
            Event::Superseded
        };
    }
}

/// Whether a data part is empty: no octets, white space, `{}` or `[]`.
fn says_nothing(part: &Part<'_>, limits: &Limits) -> bool {
    let Ok(octets) = part.decode(limits.data()) else {
        return false;
    };
    let text = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&octets);
    let mut signs = text.iter().filter(|octet| !octet.is_ascii_whitespace());
    matches!(
        (signs.next(), signs.next(), signs.next()),
        (None, ..) | (Some(b'{'), Some(b'}'), None) | (Some(b'['), Some(b']'), None)
    )
}

fn class_of(source: Source) -> Class {
    match source {
        Source::Microdata => Class::HtmlMicrodata,
        _ => Class::HtmlEmbedded,
    }
}

/// The `profile` parameter, split on spaces.
fn profile(part: &Part<'_>) -> Arc<[String]> {
    match part.parameter("profile") {
        Some(profile) => profile
            .split_ascii_whitespace()
            .map(str::to_owned)
            .collect(),
        None => Arc::default(),
    }
}
