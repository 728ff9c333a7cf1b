//! Calls a masking function as DataFusion does: checks the types, plans, then invokes.
#![expect(dead_code, reason = "each test binary uses its part")]

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};
use loup_crypto::KeyRing;
use loup_functions::{Accepts, Binding, FunctionSpec, Kind, Strength, functions, guarantee};

/// The key of bytes 00 01 02 .. 1f.
pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// Another key: 32 bytes of 01.
pub(crate) const OTHER_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

pub(crate) fn binding(key: &str) -> Binding {
    Binding::new(KeyRing::from_base64(key).expect("a key").active())
}

/// One function with its options, ready to be called on values.
pub(crate) struct UdfTester {
    udf: Arc<ScalarUDF>,
    options: Vec<ScalarValue>,
}

impl UdfTester {
    pub(crate) fn new(key: &str, name: &str, options: Vec<ScalarValue>) -> Self {
        let udf = functions(&binding(key)).into_iter().find(|udf| udf.name() == name).expect("a function of ours");
        Self { udf, options }
    }

    /// A function with only what it requires: each text option is `domain`, each choice the first.
    pub(crate) fn required(key: &str, spec: &FunctionSpec, domain: &str) -> Self {
        let required = spec.parameters[1..].iter().filter(|p| p.default.is_none());
        let options = required.map(|parameter| match parameter.kind {
            Kind::Choice(allowed) => ScalarValue::from(allowed[0]),
            Kind::Text => ScalarValue::from(domain),
            other => panic!("{}: no sample for a required option of kind {other}", spec.name),
        });
        Self::new(key, spec.name, options.collect())
    }

    pub(crate) fn invoke(&self, value: ColumnarValue) -> Result<ColumnarValue> {
        let rows = match &value {
            ColumnarValue::Array(array) => array.len(),
            ColumnarValue::Scalar(_) => 1,
        };
        let mut types = vec![value.data_type()];
        types.extend(self.options.iter().map(ScalarValue::data_type));
        let coerced = self.udf.coerce_types(&types)?;
        assert_eq!(coerced, types, "{}: an argument would be cast", self.udf.name());
        let fields = types.into_iter().map(|t| Arc::new(Field::new("a", t, true))).collect::<Vec<_>>();
        let mut literals = vec![None];
        literals.extend(self.options.iter().map(Some));
        let return_field =
            self.udf.return_field_from_args(ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &literals })?;
        let mut args = vec![value];
        args.extend(self.options.iter().cloned().map(ColumnarValue::Scalar));
        let result = self.udf.invoke_with_args(ScalarFunctionArgs {
            args,
            arg_fields: fields,
            number_rows: rows,
            return_field: Arc::clone(&return_field),
            config_options: Arc::new(ConfigOptions::default()),
        })?;
        assert_eq!(&result.data_type(), return_field.data_type(), "{}: planned another type", self.udf.name());
        Ok(result)
    }

    /// Masks an array, and checks that the result is valid Arrow data of its length.
    pub(crate) fn mask(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let ColumnarValue::Array(masked) = self.invoke(ColumnarValue::Array(Arc::clone(values)))? else {
            panic!("{}: an array became a scalar", self.udf.name());
        };
        assert_eq!(masked.len(), values.len());
        masked.to_data().validate_full().expect("valid Arrow data");
        Ok(masked)
    }

    /// Masks texts given in one encoding; results are read as text.
    pub(crate) fn texts(&self, values: &[Option<&str>], encoding: &DataType) -> Result<Vec<Option<String>>> {
        let plain: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        self.mask(&cast(&plain, encoding)?).map(|masked| as_texts(&masked))
    }

    pub(crate) fn strength(&self, value: &DataType) -> Strength {
        let options = self.options.iter().map(|o| datafusion::logical_expr::lit(o.clone()));
        let args: Vec<_> = std::iter::once(datafusion::prelude::col("v")).chain(options).collect();
        guarantee(&self.udf, &args, std::slice::from_ref(value)).expect("a function of ours").strength
    }
}

/// Reads any array as text.
pub(crate) fn as_texts(array: &ArrayRef) -> Vec<Option<String>> {
    let text = cast(array, &DataType::Utf8).expect("every result has a text form");
    text.as_string::<i32>().iter().map(|v| v.map(str::to_owned)).collect()
}

/// Returns texts that the function takes: with NULL, repeats, and the odd ones its kind of value has.
pub(crate) fn sample(spec: &FunctionSpec) -> Vec<Option<&'static str>> {
    match accepts(spec) {
        Accepts::Integer => vec![Some("0"), None, Some("-7"), Some("42"), Some("42"), Some("9007199254740993")],
        Accepts::Date => {
            vec![Some("2019-07-23"), None, Some("23.07.2019 10:11:12"), Some("2019-07-23"), Some("20240229")]
        }
        _ => vec![
            Some("alice@example.com"),
            Some(""),
            None,
            Some("François"),
            Some("日本語の名前です、とても長い"),
            Some("+91-9876543210"),
            Some("alice@example.com"),
        ],
    }
}

pub(crate) fn accepts(spec: &FunctionSpec) -> Accepts {
    match spec.parameters[0].kind {
        Kind::Value(accepts) => accepts,
        other => panic!("{}: the first parameter is the value, not {other}", spec.name),
    }
}
