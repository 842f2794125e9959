//! What the system says of processes. Where it has no `/proc`, the figures are left out.

use std::fs;
use std::time::Duration;

/// Octets of a process that are in memory.
pub(crate) fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibioctets: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibioctets << 10)
}

/// The processor time that a process has used.
pub(crate) fn processor_time(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program may hold anything, and ends at the last parenthesis.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let ticks = ticks()? + ticks()?;
    Some(Duration::from_secs(ticks) / ticks_per_second()?)
}

#[cfg(unix)]
fn ticks_per_second() -> Option<u32> {
    u32::try_from(rustix::param::clock_ticks_per_second()).ok()
}

#[cfg(not(unix))]
fn ticks_per_second() -> Option<u32> {
    None
}

/// Lets this process and those it starts open as many sockets as the system allows.
#[cfg(unix)]
pub(crate) fn lift_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where this is refused, opening the sockets says so.
    let _ = setrlimit(Resource::Nofile, limit);
}

#[cfg(not(unix))]
pub(crate) fn lift_descriptor_limit() {}
