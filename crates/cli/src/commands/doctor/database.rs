//! What the database says.

use mailmesh_store::{ErrorKind, Inspected, PostgresStore, PostgresUrl};

use super::{Finding, bad, good, judged};
use crate::exit::Failure;

/// The oldest version of PostgreSQL that the store is made for.
const OLDEST: u32 = 14;
/// How far apart clocks may be: what a node dates and what others do is compared by people.
const MOST_APART_MS: u64 = 1_000;
/// What a node takes of the connections, with one to spare.
const CONNECTIONS: u64 = 18;

/// Looks at a database.
pub(super) async fn look(url: &PostgresUrl) -> Vec<Finding> {
    match PostgresStore::inspect(url).await {
        Ok(found) => judge(url, &found),
        Err(error) => {
            let fix = match error.kind() {
                ErrorKind::NewerSchema => {
                    "use the version of mailmesh that wrote it, or a newer one"
                }
                ErrorKind::Unavailable => {
                    "start it, and check host, port and the certificate; on other machines it has to speak TLS"
                }
                ErrorKind::Invalid => "correct the URL, and the files that it names",
                _ => "check user, password and the name of the database",
            };
            vec![bad("database", Failure::from(error).to_string(), fix)]
        }
    }
}

fn judge(url: &PostgresUrl, found: &Inspected) -> Vec<Finding> {
    let version = format!("{url} is PostgreSQL {}", found.server_version);
    let is_usable = found.major_version >= OLDEST;
    let fix = format!("use PostgreSQL {OLDEST} or newer");
    let mut findings = vec![judged("database", is_usable, version, fix)];
    findings.push(store(found));
    findings.push(if found.is_encrypted {
        good("database TLS", "on")
    } else {
        good(
            "database TLS",
            "off, as the URL says or because it is on this machine",
        )
    });
    if found.is_standby {
        let fix = "name its primary in the URL";
        findings.push(bad(
            "writes",
            "it follows another database and takes none",
            fix,
        ));
    } else {
        let told = if found.is_durable {
            "on disk before they are answered"
        } else {
            "lost with the power"
        };
        let fix = "set fsync and full_page_writes on in postgresql.conf";
        findings.push(judged("writes", found.is_durable, told, fix));
    }
    let apart = found.clock_ahead_ms.unsigned_abs();
    let side = if found.clock_ahead_ms < 0 {
        "behind"
    } else {
        "ahead"
    };
    let told = format!("{apart} ms {side} of the clock here");
    let fix = "have both machines follow a time server";
    findings.push(judged("clock", apart <= MOST_APART_MS, told, fix));
    findings.push(good("database size", size(found.octets)));
    let (used, most) = (found.connections, found.most_connections);
    let told = format!("{used} of {most} in use");
    let fix = format!("raise max_connections: each node takes up to {CONNECTIONS}");
    let has_room = most.saturating_sub(used) >= CONNECTIONS;
    findings.push(judged("connections", has_room, told, fix));
    findings
}

fn store(found: &Inspected) -> Finding {
    let check = "store";
    match found.schema {
        _ if found.is_unfinished => bad(
            check,
            "a migration into it has not ended",
            "run `mailmesh store migrate-to` again; it goes on where it stopped",
        ),
        None if !found.may_create => bad(
            check,
            "none yet, and this user may not make one",
            "GRANT CREATE ON DATABASE … TO the user in the URL",
        ),
        None => good(check, "none yet; it is made with the first start"),
        Some(version) if version < found.newest_schema => good(
            check,
            format!(
                "schema {version}, brought to {} with the next start",
                found.newest_schema
            ),
        ),
        Some(version) => good(check, format!("schema {version}, up to date")),
    }
}

fn size(octets: u64) -> String {
    indicatif::BinaryBytes(octets).to_string()
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        assert_eq!(size(5), "5 B");
        assert_eq!(size(3 << 30), "3.00 GiB");
    }
}
