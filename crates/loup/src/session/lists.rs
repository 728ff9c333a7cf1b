//! Lists that statements name: tables read before planning, and bound into the functions that draw from them.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use datafusion::catalog::TableProvider;
use futures::TryStreamExt;
use loup_functions::{NamedList, NamedListBuilder, NamedLists};

use super::Session;
use crate::script::parse_name;
use crate::{Error, Result};

/// The largest list, in bytes of memory: it is held whole, and again as what calls look up in it.
const LARGEST: usize = 256 << 20;

impl Session {
    /// Reads the tables that serve as lists, as they are now, and binds functions of later plans to them.
    ///
    /// A name without a table is left to planning, which knows the function that names it.
    pub(super) async fn bind_lists(&self, names: BTreeSet<String>) -> Result<()> {
        let mut lists = NamedLists::clone(&self.lists());
        let mut is_changed = false;
        for name in names {
            let Some(found) = parse_name(&name).and_then(|name| self.find_table(&name).transpose()) else {
                is_changed |= lists.find(&name).is_some();
                lists = lists.without(&name);
                continue;
            };
            let list = self.read_list(&name, found?.provider).await?;
            if lists.find(&name).is_none_or(|known| **known != list) {
                lists = lists.with(&name, list);
                is_changed = true;
            }
        }
        if !is_changed {
            return Ok(());
        }
        *self.lists.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(lists);
        self.register_functions()
    }

    /// Returns the lists that functions are bound to now.
    pub(super) fn lists(&self) -> Arc<NamedLists> {
        Arc::clone(&self.lists.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn read_list(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<NamedList> {
        let mut rows = self.context.read_table(table)?.execute_stream().await?;
        let (mut list, mut bytes) = (NamedListBuilder::new(&rows.schema()), 0);
        while let Some(batch) = rows.try_next().await? {
            bytes += list.push(&batch)?;
            if bytes > LARGEST {
                return Err(Error::Data(format!(
                    "{name}: a list is held in memory and may take {} MB; this table is larger",
                    LARGEST >> 20
                )));
            }
        }
        Ok(list.finish()?)
    }
}
