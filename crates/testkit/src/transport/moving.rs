//! Folders, and messages that move between them.
//!
//! Not every backend has folders that a client can fill, so these cases are run by name.

use mailmesh::{ErrorKind, Filter, Folder, MailId};

use super::{EVERYTHING, Harness, Pair};

/// A message that was moved is in the other folder alone, as it was, under the id it was given.
pub async fn a_moved_message_is_in_the_other_folder(harness: &dyn Harness, other: &str) {
    let pair = Pair::of(harness);
    let ids = pair.send_in_order(&["stays", "moves"]).await;
    let moving = &ids.iter().find(|sent| sent.subject == "moves").unwrap().id;
    let folder = Folder::new(other);
    let moved = pair.b.move_to(moving, &folder).await.unwrap().unwrap();

    let inbox = pair.inbox(&pair.b, 1).await;
    assert_eq!(inbox[0].subject, "stays");
    let in_folder = Filter {
        folder: folder.clone(),
        ..Filter::default()
    };
    let there = pair.b.list(&in_folder, EVERYTHING).await.unwrap();
    assert_eq!(there.len(), 1);
    assert_eq!((&there[0].id, there[0].subject.as_str()), (&moved, "moves"));
    assert!(there[0].unread);
    assert_eq!(pair.b.peek(&moved).await.unwrap().summary.subject, "moves");
    let folders = pair.b.folders().await.unwrap();
    let named = |name: &Folder| {
        folders
            .iter()
            .filter(|status| status.folder == *name)
            .count()
    };
    assert_eq!((named(&Folder::inbox()), named(&folder)), (1, 1));
}

/// What is not there is not moved, and a message is not moved to where nothing can be.
pub async fn what_cannot_be_moved_stays(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let id = pair.send_in_order(&["1"]).await.remove(0).id;
    let gone = MailId::new("no such message");
    let error = pair.b.move_to(&gone, &Folder::new("Archive")).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(pair.b.move_to(&id, &Folder::new("a\r\nb")).await.is_err());
    assert_eq!(pair.inbox(&pair.b, 1).await[0].id, id);
}
