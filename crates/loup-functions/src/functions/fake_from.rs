//! fake_from: an entry of a list of one's own.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::draw::word;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::{map_digest_unless, no_record, same_folded};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_from",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by an entry of a table, drawn by the value's keyed digest.",
    notes: &[
        "The dictionary is a table or view of the session: its column value, else its first one. Each entry stands in it once.",
        "Entries are equally likely, or as likely as the numbers of a column weight, or of the one that weights names, say. \
         A weight is above 0 and has at most 9 decimals.",
        "What is drawn depends on the entries and weights, not on the order of rows. The table is read when the statement is \
         planned; a later change of it does not change the statement.",
        "Never the value itself, whatever its case, so two entries are the least. A value that is an entry of fewer than eight, \
         or one of few heavy ones, is an error: its fake would tell it. Draw for another column, fake_from(id, ..).",
        "Entries leave as they are: take no list of real persons.",
        "The example's dictionary holds five jobs.",
    ],
    parameters: &[
        Parameter::required("seed", Kind::Value(Accepts::Identifier), "the value the entry is drawn for"),
        Parameter::required("dictionary", Kind::Text, "the table of entries").like(&[Literal::Text("jobs")]),
        Parameter::optional(
            "weights",
            Kind::Text,
            Literal::Text(""),
            "the column of weights; '' is weight, if there is one",
        ),
        Parameter::optional(
            "domain",
            Kind::Text,
            Literal::Text(""),
            "the identity space; '' is the dictionary's name without its schema",
        ),
        Parameter::optional("max_chars", Kind::Integer, Literal::Integer(0), "the longest entry; 0 sets no limit"),
    ],
    result: "the text type of the input, Utf8View when the input is no text",
    examples: &[
        Example { sql: "SELECT fake_from('Asha', 'jobs')", output: "mason" },
        Example { sql: "SELECT fake_from(12345, 'jobs', '', 'patient', 5)", output: "mason" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct FakeFrom;

impl MaskingFunction for FakeFrom {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn reads_lists(&self) -> bool {
        true
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let guarantee = Guarantee::new(Strength::Synthetic, Collisions::ManyToOne);
        Ok(call.max_chars()?.map_or(guarantee, |chars| guarantee.with_max_chars(chars)))
    }

    fn compile(&self, call: &Call, binding: &Binding) -> Result<Box<dyn Kernel>> {
        let dictionary = call.text("dictionary")?;
        let list = binding.list(call.name(), dictionary)?;
        let name = format!("{}: dictionary '{dictionary}'", call.name());
        let choices = list.choices(&name, call.text("weights")?, call.max_chars()?)?;
        let digest = match call.text("domain")? {
            "" => binding.digest(call.name(), &unqualified(dictionary)),
            domain => binding.digest(call.name(), domain),
        };
        let record = no_record(choices.telling().clone(), false);
        Ok(map_digest_unless(
            call,
            text_like(call.value_type()),
            digest,
            12,
            record,
            move |value, digest: &[u8; 32], out| {
                let place = choices.draw(word(digest, 0));
                out.push_str(choices.entry(place));
                if same_folded(value.trim_ascii(), out.row()) {
                    // Among the others at once: drawing all again could meet a heavy entry for ever.
                    out.clear_row();
                    out.push_str(choices.entry(choices.draw_other(word(digest, 1), place)));
                }
                Ok(())
            },
        ))
    }
}

/// Returns the last part of a table's name in lower case: a table is one dictionary under whatever schema it is attached.
fn unqualified(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.trim_matches('"').to_lowercase()
}
