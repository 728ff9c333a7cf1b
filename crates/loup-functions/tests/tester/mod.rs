//! Calls a masking function as DataFusion does: checks the types, plans, then invokes.
#![expect(dead_code, reason = "each test binary uses its part")]

pub(crate) mod kept;
mod lists;
pub(crate) mod options;
mod shift;

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, Volatility};
use loup_crypto::{KeyRing, Salts};
use loup_functions::{
    Accepts, Binding, FunctionSpec, Guarantee, Kind, Literal, Parameter, Strength, catalog, functions, guarantee,
};

/// The key of bytes 00 01 02 .. 1f.
pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// Another key: 32 bytes of 01.
pub(crate) const OTHER_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// What a required alphabet is.
pub(crate) const ALPHABET: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The salts file of the pinned answers; `d` and `e` are what tests over all functions name.
const SALTS: &str = r#"{
    "customer": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "site": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "jefe": "4a656665",
    "d": "00112233445566778899aabbccddeeff",
    "e": "ffeeddccbbaa99887766554433221100"
}"#;

pub(crate) fn binding(key: &str) -> Binding {
    /// One for all: bindings with salts of their own would differ in the session's pepper.
    static SHARED: LazyLock<Arc<Salts>> =
        LazyLock::new(|| Arc::new(Salts::from_json(SALTS.as_bytes()).expect("a salts file")));
    static MAPPINGS: LazyLock<Arc<shift::Shifts>> = LazyLock::new(|| Arc::new(shift::Shifts));
    let binding = Binding::new(KeyRing::from_base64(key).expect("a key").active());
    let mappings: Arc<shift::Shifts> = Arc::clone(&MAPPINGS);
    let binding = binding.with_salts(Arc::clone(&SHARED)).with_mappings(mappings).with_lists(lists::lists());
    binding.with_random(true)
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

    /// A function with only what it requires: a domain is `domain`, anything else its first typical value.
    pub(crate) fn required(key: &str, spec: &FunctionSpec, domain: &str) -> Self {
        let required = spec.parameters[1..].iter().filter(|p| p.default.is_none());
        Self::with(key, spec, domain, required)
    }

    /// A function with all that stands before its domain, and that, whether it must be given or not.
    pub(crate) fn in_domain(key: &str, spec: &FunctionSpec, domain: &str) -> Self {
        let place = spec.parameters.iter().position(|parameter| parameter.name == "domain").expect("it has a domain");
        Self::with(key, spec, domain, spec.parameters[1..=place].iter())
    }

    fn with<'a>(key: &str, spec: &FunctionSpec, domain: &str, parameters: impl Iterator<Item = &'a Parameter>) -> Self {
        let options = parameters.flat_map(|parameter| match (parameter.name, parameter.kind) {
            ("domain", _) => vec![ScalarValue::from(domain)],
            (_, Kind::Text) if parameter.typical.is_empty() && parameter.default.is_none() => {
                vec![ScalarValue::from(domain)]
            }
            (_, Kind::Rest) => parameter.samples().into_iter().map(literal).collect(),
            _ => vec![literal(parameter.samples()[0])],
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
        self.guarantee(value).strength
    }

    pub(crate) fn guarantee(&self, value: &DataType) -> Guarantee {
        let options = self.options.iter().map(|o| datafusion::logical_expr::lit(o.clone()));
        let args: Vec<_> = std::iter::once(datafusion::prelude::col("v")).chain(options).collect();
        guarantee(&self.udf, &args, std::slice::from_ref(value)).expect("a function of ours")
    }
}

/// Returns a literal as a plan holds it.
pub(crate) fn literal(value: Literal) -> ScalarValue {
    match value {
        Literal::Null => ScalarValue::Null,
        Literal::Text(text) => ScalarValue::from(text),
        Literal::Integer(number) => ScalarValue::from(number),
        Literal::Number(number) => ScalarValue::from(number.parse::<f64>().expect("a number")),
        Literal::Boolean(truth) => ScalarValue::from(truth),
    }
}

/// Returns the columns of a struct, any other array as the one it is; a dictionary is unpacked.
pub(crate) fn parts(array: &ArrayRef) -> Vec<ArrayRef> {
    match array.data_type() {
        DataType::Dictionary(_, values) => parts(&cast(array, values).expect("a dictionary unpacks")),
        DataType::Struct(_) => array.as_struct().columns().to_vec(),
        _ => vec![Arc::clone(array)],
    }
}

/// Reads any array as text: bytes as hex, a struct as its fields.
pub(crate) fn as_texts(array: &ArrayRef) -> Vec<Option<String>> {
    let plain = match array.data_type() {
        DataType::Dictionary(_, values) => cast(array, values).expect("a dictionary unpacks"),
        _ => Arc::clone(array),
    };
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(&plain, &options).expect("every result has a text form");
    (0..plain.len()).map(|row| plain.is_valid(row).then(|| formatter.value(row).to_string())).collect()
}

/// Returns the type of a dictionary.
pub(crate) fn dictionary(keys: DataType, values: DataType) -> DataType {
    DataType::Dictionary(Box::new(keys), Box::new(values))
}

/// Returns the functions of one value that can be given as text; lists, windows and random values have tests of their own.
pub(crate) fn of_text() -> impl Iterator<Item = &'static FunctionSpec> {
    catalog().iter().copied().filter(|spec| spec.takes_value() && accepts(spec) != Accepts::List)
}

/// Returns texts that the function takes: with NULL, repeats, and the odd ones its kind of value has.
pub(crate) fn sample(spec: &FunctionSpec) -> Vec<Option<&'static str>> {
    let typical: Vec<_> = spec.parameters[0].typical.iter().map(|value| text_of(*value)).collect();
    if let Some(first) = typical.first() {
        return typical.iter().copied().map(Some).chain([None, Some(*first)]).collect();
    }
    match accepts(spec) {
        Accepts::Number => vec![Some("0"), None, Some("-7"), Some("42.50"), Some("42.50"), Some("1000000")],
        Accepts::Integer => vec![Some("0"), None, Some("-7"), Some("42"), Some("42"), Some("9007199254740993")],
        Accepts::Date => {
            vec![Some("2019-07-23"), None, Some("23.07.2019 10:11:12"), Some("2019-07-23"), Some("20240229")]
        }
        Accepts::Digits => vec![
            Some("123456"),
            None,
            Some("+91-9876543210"),
            Some("000000"),
            Some("MR № 00-12-34-56 é"),
            Some("123456"),
            Some("4111 1111 1111 1111 / 4111 1111 1111 1111 / 4111 1111 1111 1111 / 4111 1111 1111 1111"),
        ],
        Accepts::Symbols => vec![
            Some("Alice7"),
            None,
            Some("000000"),
            Some("AB12cd34"),
            Some("Alice7"),
            Some("aLICE7"),
            Some("ThisIdIsLongerThanARegisterHoldsAndStillOneOfManyIdsOfThatLength0123456789"),
        ],
        // What encrypt gives in the domain d under KEY; made by an independent program.
        Accepts::Sealed => vec![
            Some("Hh9ftSApkHKbjmnOuILV5Q=="),
            Some("YAIFeJGLq8snWI26cs6/ecn7aRwg"),
            None,
            Some("wURBSdWEPuYWk1e4dkNuhIROm/B0CR3yZNbGmc9VXJZI"),
            Some("Zev9yqXtb/hSrkgaVvdkh/QWEaZ1nq2iPQ=="),
            Some("r+3xwQh3n+PAJlULvgjwBSze/bJjZqqFz8oR1+0/4GUCQfm5DdX65Pa60EpkmkNHOhmJr6T20gNe9A=="),
            Some("YAIFeJGLq8snWI26cs6/ecn7aRwg"),
        ],
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

fn text_of(value: Literal) -> &'static str {
    match value {
        Literal::Text(text) => text,
        other => panic!("typical values are texts, not {other}"),
    }
}

/// Whether each call gives other results.
pub(crate) fn is_volatile(spec: &FunctionSpec) -> bool {
    let udf = functions(&binding(KEY)).into_iter().find(|udf| udf.name() == spec.name).expect("a function of ours");
    udf.signature().volatility == Volatility::Volatile
}

/// Whether equal values may get different results, so that a dictionary is unpacked.
pub(crate) fn is_by_row(spec: &FunctionSpec) -> bool {
    is_volatile(spec) || spec.parameters.iter().any(|parameter| matches!(parameter.kind, Kind::Column(_)))
}

pub(crate) fn accepts(spec: &FunctionSpec) -> Accepts {
    match spec.parameters[0].kind {
        Kind::Value(accepts) => accepts,
        other => panic!("{}: the first parameter is the value, not {other}", spec.name),
    }
}
