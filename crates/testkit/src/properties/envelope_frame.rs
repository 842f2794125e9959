use asmtp_envelope::{Envelope, ErrorBody, Limits, Page, Push, PushFrame, Receipt};

/// What an operator sends reads without panic, and what is written of it reads as the same.
pub fn envelope_frame(octets: &[u8]) {
    let limits = Limits::default();
    match Push::parse(octets, &limits) {
        Ok(Push::Notify(frame)) => frame_holds(&frame, &limits),
        Ok(Push::Fact(fact)) => {
            let mut written = Vec::new();
            fact.write(&mut written);
            assert_eq!(Push::parse(&written, &limits), Ok(Push::Fact(fact)));
        }
        _ => {}
    }
    if let Ok(page) = Page::parse(octets, &limits) {
        let mut written = Vec::new();
        page.write(&mut written);
        let read = Page::parse(&written, &limits).expect("a page that was written");
        assert_eq!(read.unreadable, None);
        assert_eq!((read.rows, read.next_cursor), (page.rows, page.next_cursor));
    }
    if let Ok(envelope) = Envelope::parse(octets, &limits) {
        let mut written = Vec::new();
        envelope.write(&mut written);
        assert_eq!(Envelope::parse(&written, &limits), Ok(envelope));
    }
    if let Ok(receipt) = Receipt::parse(octets, &limits) {
        let mut written = Vec::new();
        receipt.write(&mut written);
        assert_eq!(Receipt::parse(&written, &limits), Ok(receipt));
    }
    let body = ErrorBody::parse(octets);
    assert!(body.message().len() <= ErrorBody::MAX_MESSAGE);
    assert!(body.code_text().len() <= ErrorBody::MAX_CODE);
}

fn frame_holds(frame: &PushFrame<'static>, limits: &Limits) {
    let mut written = Vec::new();
    frame.write(&mut written);
    let read = Push::parse(&written, limits);
    assert_eq!(read, Ok(Push::Notify(frame.clone())));
    let line = frame.line().to_string();
    assert!(!line.contains(char::is_control), "it is one line");
    assert!(line.len() < 512, "a line stays short");
    assert!(line.ends_with(frame.id().as_str()));
}
