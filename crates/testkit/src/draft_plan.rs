//! Drafts, as plain values.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use structured_email::{Arrangement, Attachment, Draft, Mailbox, Stamp};

use crate::json_ld;

/// Everything that goes into a message, as plain values: what a strategy or a fuzzer makes up, and
/// what a test compares with the message that comes out.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct DraftPlan {
    /// The author.
    pub from: Mailbox,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Bcc`.
    pub bcc: Vec<Mailbox>,
    /// `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// The subject.
    pub subject: Option<String>,
    /// Ids, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// Ids, without angle brackets.
    pub references: Vec<String>,
    /// Ids, without angle brackets.
    pub supersedes: Vec<String>,
    /// Plain text.
    pub text: Option<String>,
    /// HTML.
    pub html: Option<String>,
    /// JSON texts.
    pub data: Vec<String>,
    /// The arrangement, or the implied one.
    pub arrangement: Option<Arrangement>,
    /// Attachments.
    pub attachments: Vec<Attachment>,
    /// The options, in the order of the draft's methods.
    pub options: Options,
    /// Date, id and boundary.
    pub stamp: Stamp,
}

/// The switches of a draft.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct Options {
    /// `html_fallback`.
    pub html_fallback: bool,
    /// `data_before_html`.
    pub data_before_html: bool,
    /// `mailmesh_headers`.
    pub mailmesh_headers: bool,
    /// `keep_bcc`.
    pub keep_bcc: bool,
}

impl DraftPlan {
    /// The draft of this plan.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let mut draft = Draft::new()
            .from(self.from.clone())
            .references(self.references.iter().cloned())
            .html_fallback(self.options.html_fallback)
            .data_before_html(self.options.data_before_html)
            .mailmesh_headers(self.options.mailmesh_headers)
            .keep_bcc(self.options.keep_bcc);
        draft = self.to.iter().cloned().fold(draft, Draft::to);
        draft = self.cc.iter().cloned().fold(draft, Draft::cc);
        draft = self.bcc.iter().cloned().fold(draft, Draft::bcc);
        draft = self.reply_to.iter().cloned().fold(draft, Draft::reply_to);
        draft = self.in_reply_to.iter().fold(draft, Draft::in_reply_to);
        draft = self.supersedes.iter().fold(draft, Draft::supersedes);
        draft = self.subject.iter().fold(draft, Draft::subject);
        draft = self.text.iter().fold(draft, Draft::text);
        draft = self.html.iter().fold(draft, Draft::html);
        draft = self.data.iter().fold(draft, Draft::data_json);
        draft = self.arrangement.into_iter().fold(draft, Draft::arrangement);
        self.attachments
            .iter()
            .cloned()
            .fold(draft, Draft::attachment)
    }

    /// Every string of the plan that ends up in a header field, to be spoiled by a test.
    pub fn header_values(&mut self) -> Vec<&mut String> {
        let mailboxes = [
            &mut self.to,
            &mut self.cc,
            &mut self.bcc,
            &mut self.reply_to,
        ]
        .into_iter()
        .flatten()
        .chain([&mut self.from])
        .flat_map(|mailbox| mailbox.name.iter_mut().chain([&mut mailbox.address]));
        let files = self.attachments.iter_mut();
        mailboxes
            .chain(&mut self.subject)
            .chain(
                [
                    &mut self.in_reply_to,
                    &mut self.references,
                    &mut self.supersedes,
                ]
                .into_iter()
                .flatten(),
            )
            .chain(files.flat_map(|file| [&mut file.filename, &mut file.media_type]))
            .chain([&mut self.stamp.message_id, &mut self.stamp.boundary])
            .collect()
    }
}

/// Plans that can be written: every value is legal and the arrangement fits.
pub fn sound() -> impl Strategy<Value = DraftPlan> {
    let people = (
        mailbox(),
        mailboxes(),
        mailboxes(),
        mailboxes(),
        mailboxes(),
    );
    let threading = (ids(), ids(), ids(), option::of(line()));
    let options = any::<[bool; 4]>();
    (people, threading, content(), options, stamp()).prop_map(
        |(people, threading, content, options, stamp)| {
            let (from, to, cc, bcc, reply_to) = people;
            let (in_reply_to, references, supersedes, subject) = threading;
            let (arrangement, text, html, data, attachments) = content;
            let [html_fallback, data_before_html, mailmesh_headers, keep_bcc] = options;
            DraftPlan {
                from,
                to,
                cc,
                bcc,
                reply_to,
                subject,
                in_reply_to,
                references,
                supersedes,
                text,
                html,
                data,
                arrangement,
                attachments,
                options: Options {
                    html_fallback,
                    data_before_html,
                    mailmesh_headers,
                    keep_bcc,
                },
                stamp,
            }
        },
    )
}

type Content = (
    Option<Arrangement>,
    Option<String>,
    Option<String>,
    Vec<String>,
    Vec<Attachment>,
);

/// Text, HTML, data and attachments that fit together.
fn content() -> impl Strategy<Value = Content> {
    let body = || {
        prop_oneof![
            (text().prop_map(Some), Just(None)),
            (Just(None), text().prop_map(Some)),
            (text().prop_map(Some), text().prop_map(Some)),
        ]
    };
    let described = prop_oneof![
        Just(None),
        Just(Some(Arrangement::Full)),
        Just(Some(Arrangement::Partial)),
        Just(Some(Arrangement::NonRepresentation)),
    ];
    let one = || vec(json_ld::document(), 1);
    prop_oneof![
        (
            described,
            body(),
            vec(json_ld::document(), 1..4),
            vec(attachment(), 0..3)
        )
            .prop_map(|(arrangement, (text, html), data, files)| (
                arrangement,
                text,
                html,
                data,
                files
            )),
        (option::of(Just(Arrangement::Mrm)), one()).prop_map(|(arrangement, data)| (
            arrangement,
            None,
            None,
            data,
            Vec::new()
        )),
        (body(), vec(attachment(), 0..3)).prop_map(|((text, html), files)| (
            None,
            text,
            html,
            Vec::new(),
            files
        )),
    ]
}

fn stamp() -> impl Strategy<Value = Stamp> {
    (0_i64..4_102_444_800, own_id(), "=_[0-9a-f]{24}").prop_map(|(date, message_id, boundary)| {
        Stamp {
            date,
            message_id,
            boundary,
        }
    })
}

fn mailboxes() -> impl Strategy<Value = Vec<Mailbox>> {
    vec(mailbox(), 0..4)
}

fn mailbox() -> impl Strategy<Value = Mailbox> {
    let name = prop_oneof![
        Just(None),
        "[A-Za-z]{1,12}( [A-Za-z.,'\"()<>@\\\\-]{1,12}){0,3}".prop_map(Some),
        "[A-Za-zäöüé日本語😀]{1,30}".prop_map(Some),
        "=\\?utf-8\\?Q\\?[a-z]{1,8}\\?=".prop_map(Some),
    ];
    let address = prop_oneof![
        9 => "[a-z][a-z0-9+_-]{0,10}(\\.[a-z0-9]{1,5}){0,2}@[a-z]{1,10}\\.(example|test)",
        1 => "[a-zäöü]{1,8}@bücher\\.example",
    ];
    (name, address).prop_map(|(name, address)| Mailbox { name, address })
}

fn ids() -> impl Strategy<Value = Vec<String>> {
    vec(id(), 0..4)
}

/// An id as a well-behaved sender makes it.
fn own_id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9+=_-]{1,20}(\\.[a-z0-9]{1,9}){0,2}@[a-z0-9-]{1,9}(\\.[a-z]{1,9}){0,2}"
}

/// An id as others make it.
fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9.+=_-]{1,40}@[a-z0-9.-]{1,20}"
}

/// One line of text for a header field.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,200}",
        "[ -~äöüß日本語😀]{1,120}",
        "[a-z]{1,1500}",
        ".*(=\\?utf-8\\?[bBqQ]\\?[A-Za-z0-9=_]*\\?= ?){1,3}".prop_map(printable),
    ]
}

/// Text with something in it to read.
fn text() -> impl Strategy<Value = String> {
    let lines = prop_oneof![
        "[ -~]{0,90}",
        "[ -~äöüß日本語😀\t]{0,200}",
        Just(".".to_owned()),
        Just("From me".to_owned()),
        Just("--".to_owned()),
        "[!-~]{900,1100}",
    ];
    (vec(lines, 0..8), "(\r\n|\n|\r){0,3}")
        .prop_map(|(lines, end)| format!("x{}{end}", lines.join("\n")))
}

fn attachment() -> impl Strategy<Value = Attachment> {
    let filename = prop_oneof![
        "[A-Za-z0-9][A-Za-z0-9 _().-]{0,30}[a-z]",
        "[a-zäöü日本;'\"%]{1,40}\\.txt"
    ];
    let media_type = prop_oneof![
        Just("application/pdf"),
        Just("image/png"),
        Just("text/csv"),
        Just("application/vnd.example+json"),
    ];
    (filename, media_type, vec(any::<u8>(), 0..300)).prop_map(|(filename, media_type, content)| {
        Attachment {
            filename,
            media_type: media_type.to_owned(),
            content,
        }
    })
}

fn printable(text: String) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
