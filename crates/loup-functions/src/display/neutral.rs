//! The neutral value of every Arrow type.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, FixedSizeListArray, GenericListArray, GenericListViewArray, MapArray, OffsetSizeTrait,
    StructArray, UInt32Array, UnionArray, new_empty_array, new_null_array,
};
use datafusion::arrow::buffer::{OffsetBuffer, ScalarBuffer};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, FieldRef, UnionMode};
use datafusion::common::{Result, ScalarValue};

/// Returns one neutral value of a type, as an array.
///
/// # Errors
/// When Arrow refuses to make it.
pub(crate) fn neutral(data_type: &DataType) -> Result<ArrayRef> {
    Ok(match data_type {
        DataType::List(field) => empty_list::<i32>(field)?,
        DataType::LargeList(field) => empty_list::<i64>(field)?,
        DataType::ListView(field) => empty_view::<i32>(field)?,
        DataType::LargeListView(field) => empty_view::<i64>(field)?,
        DataType::FixedSizeList(field, size) => {
            let items = repeat(&neutral(field.data_type())?, *size)?;
            Arc::new(FixedSizeListArray::try_new(Arc::clone(field), *size, items, None)?)
        }
        DataType::Struct(fields) if !fields.is_empty() => {
            let columns = fields.iter().map(|field| neutral(field.data_type())).collect::<Result<Vec<_>>>()?;
            Arc::new(StructArray::try_new(fields.clone(), columns, None)?)
        }
        DataType::Map(field, sorted) => {
            let entries = new_empty_array(field.data_type()).as_struct().clone();
            Arc::new(MapArray::try_new(Arc::clone(field), OffsetBuffer::new_zeroed(1), entries, None, *sorted)?)
        }
        DataType::Union(fields, mode) => {
            let first = fields.iter().next().map_or(0, |(id, _)| id);
            let column = |(id, field): (i8, &FieldRef)| match (id == first, mode) {
                (true, _) => neutral(field.data_type()),
                (false, UnionMode::Sparse) => Ok(new_null_array(field.data_type(), 1)),
                (false, UnionMode::Dense) => Ok(new_empty_array(field.data_type())),
            };
            let columns = fields.iter().map(column).collect::<Result<Vec<_>>>()?;
            let offsets = matches!(mode, UnionMode::Dense).then(|| ScalarBuffer::from(vec![0]));
            Arc::new(UnionArray::try_new(fields.clone(), ScalarBuffer::from(vec![first]), offsets, columns)?)
        }
        plain => ScalarValue::new_default(plain)?.to_array()?,
    })
}

fn empty_list<O: OffsetSizeTrait>(field: &FieldRef) -> Result<ArrayRef> {
    let (ends, items) = (OffsetBuffer::<O>::new_zeroed(1), new_empty_array(field.data_type()));
    Ok(Arc::new(GenericListArray::try_new(Arc::clone(field), ends, items, None)?))
}

fn empty_view<O: OffsetSizeTrait>(field: &FieldRef) -> Result<ArrayRef> {
    let (zero, items) = (ScalarBuffer::from(vec![O::default()]), new_empty_array(field.data_type()));
    Ok(Arc::new(GenericListViewArray::try_new(Arc::clone(field), zero.clone(), zero, items, None)?))
}

fn repeat(one: &ArrayRef, times: i32) -> Result<ArrayRef> {
    let rows: UInt32Array = (0..times).map(|_| Some(0_u32)).collect();
    Ok(take(one, &rows, None)?)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{Field, Fields, TimeUnit, UnionFields};
    use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

    use super::*;

    fn text(data_type: &DataType) -> String {
        let values = neutral(data_type).expect("a neutral value");
        assert_eq!((values.len(), values.null_count(), values.data_type()), (1, 0, data_type));
        values.to_data().validate_full().expect("valid Arrow data");
        let masked = repeat(&values, 3).expect("three rows");
        assert_eq!((masked.len(), masked.data_type()), (3, data_type));
        masked.to_data().validate_full().expect("valid Arrow data");
        let options = FormatOptions::default();
        let formatter = ArrayFormatter::try_new(&masked, &options).expect("a text form");
        formatter.value(2).to_string()
    }

    fn field(data_type: DataType, nullable: bool) -> FieldRef {
        Arc::new(Field::new("element", data_type, nullable))
    }

    #[test]
    fn every_type_has_a_neutral_value() {
        let integer = || field(DataType::Int32, false);
        let entries = DataType::Struct(Fields::from(vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("value", DataType::Int32, true),
        ]));
        let fields =
            Fields::from(vec![Field::new("a", DataType::Utf8View, false), Field::new("b", DataType::Date32, false)]);
        let variants = || {
            UnionFields::try_new(
                [3, 5],
                [Field::new("i", DataType::Int64, false), Field::new("t", DataType::Utf8, true)],
            )
        };
        for (data_type, expected) in [
            (DataType::Utf8, ""),
            (DataType::LargeUtf8, ""),
            (DataType::Utf8View, ""),
            (DataType::BinaryView, ""),
            (DataType::FixedSizeBinary(2), "0000"),
            (DataType::Boolean, "false"),
            (DataType::UInt64, "0"),
            (DataType::Float64, "0.0"),
            (DataType::Decimal32(5, 1), "0.0"),
            (DataType::Decimal256(50, 2), "0.00"),
            (DataType::Date32, "1970-01-01"),
            (DataType::Date64, "1970-01-01T00:00:00"),
            (DataType::Time64(TimeUnit::Nanosecond), "00:00:00"),
            (DataType::Timestamp(TimeUnit::Second, Some("UTC".into())), "1970-01-01T00:00:00Z"),
            (DataType::Duration(TimeUnit::Second), "P0D"),
            (DataType::List(integer()), "[]"),
            (DataType::LargeList(integer()), "[]"),
            (DataType::ListView(integer()), "[]"),
            (DataType::LargeListView(integer()), "[]"),
            (DataType::FixedSizeList(integer(), 2), "[0, 0]"),
            (DataType::Map(field(entries, false), false), "{}"),
            (DataType::Struct(fields), "{a: , b: 1970-01-01}"),
            (DataType::Union(variants().expect("two"), UnionMode::Sparse), "{i=0}"),
            (DataType::Union(variants().expect("two"), UnionMode::Dense), "{i=0}"),
        ] {
            assert_eq!(text(&data_type), expected, "{data_type}");
        }
    }
}
