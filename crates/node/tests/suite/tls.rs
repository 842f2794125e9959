//! TLS by certificate files.

use std::path::Path;

use mailmesh_node::{ErrorKind, TlsFiles};
use reqwest::{Certificate, Client, Version};

use crate::operator::Operator;

/// Writes a certificate for `localhost` and its key, and gives the certificate.
fn write(folder: &Path) -> (TlsFiles, Certificate) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: folder.join("chain.pem"),
        key: folder.join("key.pem"),
    };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let root = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    (files, root)
}

fn trusting(root: Certificate) -> Client {
    Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_node_speaks_tls_and_takes_a_new_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (files, old) = write(folder.path());
    let operator = Operator::start_with(|config| config.tls = Some(files)).await;
    let node = operator.node.as_ref().unwrap();
    let url = format!("https://localhost:{}/healthz", operator.address.port());
    let answer = trusting(old.clone()).get(&url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(node.url().as_str().starts_with("https://127.0.0.1:"));

    std::fs::write(folder.path().join("key.pem"), "no key").unwrap();
    assert_eq!(
        node.reload_certificates().unwrap_err().kind(),
        ErrorKind::Tls
    );
    trusting(old.clone()).get(&url).send().await.unwrap();

    let (_, new) = write(folder.path());
    node.reload_certificates().unwrap();
    trusting(new).get(&url).send().await.unwrap();
    assert!(trusting(old).get(&url).send().await.is_err());
}

#[tokio::test]
async fn http_2_is_spoken_behind_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (files, root) = write(folder.path());
    let operator = Operator::start_with(|config| config.tls = Some(files)).await;
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .http2_prior_knowledge();
    let url = format!("https://localhost:{}/healthz", operator.address.port());
    let answer = client.build().unwrap().get(&url).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.version()),
        (200, Version::HTTP_2)
    );
}
