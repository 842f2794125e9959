use asmtp_envelope::{Code, ContentPart, Decision, EnvelopePost, FileId, Handle, Source};
use mailmesh_store::{ErrorKind, FileHead, FileMeta, FileSink, Limits, Store};

use super::{Engine, code, decide, ms, open_agents, send};
use crate::fresh;

fn head(id: &str) -> FileHead {
    FileHead {
        id: id.parse().unwrap(),
        name: "../../etc/passwd".to_owned(),
        content_type: "text/csv".to_owned(),
        now: ms(0),
        expires: ms(86_400_000),
    }
}

async fn begin(store: &dyn Store, from: &Handle, id: &str) -> Result<Box<dyn FileSink>, ErrorKind> {
    store
        .begin_file(from, head(id))
        .await
        .map_err(|error| error.kind())
}

pub(crate) async fn upload(store: &dyn Store, from: &Handle, id: &str, octets: &[u8]) -> FileMeta {
    let mut sink = begin(store, from, id).await.unwrap();
    for chunk in octets.chunks(70_001) {
        sink.write(chunk).await.unwrap();
    }
    sink.finish().await.unwrap()
}

async fn download(store: &dyn Store, reader: &Handle, id: &str) -> Result<Vec<u8>, ErrorKind> {
    let id: FileId = id.parse().unwrap();
    let (meta, mut source) = store
        .read_file(reader, &id)
        .await
        .map_err(|error| error.kind())?;
    let mut octets = Vec::new();
    while let Some(chunk) = source.chunk().await.unwrap() {
        octets.extend(chunk);
    }
    assert_eq!(meta.size, octets.len() as u64);
    Ok(octets)
}

pub(crate) fn attaching(to: &[&Handle], ids: &[&str]) -> EnvelopePost {
    let file = |id: &&str| {
        let source = Source::File(id.parse().unwrap());
        ContentPart::file(source, None, None, None).unwrap()
    };
    let to = to.iter().map(|&to| to.clone()).collect();
    EnvelopePost::new(fresh::id(), to, ms(0), ids.iter().map(file).collect()).unwrap()
}

pub(crate) async fn are_read_as_they_were_written(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    let octets: Vec<u8> = (0..=255).cycle().take(1_000_000).collect();
    let meta = upload(&*store, &ann, "file_a", &octets).await;
    assert_eq!(
        (meta.size, meta.name.as_str()),
        (1_000_000, "../../etc/passwd")
    );
    assert_eq!(download(&*store, &ann, "file_a").await, Ok(octets));
    upload(&*store, &ann, "file_empty", b"").await;
    assert_eq!(download(&*store, &ann, "file_empty").await, Ok(Vec::new()));
    let (read, _) = store
        .read_file(&ann, &"file_a".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(read, meta);
    assert_eq!(
        begin(&*store, &ann, "file_a").await.err(),
        Some(ErrorKind::Exists)
    );
}

pub(crate) async fn are_seen_by_those_concerned(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    upload(&*store, &ann, "file_a", b"octets").await;
    assert_eq!(
        download(&*store, &ben, "file_a").await,
        Err(ErrorKind::NotFound)
    );
    send(&*store, &ann, attaching(&[&ben], &["file_a"])).await;
    for reader in [&ann, &ben] {
        assert_eq!(
            download(&*store, reader, "file_a").await.unwrap(),
            b"octets"
        );
    }
    for (reader, id) in [(&cid, "file_a"), (&ann, "file_b")] {
        assert_eq!(
            download(&*store, reader, id).await,
            Err(ErrorKind::NotFound)
        );
    }
}

pub(crate) async fn are_claimed_once(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    upload(&*store, &ann, "file_a", b"octets").await;
    upload(&*store, &ann, "file_b", b"octets").await;
    let twice = attaching(&[&ben], &["file_a", "file_a"]);
    let of_another = attaching(&[&ann], &["file_a"]);
    let unknown = attaching(&[&ben], &["file_b", "file_no"]);
    for (from, refused) in [(&ann, twice), (&ben, of_another), (&ann, unknown)] {
        assert_eq!(
            code(&decide(&*store, from, refused).await),
            Some(Code::InvalidFile)
        );
    }
    let posted = attaching(&[&ben], &["file_a", "file_b"]);
    let accepted = decide(&*store, &ann, posted.clone()).await;
    assert!(matches!(accepted, Decision::Accepted(_)), "{accepted:?}");
    assert!(matches!(
        decide(&*store, &ann, posted).await,
        Decision::Replayed(_)
    ));
    let again = attaching(&[&ben], &["file_a"]);
    assert_eq!(
        code(&decide(&*store, &ann, again).await),
        Some(Code::InvalidFile)
    );
}

pub(crate) async fn come_to_nothing_when_dropped(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    let mut sink = begin(&*store, &ann, "file_a").await.unwrap();
    sink.write(&[1; 600_000]).await.unwrap();
    drop(sink);
    assert_eq!(
        download(&*store, &ann, "file_a").await,
        Err(ErrorKind::NotFound)
    );
    upload(&*store, &ann, "file_a", b"second try").await;
    assert_eq!(
        download(&*store, &ann, "file_a").await.unwrap(),
        b"second try"
    );
}

pub(crate) async fn go_with_their_envelope(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    upload(&*store, &ann, "file_a", b"octets").await;
    let posted = attaching(&[&ben], &["file_a"]);
    send(&*store, &ann, posted.clone()).await;
    store.remove_entry(&ben, posted.id()).await.unwrap();
    assert!(download(&*store, &ann, "file_a").await.is_ok());
    let address = super::address("acme.ann@x");
    let sent = store
        .list(
            &address,
            &mailmesh_store::Filter::default(),
            mailmesh_store::Window::newest(1),
        )
        .await
        .unwrap();
    store.remove(&address, sent[0].id).await.unwrap();
    assert_eq!(
        download(&*store, &ann, "file_a").await,
        Err(ErrorKind::NotFound)
    );
}

pub(crate) async fn are_limited_while_pending(engine: &impl Engine) {
    let limits = Limits {
        pending_files: 2,
        ..Limits::default()
    };
    let store = engine.open_with(limits).await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    upload(&*store, &ann, "file_a", b"a").await;
    let late = begin(&*store, &ann, "file_late").await.unwrap();
    upload(&*store, &ann, "file_b", b"b").await;
    assert_eq!(late.finish().await.unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(
        begin(&*store, &ann, "file_c").await.err(),
        Some(ErrorKind::Full)
    );
    upload(&*store, &ben, "file_c", b"c").await;
    send(&*store, &ann, attaching(&[&ben], &["file_a"])).await;
    upload(&*store, &ann, "file_d", b"d").await;
    let nobody = begin(&*store, &super::handle("@no.body"), "file_e").await;
    assert_eq!(nobody.err(), Some(ErrorKind::NotFound));
}
