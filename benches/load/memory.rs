//! What a node holds in memory while nothing happens: alone, and for each socket. The other ends of
//! the sockets are in this process and do not count.

use std::thread;

use crate::Scale;
use crate::client::Client;
use crate::node::Node;
use crate::report::{Figure, Report, octets};
use crate::site::Engine;
use crate::stock::create_agents;

pub(crate) fn run(scale: &Scale, engine: &Engine, report: &mut Report) {
    report.heading("memory of the node, resident");
    let site = engine.site();
    let empty = site.octets();
    let sockets = scale.sockets;
    site.stock(async |store| create_agents(store, 0..sockets).await);
    let on_disk = site.octets().saturating_sub(empty) as f64;
    report.add(&Figure::new(
        "an agent on disk",
        octets(on_disk / sockets as f64),
    ));
    let node = Node::start(&site);
    thread::sleep(scale.rest);
    let Some(idle) = node.resident() else {
        return report.heading("  not measured: this system has no /proc");
    };
    let megaoctets = idle as f64 / 1e6;
    report.add(
        &Figure::new("idle", octets(idle as f64))
            .ratio(megaoctets, "MB")
            .below(30.0),
    );
    let open: Vec<_> = (0..sockets)
        .map(|agent| Client::connect(node.address(), agent).upgrade())
        .collect();
    thread::sleep(scale.rest);
    let held = node.resident().unwrap().saturating_sub(idle) as f64 / sockets as f64;
    let figure = Figure::new(format!("an idle socket, of {sockets}"), octets(held));
    report.add(&figure.ratio(held / 1e3, "kB").below(20.0));
    drop(open);
}
