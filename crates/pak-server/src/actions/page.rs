//! Lists in pages: newest first, a cursor that is the last row's id.

use pak_model::Result;
use sea_orm::{ColumnTrait as _, EntityTrait, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select};
use serde::{Deserialize, Deserializer, de};

use crate::store::{Store, unusable};

/// Where a page of a list begins and how long it is.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Show what comes after this: `next_cursor` of the page before.
    #[param(minimum = 1)]
    #[serde(default, deserialize_with = "crate::actions::page::cursor")]
    pub cursor: Option<i64>,
    /// How many, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    #[serde(default, deserialize_with = "crate::actions::page::limit")]
    pub limit: Option<u64>,
}

/// Reads where a page begins: an id, as `next_cursor` gave it.
pub fn cursor<'de, D: Deserializer<'de>>(text: D) -> Result<Option<i64>, D::Error> {
    let cursor = Option::<i64>::deserialize(text)?;
    if cursor.is_some_and(|cursor| cursor < 1) {
        return Err(de::Error::custom("`cursor` must be the `next_cursor` of a page"));
    }
    Ok(cursor)
}

/// Reads a page's length; what is promised is held, so another is refused rather than changed.
pub fn limit<'de, D: Deserializer<'de>>(text: D) -> Result<Option<u64>, D::Error> {
    let limit = Option::<u64>::deserialize(text)?;
    if limit.is_some_and(|limit| !(1..=500).contains(&limit)) {
        return Err(de::Error::custom("`limit` must be 1 to 500"));
    }
    Ok(limit)
}

impl PageQuery {
    /// How many rows a page has.
    pub fn size(self) -> u64 {
        self.limit.unwrap_or(50).clamp(1, 500)
    }

    /// Rows come before this id.
    pub fn before(self) -> i64 {
        self.cursor.filter(|cursor| *cursor > 0).unwrap_or(i64::MAX)
    }

    /// How many to ask for: one more than is shown tells whether there is a next page.
    pub fn ask(self) -> u64 {
        self.size() + 1
    }

    /// Cuts what was asked for to the page, and gives the next page's cursor.
    pub fn cut<T>(self, rows: &mut Vec<T>, id: impl Fn(&T) -> i64) -> Option<i64> {
        let size = usize::try_from(self.size()).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return None;
        }
        rows.truncate(size);
        rows.last().map(id)
    }
}

impl PageQuery {
    /// Reads a page of a list: newest first, by the id's column.
    pub async fn read<E: EntityTrait>(
        self,
        store: &Store,
        list: Select<E>,
        column: E::Column,
        id: impl Fn(&E::Model) -> i64,
    ) -> Result<(Vec<E::Model>, Option<i64>)> {
        let page = list.filter(column.lt(self.before())).order_by_desc(column).limit(self.ask());
        let mut rows = page.all(store.read()).await.map_err(unusable)?;
        let next = self.cut(&mut rows, id);
        Ok((rows, next))
    }
}
