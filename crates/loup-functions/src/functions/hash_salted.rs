//! hash_salted: the hash of a value and a named salt, as other systems compute it.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_datafusion_err};
use loup_crypto::{HashAlgorithm, Pepper};

use crate::binding::Binding;
use crate::call::Call;
use crate::digest_text::{self, DigestText, ENCODINGS};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map_value::map_hash;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "hash_salted",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Replaces a value by the hash of value and salt, as other systems compute it, as text.",
    notes: &[
        "For digests that must equal another system's. For pseudonyms of your own take hash_keyed.",
        "salt and pepper are names in the salts file (--salts-file), never the secrets themselves. Whoever knows those \
         can test guesses; a salt of fewer than 16 bytes can itself be guessed.",
        "pepper => 'session' is random: results hold within one session and differ in every other.",
        "H(value || salt), and with a pepper H(that || pepper), where that enters as bytes. Nothing stands between value and \
         salt: ab with salt c is a with bc.",
        "sha3_256 and keccak256 are different functions; systems that say Keccak often mean sha3_256.",
        digest_text::ABOUT,
        "length cuts the encoded text and with it the collision bits; prefix and suffix come on top of it.",
        "A result that equals its value, which chance allows where it is cut short, is an error.",
        "In the examples customer is the bytes 01 23 45 67 89 ab cd ef four times and site the bytes 00 01 02 .. 1f.",
    ],
    parameters: &[
        Parameter::required("x", Kind::Value(Accepts::Identifier), "the value to hash"),
        Parameter::required("salt", Kind::Text, "the name of the salt"),
        Parameter::optional(
            "pepper",
            Kind::Text,
            Literal::Text(""),
            "the name of the pepper; 'session' is random, '' is none",
        ),
        Parameter::optional("algorithm", Kind::Choice(ALGORITHMS), Literal::Text("sha3_256"), "the hash function"),
        Parameter::optional("encoding", Kind::Choice(ENCODINGS), Literal::Text("hex"), "how the hash is written"),
        Parameter::optional("length", Kind::Integer, Literal::Integer(0), "characters kept, 8 or more; 0 keeps all"),
        Parameter::optional("prefix", Kind::Text, Literal::Text(""), "text put before the hash"),
        Parameter::optional("suffix", Kind::Text, Literal::Text(""), "text put after the hash"),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example {
            sql: "SELECT hash_salted('12345', 'customer')",
            output: "bd132755056f9bdf51836fde38af25d472a667a0f56fbef953f6594183771eb6",
        },
        Example {
            sql: "SELECT hash_salted('12345', 'customer', 'site')",
            output: "d0fb5354cfa16702bb4595e0e47358932da5d80471514eecc2e963e78fc69e40",
        },
        Example {
            sql: "SELECT hash_salted('12345', 'customer', '', 'keccak256', 'hex', 16, 'c-')",
            output: "c-a15a0bcbd1349757",
        },
        Example {
            sql: "SELECT hash_salted('12345', 'customer', '', 'sha3_256', 'base64')",
            output: "vRMnVQVvm99Rg2_eOK8l1HKmZ6D1b775U_ZZQYN3HrY",
        },
    ],
};

const ALGORITHMS: &[&str] = &["sha3_256", "keccak256", "sha3_512", "sha256"];

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct HashSalted;

fn algorithm(call: &Call) -> Result<HashAlgorithm> {
    Ok(match call.text("algorithm")? {
        "keccak256" => HashAlgorithm::Keccak256,
        "sha3_512" => HashAlgorithm::Sha3_512,
        "sha256" => HashAlgorithm::Sha256,
        _ => HashAlgorithm::Sha3_256,
    })
}

fn pepper(call: &Call) -> Result<Pepper<'_>> {
    Ok(match call.text("pepper")? {
        "" => Pepper::None,
        "session" => Pepper::Session,
        name => Pepper::Named(name),
    })
}

fn form(call: &Call) -> Result<DigestText> {
    DigestText::read(call, algorithm(call)?.length())?.cut(call)
}

impl MaskingFunction for HashSalted {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let form = form(call)?;
        let affixes = call.text("prefix")?.chars().count() + call.text("suffix")?.chars().count();
        let mut guarantee =
            Guarantee::new(Strength::Pseudonym, form.collisions()).with_max_chars(form.chars() + affixes);
        guarantee.deterministic = pepper(call)? != Pepper::Session;
        Ok(guarantee)
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let form = form(call)?;
        let digest = binding
            .salts(SPEC.name)?
            .salted_digest(algorithm(call)?, call.text("salt")?, pepper(call)?)
            .map_err(|error| plan_datafusion_err!("{}: {error}", SPEC.name))?;
        let (prefix, suffix) = (call.text("prefix")?.to_owned(), call.text("suffix")?.to_owned());
        let width = prefix.len() + form.chars() + suffix.len();
        let length = algorithm(call)?.length();
        let hash = move |values: &[&[u8]], hashes: &mut [[u8; 64]]| digest.digest_batch(values, hashes);
        Ok(map_hash(call, text_like(call.value_type()), width, hash, move |hash, out| {
            out.push_str(&prefix);
            form.write(&hash[..length], out);
            out.push_str(&suffix);
        }))
    }
}
