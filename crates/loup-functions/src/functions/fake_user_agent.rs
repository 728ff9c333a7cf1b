//! fake_user_agent: an invented browser identification.

use crate::fakes::code::Code;
use crate::fakes::dice::Dice;
use crate::fakes::fake::{Ask, Fake, write_letters};
use crate::fakes::parameters::{ANY_LOCALE, MAX_CHARS, SEED, TEXT_RESULT, domain};
use crate::kernel::text_builder::TextBuilder;
use crate::spec::{Example, FunctionSpec, Section};

static SPEC: FunctionSpec = FunctionSpec {
    name: "fake_user_agent",
    aliases: &[],
    section: Section::Fakes,
    summary: "Replaces a value by the User-Agent line of a browser.",
    notes: &[
        "Chrome, Edge, Firefox or Safari on Windows, macOS, Linux, Android or iOS, of a version from 2023 to 2025.",
        "Never the value itself. Many values share a line.",
        "Where max_chars leaves no room for it, a few letters.",
    ],
    parameters: &[SEED, domain("fake_user_agent"), ANY_LOCALE, MAX_CHARS],
    result: TEXT_RESULT,
    examples: &[
        Example {
            sql: "SELECT fake_user_agent('session 7')",
            output: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
        },
        Example { sql: "SELECT fake_user_agent('session 8', 'fake_user_agent', '', 60)", output: "bhnxskqp" },
    ],
};

/// The function, as the table of constructors lists it.
pub(crate) static FAKE_USER_AGENT: Fake = Fake::text(&SPEC, Some(LONGEST), 110, draw);

/// Characters of the longest line.
const LONGEST: usize = 140;

/// What stands between the parts that versions fill.
const CHROME: &str = ") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/";
const DESKTOPS: &[&str] = &["Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"];

fn draw(ask: &Ask<'_>, dice: &mut Dice<'_>, out: &mut TextBuilder) {
    let kind = dice.below(10);
    let system = match kind {
        8 => "Linux; Android 10; K",
        9 => "iPhone; CPU iPhone OS 17_5 like Mac OS X",
        7 => "Macintosh; Intel Mac OS X 10_15_7",
        _ => dice.one_of(DESKTOPS),
    };
    // Releases of the years 2023 to 2025.
    let (chrome, firefox, safari) = (110 + dice.below(33), 109 + dice.below(35), 16 + dice.below(3));
    let minor = dice.below(7);
    let version = |number: u32| {
        let mut digits = Code::new();
        digits.number(
            u64::from(number),
            if number < 10 {
                1
            } else if number < 100 {
                2
            } else {
                3
            },
        );
        digits
    };
    let (chrome, firefox, safari, minor) = (version(chrome), version(firefox), version(safari), version(minor));
    let parts: &[&[u8]] = &match kind {
        0..4 | 8 => {
            let end: &[u8] = if kind == 8 { b".0.0.0 Mobile Safari/537.36" } else { b".0.0.0 Safari/537.36" };
            [b"Mozilla/5.0 (", system.as_bytes(), CHROME.as_bytes(), chrome.as_bytes(), end, b"", b"", b""]
        }
        4 => {
            let (chrome, end) = (chrome.as_bytes(), b".0.0.0");
            let middle = b".0.0.0 Safari/537.36 Edg/";
            [b"Mozilla/5.0 (", system.as_bytes(), CHROME.as_bytes(), chrome, middle, chrome, end, b""]
        }
        5 | 6 => {
            let (version, middle) = (firefox.as_bytes(), b".0) Gecko/20100101 Firefox/");
            [b"Mozilla/5.0 (", system.as_bytes(), b"; rv:", version, middle, version, b".0", b""]
        }
        _ => {
            let middle = b") AppleWebKit/605.1.15 (KHTML, like Gecko) Version/";
            let end: &[u8] = if kind == 9 { b" Mobile/15E148 Safari/604.1" } else { b" Safari/605.1.15" };
            [b"Mozilla/5.0 (", system.as_bytes(), middle, safari.as_bytes(), b".", minor.as_bytes(), end, b""]
        }
    };
    let length: usize = parts.iter().map(|part| part.len()).sum();
    if length > ask.most {
        write_letters(ask.most, dice, out);
        return;
    }
    for part in parts {
        out.push_ascii(part.len(), |bytes| bytes.copy_from_slice(part));
    }
}
