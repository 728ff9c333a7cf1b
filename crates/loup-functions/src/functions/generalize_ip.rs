//! generalize_ip: the network of an IP address.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, plan_err};

use crate::binding::Binding;
use crate::call::Call;
use crate::detect::SIX_TO_FOUR;
use crate::function::MaskingFunction;
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::on_error::{ON_ERROR, OnError};
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "generalize_ip",
    aliases: &[],
    section: Section::Generalization,
    summary: "Sets the last bits of an IP address to 0, so that its network stays.",
    notes: &[
        "prefix is how many bits of an IPv4 address stay, prefix6 of an IPv6 address; ::ffff:192.0.2.7 counts as IPv4. IPv6 is \
         written as in RFC 5952.",
        "A household often has an IPv6 network of 56 or 64 bits to itself: prefix6 above 64 counts as raw, as does a prefix \
         above 29, which leaves fewer than eight addresses. The IPv4 address inside a 6to4 address keeps prefix bits too.",
        "Anything but an address alone is an error, or NULL with on_error => 'null'.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the IP address").like(&[
            Literal::Text("192.0.2.77"),
            Literal::Text("2001:db8:85a3::8a2e:370:7334"),
            Literal::Text("10.1.2.3"),
        ]),
        Parameter::required("prefix", Kind::Integer, "bits of an IPv4 address that stay, 0 to 32")
            .like(&[Literal::Integer(24)]),
        Parameter::optional(
            "prefix6",
            Kind::Integer,
            Literal::Integer(48),
            "bits of an IPv6 address that stay, 0 to 128",
        ),
        ON_ERROR,
    ],
    result: "the type of the input",
    examples: &[
        Example { sql: "SELECT generalize_ip('192.0.2.77', 24)", output: "192.0.2.0" },
        Example { sql: "SELECT generalize_ip('2001:db8:85a3::8a2e:370:7334', 24)", output: "2001:db8:85a3::" },
    ],
};

/// The longest address in text, an IPv6 one with an IPv4 one at its end aside, which is shorter here.
const LONGEST: usize = 39;

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct GeneralizeIp;

/// Reads how many bits stay of IPv4 and of IPv6 addresses.
fn prefixes(call: &Call) -> Result<(u32, u32)> {
    match (u32::try_from(call.integer("prefix")?), u32::try_from(call.integer("prefix6")?)) {
        (Ok(four @ 0..=32), Ok(six @ 0..=128)) => Ok((four, six)),
        (Ok(0..=32), _) => plan_err!("generalize_ip: prefix6 must be 0 to 128"),
        _ => plan_err!("generalize_ip: prefix must be 0 to 32; prefix6 is for IPv6"),
    }
}

fn network(address: IpAddr, four: u32, six: u32) -> IpAddr {
    let v4 = |address: Ipv4Addr| Ipv4Addr::from_bits(address.to_bits() & u32::MAX.checked_shl(32 - four).unwrap_or(0));
    match address {
        IpAddr::V4(address) => v4(address).into(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => v4(mapped).to_ipv6_mapped().into(),
            None => {
                // A 6to4 network has an IPv4 address in its bits 16 to 47 (RFC 3056).
                let six = if address.segments()[0] == SIX_TO_FOUR { six.min(16 + four) } else { six };
                Ipv6Addr::from_bits(address.to_bits() & u128::MAX.checked_shl(128 - six).unwrap_or(0)).into()
            }
        },
    }
}

impl MaskingFunction for GeneralizeIp {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        value.clone()
    }

    fn may_return_null(&self, call: &Call) -> Result<bool> {
        Ok(OnError::of(call)?.is_null())
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        let (four, six) = prefixes(call)?;
        if four > 29 || six > 64 {
            return Ok(Guarantee::raw());
        }
        Ok(Guarantee::new(Strength::Generalized, Collisions::ManyToOne).with_max_chars(LONGEST))
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let (four, six) = prefixes(call)?;
        let on_error = OnError::of(call)?;
        Ok(map_text(call.value_type().clone(), move |text, out| {
            match text.parse::<IpAddr>() {
                Ok(address) => write!(out, "{}", network(address, four, six))
                    .map_err(|_| exec_datafusion_err!("generalize_ip: the address could not be written"))?,
                Err(_) => {
                    let chars = text.chars().count();
                    on_error.misfit(format_args!("an IPv4 or IPv6 address, got other text of {chars} characters"))?;
                    out.set_null();
                }
            }
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_bits_are_cleared() {
        for (address, four, six, expected) in [
            ("192.168.1.17", 24, 48, "192.168.1.0"),
            ("192.168.1.17", 0, 48, "0.0.0.0"),
            ("192.168.1.17", 32, 48, "192.168.1.17"),
            ("192.168.1.255", 31, 48, "192.168.1.254"),
            ("2001:DB8:1:2:3:4:5:6", 24, 32, "2001:db8::"),
            ("2001:db8:1:2:3:4:5:6", 24, 0, "::"),
            ("2001:db8:1:2:3:4:5:6", 24, 128, "2001:db8:1:2:3:4:5:6"),
            ("::ffff:192.0.2.7", 24, 48, "::ffff:192.0.2.0"),
            ("2002:c000:24d::1", 8, 48, "2002:c000::"),
            ("2002:c000:24d::1", 24, 16, "2002::"),
        ] {
            let address: IpAddr = address.parse().expect("an address");
            assert_eq!(network(address, four, six).to_string(), expected);
        }
    }
}
