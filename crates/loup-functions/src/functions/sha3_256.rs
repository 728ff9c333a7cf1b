//! sha3_256: the plain SHA3-256 digest of a value.

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
    name: "sha3_256",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Returns the SHA3-256 digest of a value (FIPS 202).",
    notes: &[
        "It masks nothing: without a key or salt anyone can hash a guess and compare. For pseudonyms take hash_keyed.",
        "It is not Keccak-256, whose padding differs: see keccak256. Some systems say Keccak and mean this one.",
        "One id as BIGINT, INT and text gives one digest; binary is hashed as it is.",
    ],
    parameters: &[Parameter::required("x", Kind::Value(Accepts::Identifier), "the value to hash")],
    result: "BINARY of 32 bytes",
    examples: &[
        Example {
            sql: "SELECT encode(sha3_256(''), 'hex')",
            output: "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
        },
        Example {
            sql: "SELECT encode(sha3_256(12345), 'hex')",
            output: "7d4e3eec80026719639ed4dba68916eb94c7a49a053e05c8f9578fe4e5a3d7ea",
        },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Sha3_256;

impl MaskingFunction for Sha3_256 {
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
        let hash = BatchHash::new(HashAlgorithm::Sha3_256)
            .ok_or_else(|| internal_datafusion_err!("{} has lanes", SPEC.name))?;
        Ok(map_binary(call, hash))
    }
}
