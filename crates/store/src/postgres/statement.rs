//! Statements, prepared once per connection.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::Error;

/// The values of a statement.
pub(super) type Values<'v> = &'v [&'v (dyn ToSql + Sync)];

/// All rows.
pub(super) async fn query(
    client: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
) -> Result<Vec<Row>, Error> {
    let prepared = client.prepare_cached(sql).await?;
    Ok(client.query(&prepared, values).await?)
}

/// One row at most.
pub(super) async fn query_opt(
    client: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
) -> Result<Option<Row>, Error> {
    let prepared = client.prepare_cached(sql).await?;
    Ok(client.query_opt(&prepared, values).await?)
}

/// How many rows it changed.
pub(super) async fn execute(
    client: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
) -> Result<u64, Error> {
    let prepared = client.prepare_cached(sql).await?;
    Ok(client.execute(&prepared, values).await?)
}
