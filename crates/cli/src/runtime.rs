//! The one place where asynchronous work is driven.

use std::io;

use tokio::runtime::Builder;

use crate::exit::Failure;

/// Drives a command to its end, or until Ctrl-C: then the work is dropped, so that it can put
/// away its temporary files, and the command ends as a shell expects.
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut builder = Builder::new_multi_thread();
    drive(builder.worker_threads(2), async {
        tokio::select! {
            ended = work => ended,
            _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
        }
    })
}

/// Drives a server to its end, on all processors; it listens to signals itself.
pub(crate) fn serve<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    drive(&mut Builder::new_multi_thread(), work)
}

fn drive<T>(
    builder: &mut Builder,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|error: io::Error| Failure::usage(format!("cannot start: {error}")))?;
    let ended = runtime.block_on(work);
    // A task that is still stuck in the network must not hold the exit up.
    runtime.shutdown_background();
    ended
}
