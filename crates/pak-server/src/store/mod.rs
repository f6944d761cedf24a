//! The database: entities, migrations, and one way to write.
