//! Rows of every table as JSON lines, the same on both databases: what is taken from one can be put into the other.

use pak_model::Result;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::store::unusable;

/// Keeps the schema's history; written by migrating, never copied.
const HISTORY: &str = "seaql_migrations";

/// A table.
pub(super) struct Table {
    /// Its name.
    pub(super) name: String,
    /// Its columns in order.
    pub(super) columns: Vec<String>,
}

/// Every table, those that others refer to first.
pub(super) async fn all(connection: &impl ConnectionTrait) -> Result<Vec<Table>> {
    // Tables are made in the order in which they refer to each other, and both databases remember that order.
    let sql = match connection.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
        }
        _ => {
            "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY oid"
        }
    };
    let mut tables = Vec::new();
    for name in texts(connection, sql, "name", Vec::new()).await?.into_iter().filter(|name| name != HISTORY) {
        let sql = match connection.get_database_backend() {
            DbBackend::Sqlite => "SELECT name FROM pragma_table_info($1) ORDER BY cid",
            _ => {
                "SELECT column_name::text AS name FROM information_schema.columns WHERE table_schema = current_schema() AND \
                  table_name = $1 ORDER BY ordinal_position"
            }
        };
        let columns = texts(connection, sql, "name", vec![name.as_str().into()]).await?;
        tables.push(Table { name, columns });
    }
    Ok(tables)
}

/// Names of the migrations that made the schema, in order.
pub(super) async fn migrations(connection: &impl ConnectionTrait) -> Result<Vec<String>> {
    texts(connection, "SELECT version AS name FROM seaql_migrations ORDER BY version", "name", Vec::new()).await
}

impl Table {
    /// Some rows as JSON objects, and the place after which the next begin. The first begin after no place.
    pub(super) async fn rows(
        &self,
        connection: &impl ConnectionTrait,
        after: Option<&str>,
        most: u64,
    ) -> Result<Vec<(String, String)>> {
        let table = &self.name;
        // Every row has a place, and looking behind one costs the same however many rows came before.
        let (sql, after) = if connection.get_database_backend() == DbBackend::Sqlite {
            let pairs: Vec<String> = self.columns.iter().map(|column| format!("'{column}', \"{column}\"")).collect();
            let sql = format!(
                "SELECT CAST(rowid AS TEXT) AS place, json_object({}) AS line FROM \"{table}\" \
                 WHERE rowid > CAST($1 AS INTEGER) ORDER BY rowid LIMIT {most}",
                pairs.join(", ")
            );
            (sql, after.unwrap_or("-9223372036854775808"))
        } else {
            let sql = format!(
                "SELECT t.ctid::text AS place, row_to_json(t)::text AS line FROM \"{table}\" t \
                 WHERE t.ctid > $1::tid ORDER BY t.ctid LIMIT {most}"
            );
            (sql, after.unwrap_or("(0,0)"))
        };
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, [after.into()]);
        let rows = connection.query_all_raw(statement).await.map_err(unusable)?;
        let pair = |row: &sea_orm::QueryResult| Ok((row.try_get("", "place")?, row.try_get("", "line")?));
        rows.iter().map(pair).collect::<std::result::Result<_, DbErr>>().map_err(unusable)
    }

    /// How many rows it has.
    pub(super) async fn count(&self, connection: &impl ConnectionTrait) -> Result<i64> {
        let sql = format!("SELECT count(*) AS number FROM \"{}\"", self.name);
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.map_err(unusable)?;
        row.map_or(Ok(0), |row| row.try_get("", "number")).map_err(unusable)
    }

    /// Puts a row in.
    pub(super) async fn insert(&self, connection: &impl ConnectionTrait, line: &str) -> std::result::Result<(), DbErr> {
        let quoted: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        let (table, columns) = (&self.name, quoted.join(", "));
        let sql = if connection.get_database_backend() == DbBackend::Sqlite {
            let values: Vec<String> =
                self.columns.iter().map(|column| format!("json_extract($1, '$.{column}')")).collect();
            format!("INSERT INTO \"{table}\" ({columns}) SELECT {}", values.join(", "))
        } else {
            format!(
                "INSERT INTO \"{table}\" ({columns}) SELECT {columns} FROM json_populate_record(NULL::\"{table}\", $1::json)"
            )
        };
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, [line.into()]);
        connection.execute_raw(statement).await.map(drop)
    }

    /// Lets new rows be numbered after those put in. SQLite does so by itself.
    pub(super) async fn renumber(&self, connection: &impl ConnectionTrait) -> Result<()> {
        if connection.get_database_backend() != DbBackend::Postgres || !self.columns.iter().any(|column| column == "id")
        {
            return Ok(());
        }
        let table = &self.name;
        let sql = format!(
            "SELECT setval(sequence, (SELECT COALESCE(max(id), 1) FROM \"{table}\")) FROM \
             (SELECT pg_get_serial_sequence('{table}', 'id') AS sequence) s WHERE sequence IS NOT NULL"
        );
        connection.execute_unprepared(&sql).await.map(drop).map_err(unusable)
    }
}

async fn texts(
    connection: &impl ConnectionTrait,
    sql: &str,
    column: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<String>> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    let rows = connection.query_all_raw(statement).await.map_err(unusable)?;
    rows.iter().map(|row| row.try_get("", column)).collect::<std::result::Result<_, _>>().map_err(unusable)
}
