//! keccak256: the plain Keccak-256 digest of a value.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_datafusion_err};
use loup_crypto::{BatchHash, HashAlgorithm};

use crate::binding::Binding;
use crate::call::Call;
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map_value::map_binary;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "keccak256",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Returns the Keccak-256 digest of a value, with the original padding, as Ethereum has it.",
    notes: &[
        "It masks nothing: without a key or salt anyone can hash a guess and compare. For pseudonyms take hash_keyed.",
        "It is not SHA3-256, whose padding differs: see sha3_256.",
        "One id as BIGINT, INT and text gives one digest; binary is hashed as it is.",
    ],
    parameters: &[Parameter::required("x", Kind::Value(Accepts::Identifier), "the value to hash")],
    result: "BINARY of 32 bytes",
    examples: &[
        Example {
            sql: "SELECT encode(keccak256(''), 'hex')",
            output: "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
        },
        Example {
            sql: "SELECT encode(keccak256(12345), 'hex')",
            output: "1841d653f9c4edda9d66a7e7737b39763d6bd40f569a3ec6859d3305b72310e6",
        },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Keccak256;

impl MaskingFunction for Keccak256 {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, _value: &DataType) -> DataType {
        DataType::Binary
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Raw, Collisions::Bits(256)))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let hash = BatchHash::new(HashAlgorithm::Keccak256)
            .ok_or_else(|| internal_datafusion_err!("{} has lanes", SPEC.name))?;
        Ok(map_binary(call, hash))
    }
}
