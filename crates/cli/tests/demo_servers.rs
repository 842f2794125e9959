//! `mailmesh demo` over real mail servers, which `./test` starts.

mod home;

use home::{Home, finish};

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this through ./test"))
}

#[test]
fn it_tells_the_same_story_over_dovecot_and_postfix() {
    let (imaps, smtps) = (
        variable("MAILMESH_TEST_IMAPS"),
        variable("MAILMESH_TEST_SMTPS"),
    );
    let domain = variable("MAILMESH_TEST_DOMAIN");
    let url = |user: &str| format!("imaps://{user}@{domain}@{imaps}?smtp=smtps://{smtps}");
    let home = Home::new();
    let password = home.file(
        "password",
        format!("{}\n", variable("MAILMESH_TEST_PASSWORD")),
    );
    let (alice, bob) = (url("demo-alice"), url("demo-bob"));
    let mut command = home.command(&["demo", "--json", "--mailbox", &alice, "--to", &bob]);
    command
        .env("MAILMESH_PASSWORD_FILE", password)
        .env("MAILMESH_CA_FILE", variable("MAILMESH_TEST_CA_FILE"));
    let report = finish(command, b"").ok().json();
    assert_eq!(report["ok"], true);
    assert_eq!(report["steps"].as_array().unwrap().len(), 11);
}
