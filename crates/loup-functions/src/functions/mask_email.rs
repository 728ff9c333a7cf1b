//! mask_email: stars over most of an e-mail address.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::margins;
use crate::display::mask_char::WHOLE;
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
        "partial_both is PostgreSQL Anonymizer's partial_email: two letters of either side and the last label. first_letter \
         is SQL Server's email(): one letter, and a fixed host.",
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
        Example { sql: "SELECT mask_email('daamien@gmail.com', 'partial_both')", output: "da******@gm******.com" },
        Example { sql: "SELECT mask_email('user@example.com', 'first_letter')", output: "uXXX@XXXX.com" },
        Example { sql: "SELECT mask_email('call me')", output: "****" },
    ],
};

const STYLES: &[&str] = &["full_domain", "domain_only", "partial_domain", "minimal", "partial_both", "first_letter"];

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
        let style = match call.text("style")? {
            "domain_only" => Style { local: 0, hidden: "****", host: Host::Whole },
            "partial_domain" => Style { local: 2, hidden: "****", host: Host::ButLast },
            "minimal" => Style { local: 1, hidden: "****", host: Host::Whole },
            "partial_both" => Style { local: 2, hidden: "********", host: Host::Ends },
            "first_letter" => Style { local: 1, hidden: "XXXX", host: Host::Fixed },
            _ => Style { local: 2, hidden: "****", host: Host::Whole },
        };
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            style.mask(text, out);
            Ok(())
        }))
    }
}

/// What of an address shows.
#[derive(Debug, Clone, Copy)]
struct Style {
    /// Characters of the local part.
    local: usize,
    /// What the local part becomes where none of it shows; shown characters stand in place of its first ones.
    hidden: &'static str,
    host: Host,
}

/// What of a host shows.
#[derive(Debug, Clone, Copy)]
enum Host {
    Whole,
    /// All but the last label.
    ButLast,
    /// Two characters, and the last label.
    Ends,
    /// Nothing.
    Fixed,
}

impl Style {
    fn mask(self, text: &str, out: &mut TextBuilder) {
        let Some((local, host)) = email::split(text) else {
            out.push_str(WHOLE);
            return;
        };
        // A short local part or host is never shown whole.
        let shown = self.local.min(local.chars().count() - 1);
        out.push_str(&local[..margins::first(local, shown)]);
        out.push_str(&self.hidden[shown..]);
        out.push_str("@");
        let (name, last) = host.rsplit_once('.').unwrap_or((host, ""));
        match self.host {
            Host::Whole => out.push_str(host),
            Host::ButLast => {
                out.push_str(name);
                out.push_str(".***");
            }
            Host::Ends => {
                out.push_str(&name[..margins::first(name, 2.min(name.chars().count() - 1))]);
                out.push_str("******.");
                out.push_str(last);
            }
            Host::Fixed => out.push_str("XXXX.com"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str, local: usize, host: Host) -> String {
        let mut out = TextBuilder::new(&DataType::Utf8, 1, 32).expect("a text type");
        Style { local, hidden: "****", host }.mask(text, &mut out);
        String::from_utf8_lossy(out.row()).into_owned()
    }

    #[test]
    fn a_short_local_part_or_host_is_never_shown_whole() {
        assert_eq!(masked("abc@example.com", 2, Host::Whole), "ab**@example.com");
        assert_eq!(masked("ab@example.com", 2, Host::Whole), "a***@example.com");
        assert_eq!(masked("a@example.com", 2, Host::Whole), "****@example.com");
        assert_eq!(masked("é@example.com", 1, Host::Whole), "****@example.com");
        assert_eq!(masked("alice@t.co", 2, Host::Ends), "al**@******.co");
        assert_eq!(masked("alice@gm.com", 2, Host::Ends), "al**@g******.com");
    }

    #[test]
    fn characters_are_not_split() {
        assert_eq!(masked("éàü@éàü.com", 2, Host::Ends), "éà**@éà******.com");
    }

    #[test]
    fn partial_domain_hides_the_last_label() {
        assert_eq!(masked("alice@mail.example.co.uk", 2, Host::ButLast), "al**@mail.example.co.***");
    }

    #[test]
    fn no_address_is_masked_whole() {
        for text in ["", "alice", "alice@localhost", "Alice <alice@example.com>", "a@b@example.com"] {
            assert_eq!(masked(text, 2, Host::Whole), "****");
        }
    }
}
