//! Changing entries of mailboxes.

use deadpool_postgres::{Object, Transaction};

use super::agents::tell;
use super::mailbox::{direction_number, no_entry};
use super::notice::Notice;
use super::removal;
use super::row::{damaged, value};
use super::statement::{execute, query_opt};
use crate::{Address, EntryId, Error, ErrorKind, FolderName, Keyword, Mark};

/// An entry that is locked until the transaction ends.
struct Locked {
    agent: i64,
    keywords: String,
}

/// Changes what is remembered about an entry.
pub(super) async fn mark(
    connection: &mut Object,
    mailbox: &Address,
    id: EntryId,
    mark: &Mark,
    most: usize,
) -> Result<(), Error> {
    match mark {
        Mark::Read => set_unread(connection, mailbox, id, false).await,
        Mark::Unread => set_unread(connection, mailbox, id, true).await,
        Mark::Keyword(keyword) => {
            let add = |keywords: &mut Vec<Keyword>| {
                if keywords.contains(keyword) {
                    return Ok(());
                }
                if keywords.len() >= most {
                    return Err(Error::new(
                        ErrorKind::Invalid,
                        format!("expected at most {most} keywords on an entry"),
                    ));
                }
                keywords.push(keyword.clone());
                Ok(())
            };
            change_keywords(connection, mailbox, id, add).await
        }
        Mark::ClearKeyword(keyword) => {
            let clear = |keywords: &mut Vec<Keyword>| {
                keywords.retain(|kept| kept != keyword);
                Ok(())
            };
            change_keywords(connection, mailbox, id, clear).await
        }
    }
}

/// Moves an entry to a folder, which is made when it is not there.
pub(super) async fn move_to(
    connection: &mut Object,
    mailbox: &Address,
    id: EntryId,
    folder: &FolderName,
) -> Result<(), Error> {
    let transaction = connection.transaction().await?;
    let entry = lock(&transaction, mailbox, id).await?;
    let folder = ensure_folder(&transaction, entry.agent, folder).await?;
    let (key, direction) = place(id);
    let sql = "UPDATE entries SET folder = $4 WHERE agent = $1 AND key = $2 AND direction = $3";
    execute(
        &transaction,
        sql,
        &[&entry.agent, &key, &direction, &folder],
    )
    .await?;
    tell(&transaction, &Notice::of([entry.agent])).await?;
    transaction.commit().await?;
    Ok(())
}

/// Removes an entry, and the message with its last entry.
pub(super) async fn remove(
    connection: &mut Object,
    mailbox: &Address,
    id: EntryId,
) -> Result<(), Error> {
    let transaction = connection.transaction().await?;
    let agent = agent(&transaction, mailbox).await?.ok_or_else(no_entry)?;
    let (key, direction) = place(id);
    let removed = removal::entries(&transaction, &[(agent, key, direction)]).await?;
    if removed == 0 {
        return Err(no_entry());
    }
    tell(&transaction, &Notice::of([agent])).await?;
    transaction.commit().await?;
    Ok(())
}

/// Makes a folder, unless it is there.
pub(super) async fn make_folder(
    connection: &mut Object,
    mailbox: &Address,
    folder: &FolderName,
) -> Result<(), Error> {
    let transaction = connection.transaction().await?;
    let agent = agent(&transaction, mailbox).await?.ok_or_else(no_entry)?;
    ensure_folder(&transaction, agent, folder).await?;
    tell(&transaction, &Notice::of([agent])).await?;
    transaction.commit().await?;
    Ok(())
}

async fn set_unread(
    connection: &Object,
    mailbox: &Address,
    id: EntryId,
    unread: bool,
) -> Result<(), Error> {
    let (key, direction) = place(id);
    let row = query_opt(
        connection,
        "WITH marked AS (
             UPDATE entries AS e SET unread = $4 FROM agents AS a
             WHERE a.address = $1 AND a.removed_at IS NULL AND e.agent = a.id AND e.key = $2 AND e.direction = $3
             RETURNING e.agent)
         SELECT pg_notify('mailmesh', agent::text) FROM marked",
        &[&mailbox.as_str(), &key, &direction, &unread],
    )
    .await?;
    row.map(drop).ok_or_else(no_entry)
}

async fn change_keywords(
    connection: &mut Object,
    mailbox: &Address,
    id: EntryId,
    change: impl FnOnce(&mut Vec<Keyword>) -> Result<(), Error>,
) -> Result<(), Error> {
    let transaction = connection.transaction().await?;
    let entry = lock(&transaction, mailbox, id).await?;
    let mut keywords = Keyword::split(&entry.keywords);
    change(&mut keywords)?;
    let (key, direction) = place(id);
    let joined = Keyword::join(&keywords);
    let sql = "UPDATE entries SET keywords = $4 WHERE agent = $1 AND key = $2 AND direction = $3";
    execute(
        &transaction,
        sql,
        &[&entry.agent, &key, &direction, &joined],
    )
    .await?;
    tell(&transaction, &Notice::of([entry.agent])).await?;
    transaction.commit().await?;
    Ok(())
}

async fn lock(
    transaction: &Transaction<'_>,
    mailbox: &Address,
    id: EntryId,
) -> Result<Locked, Error> {
    let sql = "SELECT e.agent, e.keywords FROM entries AS e JOIN agents AS a ON a.id = e.agent
               WHERE a.address = $1 AND a.removed_at IS NULL AND e.key = $2 AND e.direction = $3
               FOR NO KEY UPDATE OF e";
    let (key, direction) = place(id);
    let row = query_opt(transaction, sql, &[&mailbox.as_str(), &key, &direction]).await?;
    let row = row.ok_or_else(no_entry)?;
    Ok(Locked {
        agent: value(&row, "agent")?,
        keywords: value(&row, "keywords")?,
    })
}

async fn agent(transaction: &Transaction<'_>, mailbox: &Address) -> Result<Option<i64>, Error> {
    let sql = "SELECT id FROM agents WHERE address = $1 AND removed_at IS NULL";
    let row = query_opt(transaction, sql, &[&mailbox.as_str()]).await?;
    row.map(|row| value(&row, "id")).transpose()
}

async fn ensure_folder(
    transaction: &Transaction<'_>,
    agent: i64,
    name: &FolderName,
) -> Result<i64, Error> {
    let sql = "INSERT INTO folders (agent, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    execute(transaction, sql, &[&agent, &name.as_str()]).await?;
    let sql = "SELECT id FROM folders WHERE agent = $1 AND name = $2";
    let row = query_opt(transaction, sql, &[&agent, &name.as_str()]).await?;
    value(&row.ok_or_else(damaged)?, "id")
}

fn place(id: EntryId) -> (i64, i16) {
    (id.key.to_i64(), direction_number(id.direction))
}
