//! mask_url: shows the host of a URL.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::display::mask_char::WHOLE;
use crate::function::{MaskingFunction, text_like};
use crate::guarantee::{Collisions, Guarantee, Strength};
use crate::kernel::Kernel;
use crate::kernel::map::map_text;
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Accepts, Example, FunctionSpec, Kind, Literal, Parameter, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "mask_url",
    aliases: &[],
    section: Section::Display,
    summary: "Shows the scheme and the host of a URL.",
    notes: &[
        "host hides user, password, path, query and fragment; a path of four stars stands also where there was none, and `****@` where there was a user.",
        "password hides the password alone, as Greenmask does: a URL without one is unchanged, so the call is raw.",
        "Text that is no `scheme://host`, with or without a port, becomes `****`. What a host's own name tells stays.",
    ],
    parameters: &[
        Parameter::required("s", Kind::Value(Accepts::Text), "the URL"),
        Parameter::optional("style", Kind::Choice(&["host", "password"]), Literal::Text("host"), "what is hidden"),
    ],
    result: "the text type of the input",
    examples: &[
        Example { sql: "SELECT mask_url('https://example.com/users/alice?id=7')", output: "https://example.com/****" },
        Example {
            sql: "SELECT mask_url('ftp://alice:secret@example.com:2121/home')",
            output: "ftp://****@example.com:2121/****",
        },
        Example {
            sql: "SELECT mask_url('https://alice:secret@example.com/home', 'password')",
            output: "https://alice:****@example.com/home",
        },
        Example { sql: "SELECT mask_url('/users/alice')", output: "****" },
    ],
};

/// The function, as the table of constructors lists it.
#[derive(Debug)]
pub(crate) struct MaskUrl;

impl MaskingFunction for MaskUrl {
    fn spec(&self) -> &'static FunctionSpec {
        &SPEC
    }

    fn return_type(&self, value: &DataType) -> DataType {
        text_like(value)
    }

    fn guarantee(&self, call: &Call) -> Result<Guarantee> {
        Ok(match call.text("style")? {
            "password" => Guarantee::raw(),
            _ => Guarantee::new(Strength::Partial, Collisions::ManyToOne),
        })
    }

    fn compile(&self, call: &Call, _binding: &Binding) -> Result<Box<dyn Kernel>> {
        let password_only = call.text("style")? == "password";
        Ok(map_text(self.return_type(call.value_type()), move |text, out| {
            match Url::read(text) {
                Some(url) if password_only => url.hide_password(out),
                Some(url) => url.hide_all_but_host(out),
                None => out.push_str(WHOLE),
            }
            Ok(())
        }))
    }
}

/// The parts of a URL (RFC 3986) that masks tell apart.
struct Url<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    /// With the port.
    host: &'a str,
    /// Path, query and fragment.
    rest: &'a str,
}

impl<'a> Url<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (scheme, after) = text.split_once("://")?;
        let authority = after.find(['/', '?', '#', '\\']).unwrap_or(after.len());
        let (authority, rest) = after.split_at(authority);
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        (is_scheme(scheme) && is_host(host)).then_some(Self { scheme, user, host, rest })
    }

    fn hide_all_but_host(&self, out: &mut TextBuilder) {
        out.push_str(self.scheme);
        out.push_str(if self.user.is_some() { "://****@" } else { "://" });
        out.push_str(self.host);
        out.push_str("/****");
    }

    fn hide_password(&self, out: &mut TextBuilder) {
        out.push_str(self.scheme);
        out.push_str("://");
        if let Some(user) = self.user {
            out.push_str(user.split(':').next().unwrap_or_default());
            out.push_str(if user.contains(':') { ":****@" } else { "@" });
        }
        out.push_str(self.host);
        out.push_str(self.rest);
    }
}

fn is_scheme(text: &str) -> bool {
    let tail = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    matches!(text.as_bytes(), [first, rest @ ..] if first.is_ascii_alphabetic() && rest.len() < 16 && rest.iter().all(tail))
}

/// Returns whether text is a name or an address in brackets, with or without a port.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (text, ""),
    };
    let is_name = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')),
    };
    is_name && !name.is_empty() && text.len() <= 253 && port.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses() {
        for text in
            ["https://example.com", "x://user@[2001:db8::1]:80/", "http://localhost:8080?x", "s3://bucket_1/key"]
        {
            assert!(Url::read(text).is_some(), "{text}");
        }
        for text in [
            "",
            "://",
            "https://",
            "https:///path",
            "https://a b/",
            "https://[::g]/",
            "https://host:8o/",
            "alice@example.com",
            "1ttp://example.com",
            "see https://example.com",
            "https://alice bob",
        ] {
            assert!(Url::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_last_at_sign_ends_the_user() {
        let url = Url::read("https://alice:p@ss@example.com/x").expect("a URL");
        assert_eq!((url.user, url.host, url.rest), (Some("alice:p@ss"), "example.com", "/x"));
    }
}
