//! Statements that stand alone, prepared once per connection.

use deadpool_postgres::Object;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::Error;

type Values<'v> = &'v [&'v (dyn ToSql + Sync)];

/// All rows.
pub(super) async fn query(
    connection: &Object,
    sql: &str,
    values: Values<'_>,
) -> Result<Vec<Row>, Error> {
    let prepared = connection.prepare_cached(sql).await?;
    Ok(connection.query(&prepared, values).await?)
}

/// One row at most.
pub(super) async fn query_opt(
    connection: &Object,
    sql: &str,
    values: Values<'_>,
) -> Result<Option<Row>, Error> {
    let prepared = connection.prepare_cached(sql).await?;
    Ok(connection.query_opt(&prepared, values).await?)
}
