//! pseudo_email: a keyed e-mail address for a text.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::draw::{below, word};
use crate::email;
use crate::encoding;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_digest;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "pseudo_email",
    aliases: &[],
    section: Section::Pseudonyms,
    summary: "Replaces a text by a keyed e-mail address that can be delivered nowhere.",
    notes: &[
        "The host is example.com, example.org or example.net (RFC 2606), chosen by the digest.",
        "keep_domain keeps the address's own host instead, which makes the result partial: a host can name a person.",
        "Text that is no address gets a keyed address all the same, at a reserved host.",
        "Text is taken as it stands: write lower(trim(s)) where addresses differ by case.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the address"),
        Parameter::required("domain", Kind::Text, "the identity space; columns that join share one"),
        Parameter::optional("keep_domain", Kind::Boolean, Literal::Boolean(false), "whether the host stays"),
    ],
    result: "the text type of the input",
    examples: &[
        Example {
            sql: "SELECT pseudo_email('alice@mail.test', 'customer')",
            output: "p5rzmlsspcl4c5x3n34pn@example.net",
        },
        Example {
            sql: "SELECT pseudo_email('alice@mail.test', 'customer', true)",
            output: "p5rzmlsspcl4c5x3n34pn@mail.test",
        },
    ],
};

/// Reserved hosts, which no mail reaches.
const HOSTS: [&str; 3] = ["example.com", "example.org", "example.net"];
/// Characters of the local part, five bits each.
const LOCAL: usize = 21;

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct PseudoEmail;

impl MaskingFunction for PseudoEmail {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let collisions = Collisions::Bits(LOCAL as u32 * 5);
        Ok(if call.boolean("keep_domain")? {
            Guarantee::new(Strength::Partial, collisions)
        } else {
            Guarantee::new(Strength::Pseudonym, collisions).with_max_chars(LOCAL + 1 + HOSTS[0].len())
        })
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let keep = call.boolean("keep_domain")?;
        let digest = binding.digest(SPEC.name, call.text("domain")?);
        let out = self.return_type(call.value_type());
        Ok(map_digest(call, out, digest, LOCAL + 1 + HOSTS[0].len(), move |value, digest, out| {
            out.push_ascii(LOCAL, |local| encoding::base32(digest, local));
            out.push_str("@");
            let kept = if keep { std::str::from_utf8(value).ok().and_then(email::split) } else { None };
            // The local part takes bits of the first two words; the last one is free to choose the host.
            out.push_str(kept.map_or(HOSTS[below(word(digest, 3), HOSTS.len())], |(_, host)| host));
            Ok(())
        }))
    }
}
