//! list_mask: a function on each entry of a list.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, GenericListArray, OffsetSizeTrait, UInt64Array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, internal_err, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::function::MaskingFunction;
use crate::guarantee::Guarantee;
use crate::kernel::{self, Kernel};
use crate::named::{ARGUMENTS, FUNCTION, NamedCall};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section, plain};

static SPEC: FunctionSpec = FunctionSpec {
    name: "list_mask",
    aliases: &[],
    section: Section::Structured,
    summary: "Masks each entry of a list by the function that it names.",
    notes: &[
        "An entry gets what the function gives it elsewhere, so the ids of a list still join.",
        "Order and number of entries stay; NULL and empty lists stay, NULL entries stay NULL. So a list is never destroyed: \
         what destroys its entries generalizes it to their number.",
    ],
    parameters: &[Parameter::required("list", Kind::Value(Accepts::List), "the list"), FUNCTION, ARGUMENTS],
    result: "a list of what the function returns",
    examples: &[
        Example {
            sql: "SELECT list_mask([12345, 7, NULL], 'pseudo_int', 'beneficiary')",
            output: "[1760222791, 653205869, ]",
        },
        Example { sql: "SELECT list_mask(['ann@acme.test'], 'mask_email', 'minimal')", output: "[a***@acme.test]" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct ListMask;

impl MaskingFunction for ListMask {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn call_type(&self, call: &Call, binding: &Binding) -> Result<DataType> {
        let entry = entry(call)?;
        let named = NamedCall::read(call, &value_type(entry))?;
        let masked = match entry.data_type() {
            DataType::Dictionary(keys, _) => DataType::Dictionary(keys.clone(), Box::new(named.result_type(binding)?)),
            _ => named.result_type(binding)?,
        };
        let nullable = entry.is_nullable() || named.may_return_null()?;
        let masked = Arc::new(Field::new(entry.name(), masked, nullable));
        Ok(match call.value_type() {
            DataType::LargeList(_) => DataType::LargeList(masked),
            DataType::FixedSizeList(_, size) => DataType::FixedSizeList(masked, *size),
            DataType::ListView(_) => DataType::ListView(masked),
            DataType::LargeListView(_) => DataType::LargeListView(masked),
            _ => DataType::List(masked),
        })
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let named = NamedCall::read(call, &value_type(entry(call)?))?;
        named.guarantee_of_parts()
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let named = NamedCall::read(call, &value_type(entry(call)?))?;
        Ok(Box::new(Entries { inner: named.compile(binding)?, out: self.call_type(call, binding)? }))
    }
}

/// Returns the field of a list's entries.
fn entry(call: &Call) -> Result<&FieldRef> {
    let Some(entry) = entry_of(call.value_type()) else {
        return plan_err!("list_mask: list must be a list, got {}", call.value_type());
    };
    Ok(entry)
}

fn entry_of(list: &DataType) -> Option<&FieldRef> {
    match list {
        DataType::List(entry)
        | DataType::LargeList(entry)
        | DataType::FixedSizeList(entry, _)
        | DataType::ListView(entry)
        | DataType::LargeListView(entry) => Some(entry),
        _ => None,
    }
}

/// Returns the type that the entries are masked as; those of an empty list without a type are taken for text.
fn value_type(entry: &FieldRef) -> DataType {
    match plain(entry.data_type()) {
        DataType::Null => DataType::Utf8View,
        other => other.clone(),
    }
}

struct Entries {
    inner: Box<dyn Kernel>,
    out: DataType,
}

impl Entries {
    fn lists<O: OffsetSizeTrait>(&self, lists: &GenericListArray<O>) -> Result<ArrayRef> {
        let offsets = lists.offsets();
        let first = offsets[0];
        let count = offsets[lists.len()] - first;
        let entries = lists.values().slice(first.as_usize(), count.as_usize());
        let lengths = |row: usize| (offsets[row + 1] - offsets[row]).as_usize();
        let masked = self.entries(&visible(&entries, lists, lengths)?)?;
        let offsets = OffsetBuffer::new(offsets.iter().map(|offset| *offset - first).collect());
        Ok(Arc::new(GenericListArray::<O>::try_new(self.field()?, offsets, masked, lists.nulls().cloned())?))
    }

    fn fixed(&self, lists: &FixedSizeListArray) -> Result<ArrayRef> {
        let size = lists.value_length();
        let entries = visible(lists.values(), lists, |_| size.unsigned_abs() as usize)?;
        let masked = self.entries(&entries)?;
        let nulls = lists.nulls().cloned();
        Ok(Arc::new(FixedSizeListArray::try_new_with_length(self.field()?, size, masked, nulls, lists.len())?))
    }

    fn entries(&self, entries: &ArrayRef) -> Result<ArrayRef> {
        match entries.data_type() {
            DataType::Null => kernel::run(self.inner.as_ref(), &cast(entries, &DataType::Utf8View)?),
            _ => kernel::run(self.inner.as_ref(), entries),
        }
    }

    fn field(&self) -> Result<FieldRef> {
        let Some(entry) = entry_of(&self.out) else {
            return internal_err!("list_mask: no list, but {}", self.out);
        };
        Ok(Arc::clone(entry))
    }
}

/// Returns the entries with NULL for those below a NULL list: they may be anything.
fn visible(entries: &ArrayRef, lists: &dyn Array, length: impl Fn(usize) -> usize) -> Result<ArrayRef> {
    if lists.null_count() == 0 || (0..lists.len()).all(|row| lists.is_valid(row) || length(row) == 0) {
        return Ok(Arc::clone(entries));
    }
    let rows = (0..lists.len()).flat_map(|row| std::iter::repeat_n(lists.is_valid(row), length(row)));
    let positions: UInt64Array = rows.zip(0..).map(|(is_visible, entry)| is_visible.then_some(entry)).collect();
    Ok(take(entries, &positions, None)?)
}

impl Kernel for Entries {
    fn run(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match values.data_type() {
            DataType::List(_) => self.lists(values.as_list::<i32>()),
            DataType::LargeList(_) => self.lists(values.as_list::<i64>()),
            DataType::FixedSizeList(..) => self.fixed(values.as_fixed_size_list()),
            DataType::ListView(entry) => {
                let lists = cast(values, &DataType::List(Arc::clone(entry)))?;
                Ok(cast(&self.lists(lists.as_list::<i32>())?, &self.out)?)
            }
            DataType::LargeListView(entry) => {
                let lists = cast(values, &DataType::LargeList(Arc::clone(entry)))?;
                Ok(cast(&self.lists(lists.as_list::<i64>())?, &self.out)?)
            }
            other => internal_err!("expected a list, got {other}"),
        }
    }
}
