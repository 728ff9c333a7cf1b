//! scrub: personal data found in free text.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::detect::{Detector, PiiKind};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "scrub",
    aliases: &[],
    section: Section::Display,
    summary: "Replaces personal data that is found in free text by what it was.",
    notes: &[
        "email: a plain address; card: 12 to 19 digits of a card scheme that Luhn holds for; iban: modulus 97; ssn: 123-45-6789; phone: numbers with a plus sign, a trunk 0, an area code in brackets, ten digits, or in the groups phone numbers are written in; ip: IPv4 and IPv6; aadhaar: 12 digits that Verhoeff holds for; pan: ABCPE1234F, an Indian tax number; url, which only a call that names it looks for.",
        "Names, addresses, dates, digits of other scripts and all it does not know stay: free text is safe only without its text. Text in which nothing is found is its own result. Dates are not taken for phone numbers, but other digits may be.",
        "[KIND] in text becomes what was found: [EMAIL], [CARD]. Linear in the length of the text.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the text to search"),
        Parameter::optional(
            "kinds",
            Kind::List,
            Literal::Text("email,card,iban,ssn,phone,ip,aadhaar,pan"),
            "what to look for",
        )
        .like(&[Literal::Text("email,card,iban,ssn,phone,ip,aadhaar,pan"), Literal::Text("email,url")]),
        Parameter::optional("text", Kind::Text, Literal::Text("[KIND]"), "what stands in its place"),
    ],
    result: "the text type of the input",
    examples: &[
        Example {
            sql: "SELECT scrub('Call 555-123-4567 or write to alice@example.com.')",
            output: "Call [PHONE] or write to [EMAIL].",
        },
        Example {
            sql: "SELECT scrub('card 4111 1111 1111 1111, invoice 4111 1111 1111 1112')",
            output: "card [CARD], invoice 4111 1111 1111 1112",
        },
        Example {
            sql: "SELECT scrub('from 192.168.1.100 by bob@example.com', 'ip', '<IP>')",
            output: "from <IP> by bob@example.com",
        },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct Scrub;

impl MaskingFunction for Scrub {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        kinds(call)?;
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_fixed_points())
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let detector = Detector::new(kinds(call)?);
        let text = call.text("text")?;
        let labels = PiiKind::ALL.map(|kind| text.replace("[KIND]", &format!("[{}]", kind.name().to_uppercase())));
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            let mut copied = 0;
            while let Some(found) = detector.find(text, copied) {
                out.push_str(&text[copied..found.start]);
                out.push_str(&labels[found.kind as usize]);
                copied = found.end;
            }
            out.push_str(&text[copied..]);
            Ok(())
        }))
    }
}

fn kinds(call: &Call) -> Result<Vec<PiiKind>> {
    let kind = |name: &String| {
        if let Some(kind) = PiiKind::ALL.into_iter().find(|kind| kind.name() == name.to_lowercase()) {
            return Ok(kind);
        }
        let known = PiiKind::ALL.map(PiiKind::name).join(", ");
        plan_err!("{}: kinds must be a list of {known}", call.name())
    };
    let kinds = call.list("kinds")?.iter().map(kind).collect::<Result<Vec<_>>>()?;
    if kinds.is_empty() { plan_err!("{}: kinds must name one at least", call.name()) } else { Ok(kinds) }
}
