//! mask_email: stars over most of an e-mail address.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::email;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_email",
    aliases: &[],
    section: Section::Display,
    summary: "Masks the local part of an e-mail address, or more.",
    notes: &[
        "The local part always fills four characters, so its length does not show.",
        "A short local part is never shown whole: of two characters full_domain shows one, of one character none.",
        "Text that is no plain address becomes `****`, also the empty text.",
        "partial_domain hides the last label of the host.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the address"),
        Parameter::optional("style", Kind::Choice(STYLES), Literal::Text("full_domain"), "what stays visible"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_email('user@example.com')", output: "us**@example.com" },
        Example { sql: "SELECT mask_email('user@example.com', 'domain_only')", output: "****@example.com" },
        Example { sql: "SELECT mask_email('user@example.com', 'partial_domain')", output: "us**@example.***" },
        Example { sql: "SELECT mask_email('user@example.com', 'minimal')", output: "u***@example.com" },
        Example { sql: "SELECT mask_email('call me')", output: "****" },
    ],
};

const STYLES: &[&str] = &["full_domain", "domain_only", "partial_domain", "minimal"];
/// Characters the local part fills, shown and hidden.
const WIDTH: usize = 4;

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskEmail;

impl MaskingFunction for MaskEmail {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let (shown, whole_host) = match call.text("style")? {
            "domain_only" => (0, true),
            "partial_domain" => (2, false),
            "minimal" => (1, true),
            _ => (2, true),
        };
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            mask(text, shown, whole_host, out);
            Ok(())
        }))
    }
}

fn mask(text: &str, shown: usize, whole_host: bool, out: &mut TextBuilder) {
    let Some((local, host)) = email::split(text) else {
        out.push_str("****");
        return;
    };
    let shown = shown.min(local.chars().count() - 1);
    for c in local.chars().take(shown) {
        out.push_char(c);
    }
    out.push_str(&"****"[shown..WIDTH]);
    out.push_str("@");
    match host.rsplit_once('.') {
        Some((kept, _)) if !whole_host => {
            out.push_str(kept);
            out.push_str(".***");
        }
        _ => out.push_str(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str, shown: usize, whole_host: bool) -> String {
        let mut out = TextBuilder::new(&DataType::Utf8, 1, 32).expect("a text type");
        mask(text, shown, whole_host, &mut out);
        String::from_utf8_lossy(out.row()).into_owned()
    }

    #[test]
    fn a_short_local_part_is_never_shown_whole() {
        assert_eq!(masked("abc@example.com", 2, true), "ab**@example.com");
        assert_eq!(masked("ab@example.com", 2, true), "a***@example.com");
        assert_eq!(masked("a@example.com", 2, true), "****@example.com");
        assert_eq!(masked("é@example.com", 1, true), "****@example.com");
    }

    #[test]
    fn characters_are_not_split() {
        assert_eq!(masked("éàü@example.com", 2, true), "éà**@example.com");
    }

    #[test]
    fn partial_domain_hides_the_last_label() {
        assert_eq!(masked("alice@mail.example.co.uk", 2, false), "al**@mail.example.co.***");
    }

    #[test]
    fn no_address_is_masked_whole() {
        for text in ["", "alice", "alice@localhost", "Alice <alice@example.com>", "a@b@example.com"] {
            assert_eq!(masked(text, 2, true), "****");
        }
    }
}
