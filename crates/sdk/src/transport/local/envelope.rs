//! Envelopes in the store, read as mail.

use asmtp_envelope::{Envelope, FileId, Handle, HttpUrl};
use mail_bridge::FromEnvelope;
use mailmesh_store::{AgentStore as _, FileStore as _};

use super::LocalTransport;
use crate::transport::envelope_mail;
use crate::{Error, ErrorKind};

/// All files of one envelope that is read, in octets. What is beyond it becomes links.
const FILES: usize = 16 << 20;

impl LocalTransport {
    /// The mail that an envelope becomes, with its files as far as the store keeps them.
    pub(super) async fn mail_of(&self, body: &[u8]) -> Result<Vec<u8>, Error> {
        let envelope = Envelope::parse(body, &asmtp_envelope::Limits::default());
        let envelope = envelope.map_err(|error| {
            let message = format!("an envelope in the store cannot be read: {error}");
            Error::new(ErrorKind::Store, message).with_source(error)
        })?;
        let domain = self.domain();
        let mut contents = Vec::new();
        let mut room = FILES;
        for file in FromEnvelope::new(&envelope, &domain).files() {
            let content = self.file(file.url, room).await?;
            room = room.saturating_sub(content.as_ref().map_or(0, Vec::len));
            contents.push(content);
        }
        envelope_mail::written(&envelope, &domain, contents)
    }

    /// The octets of an uploaded file, if this agent may see it and it is not too long.
    async fn file(&self, url: &HttpUrl, most: usize) -> Result<Option<Vec<u8>>, Error> {
        let id = url.as_str().rsplit_once("/files/").map(|(_, id)| id);
        let Some(id) = id.and_then(|id| id.parse::<FileId>().ok()) else {
            return Ok(None);
        };
        let Some(reader) = self.handle().await? else {
            return Ok(None);
        };
        let (meta, mut source) = match self.store.read_file(&reader, &id).await {
            Ok(file) => file,
            Err(error) if error.kind() == mailmesh_store::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if usize::try_from(meta.size).is_ok_and(|size| size <= most) {
            let mut content = Vec::new();
            while let Some(chunk) = source.chunk().await? {
                content.extend(chunk);
            }
            return Ok(Some(content));
        }
        Ok(None)
    }

    async fn handle(&self) -> Result<Option<Handle>, Error> {
        let agents = self.store.agents_at(std::slice::from_ref(&self.address));
        Ok(agents.await?.pop().map(|agent| agent.handle))
    }
}
