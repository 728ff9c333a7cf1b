//! Pinned outputs under the key of bytes 00 01 02 .. 1f. Released outputs never change: add lines, never edit one.

mod tester;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use tester::{KEY, UdfTester};

fn check(name: &str, options: &[ScalarValue], pairs: &[(&str, &str)]) {
    let tester = UdfTester::new(KEY, name, options.to_vec());
    let values: Vec<_> = pairs.iter().map(|(value, _)| Some(*value)).collect();
    let masked = tester.texts(&values, &DataType::Utf8View).expect("vectors fit");
    for ((value, expected), result) in pairs.iter().zip(masked) {
        assert_eq!(result.as_deref(), Some(*expected), "{name}({value:?}, {options:?})");
    }
}

fn text(option: &str) -> ScalarValue {
    ScalarValue::from(option)
}

#[test]
fn hash_keyed() {
    check(
        "hash_keyed",
        &[text("job")],
        &[
            ("", "71db030e335a2a718549b8dfc3a06b7e6fad87312c8f398e93dd716c07694046"),
            ("0", "09c221682b512316be564ab35b052a0557cc8c7c625adc724993d22a7f7cf518"),
            ("François", "14922da47c369be4d9b7338d8d801208c3967b817e04bc2cf99d67c36fd120ad"),
        ],
    );
    let cut = ScalarValue::from(12_i64);
    check("hash_keyed", &[text("job"), text("hex"), cut.clone()], &[("12345", "08c91889dc87")]);
    check(
        "hash_keyed",
        &[text("job"), text("base32")],
        &[("12345", "bderrco4q47vampbgv2usvxjsirpiu5owyjwmzozoa625fmjnzbq")],
    );
    check("hash_keyed", &[text("job"), text("base58"), cut.clone(), text("j-")], &[("12345", "j-bJ7V1Y3j4pYs")]);
    check("hash_keyed", &[text("job"), text("base64"), cut], &[("12345", "CMkYidyHP1Ax")]);
    check("hash_keyed", &[text("job"), text("uuid")], &[("12345", "08c91889-dc87-8f50-b1e1-35754956e992")]);
}

#[test]
fn pseudo_int() {
    check(
        "pseudo_int",
        &[text("beneficiary")],
        &[
            ("0", "753334404"),
            ("1", "1544735550"),
            ("-1", "-753334405"),
            ("2147483647", "536555324"),
            ("2147483648", "3171445087"),
            ("4294967296", "3508314744220792"),
            ("9007199254740992", "3152404413310557071"),
            ("9223372036854775808", "17466679692792077723"),
        ],
    );
    let bounds = [text("beneficiary"), ScalarValue::from(1_i64), ScalarValue::from(9_999_999_i64)];
    check("pseudo_int", &bounds, &[("1", "1736929"), ("12345", "6942036")]);
}

#[test]
fn pseudo_email() {
    check(
        "pseudo_email",
        &[text("customer")],
        &[
            ("alice@mail.test", "p5rzmlsspcl4c5x3n34pn@example.net"),
            ("bob@mail.test", "ykyto7d7366cdxz2giql5@example.com"),
            ("", "7gxzn5ggbptgi24miecbg@example.org"),
        ],
    );
    check(
        "pseudo_email",
        &[text("customer"), ScalarValue::from(true)],
        &[("alice@mail.test", "p5rzmlsspcl4c5x3n34pn@mail.test")],
    );
}

#[test]
fn fake_first_name() {
    for (locale, asha, empty) in [
        ("de_DE", "Laura", "Lotte"),
        ("en_AU", "Kylie", "Louis"),
        ("en_GB", "Karen", "Laura"),
        ("en_IN", "Sonal", "Sumit"),
        ("en_US", "Laura", "Lydia"),
        ("fr_FR", "Julien", "Laurie"),
        ("sv_SE", "Eskil", "Filip"),
    ] {
        check("fake_first_name", &[text("fake_first_name"), text(locale)], &[("Asha", asha), ("", empty)]);
    }
    // Drawn again: the first draw of this value is the value itself.
    check("fake_first_name", &[], &[("Sharon", "Tina"), ("wesley", "Brittany")]);
}

#[test]
fn fake_last_name() {
    for (locale, sharma, empty) in [
        ("de_DE", "Haas", "Kirchner"),
        ("en_AU", "Hope", "McKenzie"),
        ("en_GB", "Kemp", "Richards"),
        ("en_IN", "Devi", "Choudhury"),
        ("en_US", "Neal", "Mitchell"),
        ("fr_FR", "Bigot", "Lelièvre"),
        ("sv_SE", "Boman", "Björkqvist"),
    ] {
        check("fake_last_name", &[text("fake_last_name"), text(locale)], &[("Sharma", sharma), ("", empty)]);
    }
}

#[test]
fn fake_phone() {
    check(
        "fake_phone",
        &[],
        &[
            ("+91-9876543210", "+91-7202693852"),
            ("919876543210", "917098526745"),
            ("98765 43210", "78634 40060"),
            ("(555) 123-4567", "(323) 267-5423"),
            ("+1-604-438-9279", "+1-925-598-8304"),
            ("555-1234", "827-6805"),
            ("020 7946 0958", "065 5997 2925"),
            ("1-800-FLOWERS", "(289) 223-9550"),
        ],
    );
    for (locale, expected) in [
        ("de_DE", "0177 62443017"),
        ("en_AU", "0477 624 430"),
        ("en_GB", "07776 244301"),
        ("en_IN", "+91-9104977301"),
        ("en_US", "(820) 996-3601"),
        ("fr_FR", "07 55 24 88 60"),
        ("sv_SE", "077-762 44 30"),
    ] {
        check("fake_phone", &[text("fake_phone"), text(locale)], &[("unknown", expected)]);
    }
}
