//! pseudo_int: a keyed bijection on integers.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::function::MaskingFunction;
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::permutation::integer::{IntegerKernel, Range};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "pseudo_int",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Replaces an integer by another one, one to one (FF1, AES-256).",
    notes: &[
        "Each band is mapped onto itself, by value and not by type, so BIGINT, INT and text keys still join and nothing \
         overflows: [0,2^31) [2^31,2^32) [2^32,2^53) [2^53,2^63) [2^63,2^64); a negative x gives -1 - f(-1 - x).",
        "lo and hi keep the values of one range in it; a value outside is an error. The range has 10^6 values or more.",
        "TINYINT and SMALLINT are refused: so few values are soon guessed. Use a mapping table for them.",
        "Text must be a canonical integer (42, -7); ids with leading zeros or letters are for pseudo_digits.",
        "A bijection may leave a value as it is, with the chance of one in the size of its band.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Integer), "the integer"),
        Parameter::required("domain", Kind::Text, "the identity space; columns that join share one"),
        Parameter::optional("lo", Kind::Integer, Literal::Integer(0), "the range's first value"),
        Parameter::optional(
            "hi",
            Kind::Integer,
            Literal::Integer(0),
            "the range's last value; 0 and 0 stand for the bands",
        ),
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT pseudo_int(12345, 'beneficiary')", output: "1760222791" },
        Example { sql: "SELECT pseudo_int('12345', 'beneficiary')", output: "1760222791" },
        Example { sql: "SELECT pseudo_int(12345, 'beneficiary', 1, 9999999)", output: "6942036" },
    ],
};

/// The fewest values a range may have.
const FEWEST: i128 = 1_000_000;

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct PseudoInt;

impl MaskingFunction for PseudoInt {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let range = range(call)?;
        let guarantee = Guarantee::permutation();
        Ok(if Accepts::Text.admits(call.value_type()) { guarantee.with_max_chars(range.chars()) } else { guarantee })
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let key = binding.purpose_key("ff1", call.text("domain")?);
        Ok(Box::new(IntegerKernel::new(call.name(), key, range(call)?)))
    }
}

/// Reads the range of a call, and refuses a column too narrow for it.
fn range(call: &Call) -> Result<Range> {
    let (lo, hi) = (call.integer("lo")?, call.integer("hi")?);
    let (least, most) = limits(call.value_type())?;
    if lo == 0 && hi == 0 {
        return if covers_its_bands(most) { Ok(Range::Bands) } else { too_narrow(call.value_type()) };
    }
    if hi < lo {
        return plan_err!("pseudo_int: lo must not be above hi");
    }
    match hi.checked_sub(lo) {
        Some(span) if span >= FEWEST - 1 && span <= i128::from(u64::MAX) => {}
        _ => return plan_err!("pseudo_int: lo to hi must have 10^6 to 2^64 values; for fewer use a mapping table"),
    }
    if lo < least || hi > most {
        return plan_err!("pseudo_int: {} cannot hold every value from lo to hi", call.value_type());
    }
    Ok(Range::Explicit { lo, hi })
}

/// Returns the least and the greatest value a type holds.
fn limits(value: &DataType) -> Result<(i128, i128)> {
    Ok(match value {
        DataType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        DataType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        DataType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        DataType::Int64 => (i64::MIN.into(), i64::MAX.into()),
        DataType::UInt8 => (0, u8::MAX.into()),
        DataType::UInt16 => (0, u16::MAX.into()),
        DataType::UInt32 => (0, u32::MAX.into()),
        DataType::UInt64 => (0, u64::MAX.into()),
        DataType::Decimal32(precision, 0)
        | DataType::Decimal64(precision, 0)
        | DataType::Decimal128(precision, 0)
        | DataType::Decimal256(precision, 0) => {
            let most = 10_i128.checked_pow(u32::from(*precision)).map_or(i128::MAX, |end| end - 1);
            (-most, most)
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => (i128::MIN, i128::MAX),
        other => return plan_err!("pseudo_int: expected an integer, a DECIMAL(p, 0) or text, got {other}"),
    })
}

/// Returns whether a column whose greatest value is `most` holds every value of the bands that its own values are in.
fn covers_its_bands(most: i128) -> bool {
    let ends = [31, 32, 53, 63, 64].map(|bits| (1_i128 << bits) - 1);
    ends.contains(&most) || most > ends[4]
}

fn too_narrow<T>(value: &DataType) -> Result<T> {
    plan_err!(
        "pseudo_int: {value} is narrower than the bands its values are in; cast it to BIGINT, give lo and hi at least 10^6 \
         apart, or use a mapping table"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_cut_a_band_are_refused() {
        let fits = |value: &DataType| covers_its_bands(limits(value).expect("an integer type").1);
        for narrow in [DataType::Int8, DataType::Int16, DataType::UInt8, DataType::UInt16].into_iter().chain([
            DataType::Decimal32(9, 0),
            DataType::Decimal64(18, 0),
            DataType::Decimal128(10, 0),
        ]) {
            assert!(!fits(&narrow), "{narrow}");
        }
        for wide in [DataType::Int32, DataType::UInt32, DataType::Int64, DataType::UInt64]
            .into_iter()
            .chain([DataType::Decimal128(20, 0), DataType::Decimal256(40, 0)])
        {
            assert!(fits(&wide), "{wide}");
        }
        assert!(limits(&DataType::Decimal128(20, 2)).is_err());
    }
}
