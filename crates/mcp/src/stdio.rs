use rmcp::ServiceExt as _;
use rmcp::transport::io::stdio_pipes;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{Error, ErrorKind, MailServer};

/// Serves one client over standard input and output, until it closes them.
///
/// Nothing else may be written to standard output meanwhile.
///
/// # Errors
///
/// When the client does not speak MCP, or the server's task failed.
pub async fn serve_stdio(server: MailServer) -> Result<(), Error> {
    let (input, output) = stdio_pipes();
    serve(server, input, output).await
}

/// Serves one client over any two streams, until it closes the first.
///
/// # Errors
///
/// As [`serve_stdio`].
pub async fn serve(
    server: MailServer,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> Result<(), Error> {
    let session = server.serve((input, output)).await;
    let session = session.map_err(|error| {
        Error::new(
            ErrorKind::Session,
            "the client did not begin as MCP does",
            error,
        )
    })?;
    let ended = session.waiting().await;
    ended.map_err(|error| Error::new(ErrorKind::Session, "the session broke off", error))?;
    Ok(())
}
