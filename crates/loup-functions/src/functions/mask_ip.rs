//! mask_ip: shows the network of an IP address.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::detect::SIX_TO_FOUR;
use crate::display::mask_char::{MaskChar, WHOLE};
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_ip",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the network of an IP address: half of an IPv4 address, 48 bits of an IPv6 address.",
    notes: &[
        "network writes one star for each hidden part, digits one for each hidden digit of an IPv4 address.",
        "IPv6 addresses come out in lower case without `::`. Text that is no address, also one with a port, a prefix length or leading zeros, becomes `****`.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the address"),
        Parameter::optional(
            "style",
            Kind::Choice(&["network", "digits"]),
            Literal::Text("network"),
            "how the hidden part is written",
        ),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_ip('192.168.1.100')", output: "192.168.*.*" },
        Example { sql: "SELECT mask_ip('192.168.1.100', 'digits')", output: "192.168.*.***" },
        Example { sql: "SELECT mask_ip('2001:db8:85a3::8a2e:370:7334')", output: "2001:db8:85a3:*:*:*:*:*" },
        Example { sql: "SELECT mask_ip('localhost')", output: "****" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskIp;

impl MaskingFunction for MaskIp {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, _call: &Call) -> Result<Guarantee> {
        Ok(Guarantee::new(Strength::Partial, Collisions::ManyToOne).with_max_chars(24))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let digits = call.text("style")? == "digits";
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            mask(text, digits, out);
            Ok(())
        }))
    }
}

fn mask(text: &str, digits: bool, out: &mut TextBuilder) {
    if text.parse::<Ipv4Addr>().is_ok() {
        let (network, host) = halves(text);
        out.push_str(network);
        if digits {
            MaskChar::new('*').hide(host, |place| host.as_bytes()[place] != b'.', out);
        } else {
            out.push_str("*.*");
        }
    } else if let Ok(address) = text.parse::<Ipv6Addr>() {
        let [a, b, c, ..] = address.segments();
        if a == SIX_TO_FOUR {
            // The next two hold an IPv4 address (RFC 3056).
            out.push_str("2002:*:*:*:*:*:*:*");
            return;
        }
        write!(out, "{a:x}:{b:x}:{c:x}:*:*:*:*:*").expect("a TextBuilder takes every character");
    } else {
        out.push_str(WHOLE);
    }
}

/// Cuts an IPv4 address after its second dot.
fn halves(text: &str) -> (&str, &str) {
    let dot = text.match_indices('.').nth(1).map_or(0, |(place, _)| place + 1);
    text.split_at(dot)
}
