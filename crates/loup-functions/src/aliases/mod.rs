//! Other tools' names for calls of these functions, so that scripts written for them run.
//!
//! An alias is a line of one table: the call as the other tool writes it, the call that it stands for, and what is different.
//! It has no code and no key of its own: results and guarantee are those of the call it stands for.

mod form;
mod table;
mod translate;
mod udf;

use std::sync::{Arc, LazyLock};

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, ScalarUDF};

use crate::registry;
use crate::spec::{FunctionSpec, Literal};

use form::{Form, Slot};
pub(crate) use udf::AliasUdf;

/// Whose names they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// PostgreSQL Anonymizer, versions 1 to 3.
    Anon,
    /// MySQL Enterprise Masking and Percona's Data Masking.
    MySql,
    /// Hive and Spark.
    Hive,
    /// The methods of Python's Faker.
    Faker,
}

impl Family {
    /// Every family, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Anon, Self::MySql, Self::Hive, Self::Faker];

    /// Returns the family's name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Anon => "PostgreSQL Anonymizer",
            Self::MySql => "MySQL and Percona",
            Self::Hive => "Hive and Spark",
            Self::Faker => "Faker",
        }
    }
}

/// One call of another tool, and the call of ours that it stands for.
#[derive(Debug)]
pub struct Alias {
    /// Whose it is.
    pub family: Family,
    /// The call as the other tool writes it: `mask_pan(s)`.
    pub form: &'static str,
    /// What it stands for: `mask_card(s)`. `random()` is another value in every row, so the call has no seed.
    pub call: &'static str,
    /// How the result differs from the other tool's; empty where it does not.
    pub note: &'static str,
}

impl Alias {
    const fn new(family: Family, form: &'static str, call: &'static str, note: &'static str) -> Self {
        Self { family, form, call, note }
    }

    /// Returns the name of the other tool's function; several calls may have one name.
    pub fn name(&self) -> &'static str {
        name_of(self.form)
    }

    /// Returns the name of the function it stands for.
    pub fn target(&self) -> &'static str {
        name_of(self.call)
    }

    /// Returns the heading it stands under.
    pub fn section(&self) -> String {
        format!("Names of {}", self.family.title())
    }

    /// Returns the text that the first argument must be for this call to be meant, where one name has several.
    pub fn method(&self) -> Option<&'static str> {
        let form = forms().iter().find(|form| std::ptr::eq(form.alias, self))?;
        form.parameters.first()?.selects
    }

    /// Returns what the function it stands for is.
    pub fn spec(&self) -> &'static FunctionSpec {
        registry::specs().find(|spec| spec.name == self.target()).expect("a test looks up every alias")
    }

    /// Returns the arguments' names with their defaults, those that are literals under none.
    pub fn parameters(&self) -> Vec<(&'static str, Option<Literal>)> {
        let form = forms().iter().find(|form| std::ptr::eq(form.alias, self));
        form.map(|form| form.parameters.iter().map(|p| (p.name, p.default)).collect()).unwrap_or_default()
    }
}

fn name_of(call: &'static str) -> &'static str {
    call.split_once('(').map_or(call, |(name, _)| name)
}

/// Returns every alias, in the order of the docs.
pub fn aliases() -> &'static [Alias] {
    table::ALIASES
}

/// Returns the forms of all aliases, read from the table once.
pub(crate) fn forms() -> &'static [Form] {
    static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
        let read = |alias| Form::read(alias).expect("a test reads the whole table");
        table::ALIASES.iter().map(read).collect()
    });
    &FORMS
}

/// Returns the call that a call of an alias stands for; None when the function is no alias, or not all literals are known yet.
pub fn expand_alias(function: &ScalarUDF, arguments: &[Expr]) -> Option<(Arc<ScalarUDF>, Vec<Expr>)> {
    function.inner().downcast_ref::<AliasUdf>()?.expand(arguments)
}

/// Returns the lists that a call of an alias names; see [`lists_named_by`](crate::lists_named_by).
pub(crate) fn lists_named_by<'a>(alias: &str, texts: &[Option<&'a str>]) -> Vec<&'a str> {
    let forms = forms().iter().filter(|form| form.alias.name() == alias);
    let given = |slot: &Slot| match slot {
        Slot::Given(position) => texts.get(*position).copied().flatten(),
        _ => None,
    };
    let literals: Vec<Option<ScalarValue>> = texts.iter().map(|text| text.map(ScalarValue::from)).collect();
    let matching = forms.filter_map(|form| Some((form, form.slots(&literals).ok()??)));
    let named = matching.flat_map(|(form, slots)| {
        let parameters = form.target.parameters.iter();
        parameters.zip(slots).filter(|(parameter, _)| parameter.names_list()).map(|(_, slot)| slot).collect::<Vec<_>>()
    });
    named.filter_map(|slot| given(&slot)).collect()
}
