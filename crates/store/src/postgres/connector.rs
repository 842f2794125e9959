use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use futures_util::{Stream, StreamExt as _, stream};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Notification};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{PostgresOptions, PostgresUrl};
use crate::{Error, ErrorKind};

/// Makes connections: pooled ones for statements, and single ones that hear notices.
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    pool: Pool,
}

impl Connector {
    /// Connects to nothing yet.
    pub(super) fn new(url: &PostgresUrl, options: &PostgresOptions) -> Result<Self, Error> {
        let mut config = url.config()?;
        session(&mut config, options);
        let tls = url.is_encrypted().then(|| trust(url)).transpose()?;
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = match tls.clone() {
            Some(tls) => Manager::from_config(config.clone(), tls, recycling),
            None => Manager::from_config(config.clone(), NoTls, recycling),
        };
        let pool = Pool::builder(manager)
            .max_size(options.connections.max(1))
            .wait_timeout(Some(options.wait_timeout))
            .create_timeout(Some(options.connect_timeout))
            .recycle_timeout(Some(options.connect_timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|source| {
                Error::new(ErrorKind::Invalid, "expected other options for connections")
                    .with_source(source)
            })?;
        Ok(Self { config, tls, pool })
    }

    /// A connection of the pool, made or waited for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the database is away, [`ErrorKind::Busy`] when all
    /// connections stay in use.
    pub(super) async fn get(&self) -> Result<Object, Error> {
        Ok(self.pool.get().await?)
    }

    /// A connection of its own and the notices it hears, which end with the connection.
    pub(super) async fn listen(
        &self,
    ) -> Result<(Client, stream::BoxStream<'static, Notification>), Error> {
        match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                Ok((client, notices(connection).boxed()))
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                Ok((client, notices(connection).boxed()))
            }
        }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("pool", &self.pool.status())
            .finish_non_exhaustive()
    }
}

/// What every session is told when it starts.
fn session(config: &mut Config, options: &PostgresOptions) {
    let millis = |time: Duration| time.as_millis().max(1);
    let ours = format!(
        "-c search_path=mailmesh -c statement_timeout={} -c lock_timeout={} \
         -c idle_in_transaction_session_timeout={} -c synchronous_commit=on",
        millis(options.statement_timeout),
        millis(options.lock_timeout),
        millis(options.statement_timeout),
    );
    let options_given = config.get_options().unwrap_or_default();
    config.options(format!("{options_given} {ours}"));
    if config.get_application_name().is_none() {
        config.application_name("mailmesh");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(options.connect_timeout);
    }
    // A database that vanished without a word is noticed within half a minute.
    config.keepalives_idle(Duration::from_secs(10));
    config.keepalives_interval(Duration::from_secs(5));
    config.keepalives_retries(3);
    config.tcp_user_timeout(Duration::from_secs(30));
}

/// The roots of this machine, and those the URL names.
fn trust(url: &PostgresUrl) -> Result<MakeRustlsConnect, Error> {
    let unusable = || Error::new(ErrorKind::Invalid, "expected certificates in PEM");
    let roots = match url.roots() {
        None => Vec::new(),
        Some(file) => CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|source| unusable().with_source(source))?,
    };
    if roots.is_empty() && url.roots().is_some() {
        return Err(unusable());
    }
    // Named here, because a process may have none installed, or another one.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
        .map_err(|source| unusable().with_source(source))?;
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| unusable().with_source(source))?
        .dangerous() // the platform's own verifier and nothing weaker
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Drives a connection and passes its notices on.
fn notices<S, T>(mut connection: Connection<S, T>) -> impl Stream<Item = Notification> + Send
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    T: AsyncRead + AsyncWrite + Unpin + Send,
{
    stream::poll_fn(move |context| connection.poll_message(context))
        .take_while(|message| std::future::ready(message.is_ok()))
        .filter_map(|message| {
            std::future::ready(match message {
                Ok(AsyncMessage::Notification(notice)) => Some(notice),
                _ => None,
            })
        })
}
