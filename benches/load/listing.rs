//! Pages and searches of mailboxes of several sizes, over HTTP, one request at a time. The sizes are
//! asked in turns, so that whatever else the machine does befalls them alike.

use std::time::Instant;

use hdrhistogram::Histogram;

use crate::Scale;
use crate::client::Client;
use crate::node::Node;
use crate::report::{Figure, Report, octets};
use crate::sends::{nanos, quantiles};
use crate::site::{Engine, Site};
use crate::stock::{create_agents, fill, handle};

/// What is asked for. `{at}` stands for a cursor in the middle of the mailbox.
const REQUESTS: [(&str, &str, bool); 9] = [
    ("in, newest", "/mailbox?order=desc", false),
    ("in, from the middle", "/mailbox?{at}", false),
    ("out, newest", "/mailbox?direction=out&order=desc", false),
    ("both, newest", "/mailbox?direction=both&order=desc", true),
    (
        "both, from the middle",
        "/mailbox?direction=both&{at}",
        true,
    ),
    ("unread, newest", "/mailbox?unread=true&order=desc", false),
    (
        "unread, from the middle",
        "/mailbox?unread=true&{at}",
        false,
    ),
    (
        "search, in every message",
        "/search/messages?q=shipped",
        true,
    ),
    (
        "search, in one of a thousand",
        "/search/messages?q=zebrawood",
        true,
    ),
];

/// A node whose agent 0 has a mailbox of some size.
struct Sized {
    entries: u64,
    cursor: String,
    octets: u64,
    node: Node,
    _site: Site,
}

pub(crate) fn run(scale: &Scale, engine: &Engine, report: &mut Report) {
    report.heading("pages of 100 and searches for 20, by the entries of the mailbox");
    let mut mailboxes: Vec<Sized> = Vec::new();
    for &entries in &scale.entries {
        let site = engine.site();
        let empty = site.octets();
        let cursor = site.stock(async |store| {
            create_agents(store, 0..2).await;
            let key = fill(store, entries).await;
            // A search waits until all is indexed.
            let reader = handle(0).parse().unwrap();
            store.search_envelopes(&reader, "shipped", 1).await.unwrap();
            key
        });
        let cursor = format!(
            "after_created_at={}&after_envelope_id={}",
            cursor.created_at, cursor.envelope_id
        );
        let node = Node::start(&site);
        mailboxes.push(Sized {
            entries,
            cursor,
            octets: site.octets().saturating_sub(empty),
            node,
            _site: site,
        });
    }
    for mailbox in &mailboxes {
        report.add(&Figure::new(
            format!("on disk, an envelope of 2 kB, {} of them", mailbox.entries),
            octets(mailbox.octets as f64 / mailbox.entries as f64),
        ));
    }
    // Not before all are filled: a node closes connections that nothing comes over.
    let client = |mailbox: &Sized| Client::connect(mailbox.node.address(), 0);
    let mut clients: Vec<_> = mailboxes.iter().map(client).collect();
    for (what, path, is_judged) in REQUESTS {
        let mut first = None;
        let taken = ask(&mailboxes, &mut clients, path, scale.pages);
        for (mailbox, latency) in mailboxes.iter().zip(taken) {
            let name = format!("{what}, {}, p50 / p99", mailbox.entries);
            let figure = Figure::new(name, quantiles(&latency, &[0.5, 0.99]));
            let middle = latency.value_at_quantile(0.5) as f64;
            let figure = match first {
                None => figure,
                Some(first) => {
                    let is_judged = is_judged && mailbox.entries == 100_000;
                    let figure = figure.ratio(middle / first, "of the smallest");
                    if is_judged { figure.below(2.0) } else { figure }
                }
            };
            first = first.or(Some(middle));
            report.add(&figure);
        }
    }
}

/// Asks each mailbox so many times, in turns.
fn ask(
    mailboxes: &[Sized],
    clients: &mut [Client],
    path: &str,
    times: usize,
) -> Vec<Histogram<u64>> {
    let mut latencies = vec![Histogram::<u64>::new(3).unwrap(); mailboxes.len()];
    for turn in 0..times + times / 10 + 1 {
        let asked = mailboxes.iter().zip(&mut *clients);
        for ((mailbox, client), latency) in asked.zip(&mut latencies) {
            let path = path.replace("{at}", &mailbox.cursor);
            let began = Instant::now();
            client.get(&path);
            // The first ones read pages that are not in memory yet.
            if turn > times / 10 {
                latency.record(nanos(began.elapsed())).unwrap();
            }
        }
    }
    latencies
}
