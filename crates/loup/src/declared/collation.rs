//! Which texts a column's collation takes for one.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, AsArray, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::utils::take_function_args;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use loup_sources::dump::{Server, field_keys};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How the texts of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collation {
    /// As they stand.
    Exact,
    /// Without regard to case, accents and trailing blanks, as most collations of MySQL do.
    Folded,
}

impl Collation {
    /// Returns that of a column. MySQL's texts without another word have a collation that ignores case.
    pub(crate) fn of(field: &Field, server: Server) -> Self {
        let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        let name = field.metadata().get(field_keys::COLLATION).map(|name| name.to_ascii_lowercase());
        let is_exact = |name: &String| name.ends_with("_bin") || name.ends_with("_cs") || name == "binary";
        match server {
            Server::MySql if is_text && !name.as_ref().is_some_and(is_exact) => Self::Folded,
            Server::MySql | Server::Postgres => Self::Exact,
        }
    }
}

/// Returns an expression that is equal for texts which the collation takes for one.
pub(crate) fn collation_key(text: Expr) -> Expr {
    static FUNCTION: LazyLock<Arc<ScalarUDF>> =
        LazyLock::new(|| Arc::new(ScalarUDF::new_from_impl(CollationKey::default())));
    FUNCTION.call(vec![text])
}

/// Decomposes, drops marks, lowers, and drops blanks at the end: near the primary weights of the Unicode Collation Algorithm.
#[derive(Debug, PartialEq, Eq, Hash)]
struct CollationKey {
    signature: Signature,
}

impl Default for CollationKey {
    fn default() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for CollationKey {
    fn name(&self) -> &'static str {
        "collation_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [text] = take_function_args(self.name(), args.args)?;
        let text = cast(&text.into_array(args.number_rows)?, &DataType::Utf8View)?;
        let folded: StringViewArray = text.as_string_view().iter().map(|text| text.map(folded)).collect();
        Ok(ColumnarValue::Array(Arc::new(folded) as ArrayRef))
    }
}

fn folded(text: &str) -> String {
    let text = text.trim_end_matches(' ');
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_trailing_blanks_play_no_part() {
        for (a, b) in [("ANN ", "ann"), ("Zoë", "zoe"), ("ÅSA", "asa"), ("e\u{301}", "É")] {
            assert_eq!(folded(a), folded(b));
        }
        assert_ne!(folded(" ann"), folded("ann"));
        assert_ne!(folded("日本"), folded("日木"));
    }

    #[test]
    fn mysql_compares_exactly_where_it_is_told_to() {
        let column = |collation: Option<&str>| {
            let metadata = collation.map(|name| (field_keys::COLLATION.to_owned(), name.to_owned()));
            Field::new("a", DataType::Utf8View, true).with_metadata(metadata.into_iter().collect())
        };
        assert_eq!(Collation::of(&column(None), Server::MySql), Collation::Folded);
        assert_eq!(Collation::of(&column(Some("utf8mb4_bin")), Server::MySql), Collation::Exact);
        assert_eq!(Collation::of(&column(None), Server::Postgres), Collation::Exact);
        assert_eq!(Collation::of(&Field::new("a", DataType::Int32, true), Server::MySql), Collation::Exact);
    }
}
