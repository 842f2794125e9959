//! Several nodes on one database: 64 connections spread over them, each with a recipient of its own,
//! or all with the same one.

use std::time::Duration;

use crate::Scale;
use crate::baseline::Baseline;
use crate::database::server_time;
use crate::node::Node;
use crate::report::{Figure, Report, median, octets, per_second, time};
use crate::sends::{Lane, closed_loop};
use crate::site::{Engine, Site};
use crate::stock::create_agents;

const CONNECTIONS: usize = 64;

pub(crate) fn run(scale: &Scale, engine: &Engine, report: &mut Report) {
    report.heading("replicas on one PostgreSQL, closed loop, 64 connections spread over them");
    let site = engine.site();
    site.stock(async |store| create_agents(store, 0..2 * CONNECTIONS).await);
    let mut baseline = Baseline::open(&site);
    baseline.turn(scale.turn);
    baseline.report(report);
    for (what, is_shared) in [("own recipients", false), ("one recipient", true)] {
        for &replicas in &scale.replicas {
            let nodes: Vec<Node> = (0..replicas).map(|_| Node::start(&site)).collect();
            let lanes = || {
                let lane = |n: usize| Lane {
                    node: nodes[n % replicas].address(),
                    from: n,
                    to: CONNECTIONS + if is_shared { 0 } else { n },
                };
                (0..CONNECTIONS).map(lane).collect()
            };
            closed_loop(lanes(), scale.turn / 4);
            let (node_time, database_time) = used(&nodes, &site);
            let turns: Vec<_> = (0..scale.rounds)
                .map(|_| closed_loop(lanes(), scale.turn))
                .collect();
            let (node_after, database_after) = used(&nodes, &site);
            let rate = median(turns.iter().map(|turn| turn.rate).collect());
            let name = format!("{what}, replicas: {replicas}");
            let rate =
                Figure::new(name, per_second(rate)).ratio(rate / baseline.rate(), "bare commits");
            report.add(&rate);
            let accepted: u64 = turns.iter().map(|turn| turn.accepted).sum();
            for (who, before, after) in [
                ("nodes", node_time, node_after),
                ("database", database_time, database_after),
            ] {
                if let Some((before, after)) = before.zip(after) {
                    let each = after.saturating_sub(before).as_secs_f64() / accepted as f64;
                    let each = time(Duration::from_secs_f64(each));
                    report.add(&Figure::new(
                        format!("  processor time of the {who}, each"),
                        each,
                    ));
                }
            }
            let resident: Option<u64> = nodes.iter().map(Node::resident).sum();
            if let Some(resident) = resident {
                let each = octets(resident as f64 / replicas as f64);
                report.add(&Figure::new("  memory of a node after it", each));
            }
        }
    }
}

/// The processor time that the nodes and the database have used.
fn used(nodes: &[Node], site: &Site) -> (Option<Duration>, Option<Duration>) {
    let database = site.database().and_then(server_time);
    (nodes.iter().map(Node::processor_time).sum(), database)
}
