//! Refuses what a column cannot hold, where the functions' guarantees show it before anything is read.

use loup_functions::{Collisions, catalog};
use loup_sources::dump::{TableIndex, field_keys};

use crate::verify::WatchedTable;
use crate::{Error, Result};

/// Refuses masks whose results are longer than their column, NULL where there may be none, and one value for many where all
/// are to differ; `rows` is how many there are, where that is known.
///
/// # Errors
/// Returns the table, the column, and what fits.
pub(crate) fn refuse_unfit(table: &TableIndex, watched: &WatchedTable, rows: Option<u64>) -> Result<()> {
    let unique = table.definition.as_ref().map(|definition| definition.unique.as_slice()).unwrap_or_default();
    for ((name, mask), field) in watched.masks().zip(table.schema.fields()) {
        let Some(mask) = mask else { continue };
        let (guarantee, function) = (mask.guarantee(), mask.name());
        let refuse = |problem: String| Err(Error::Refused(format!("{}.{name}: {problem}", table.name)));
        let declared = field.metadata();
        let most = declared.get(field_keys::MAX_CHARS).and_then(|chars| chars.parse::<usize>().ok());
        if let (Some(most), Some(chars)) = (most, guarantee.max_chars)
            && chars > most
        {
            let way = match shorter(function) {
                Some(option) => format!("say {option} => {most}"),
                None => "choose a function with shorter results".to_owned(),
            };
            return refuse(format!("{function} gives up to {chars} characters, the column holds {most}; {way}"));
        }
        if function == "nullify" && declared.contains_key(field_keys::NOT_NULL) {
            return refuse("nullify gives NULL, and the column is NOT NULL; blank gives a neutral value".to_owned());
        }
        let is_unique = unique.iter().any(|(_, columns)| matches!(columns.as_slice(), [only] if only == name));
        if is_unique && rows.is_none_or(|rows| rows > 1) && guarantee.collisions == Collisions::ManyToOne {
            let way = "pseudo_text, hash_keyed, pseudo_int and fake_unique_* keep values apart";
            return refuse(format!("{function} gives many values one result, and the column is unique; {way}"));
        }
    }
    Ok(())
}

/// Returns the option that shortens a function's results.
fn shorter(function: &str) -> Option<&'static str> {
    let spec = catalog().iter().find(|spec| spec.name == function)?;
    ["max_chars", "length"].into_iter().find(|option| spec.parameters.iter().any(|known| known.name == *option))
}
