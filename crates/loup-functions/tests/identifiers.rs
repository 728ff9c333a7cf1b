//! Fakes of identifiers that python-stdnum 2.2 holds valid too: each result below went through the function that stands
//! beside it. Results of the range 'test' are valid but for the range, which stdnum knows to be none: those went through
//! the check digit alone.

mod tester;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use tester::{KEY, UdfTester};

fn check(name: &str, locale: &str, range: Option<&str>, pairs: &[(&str, &str)]) {
    let mut options = vec![ScalarValue::from(name), ScalarValue::from(locale), ScalarValue::from(0_i64)];
    options.extend(range.map(ScalarValue::from));
    let values: Vec<_> = pairs.iter().map(|(value, _)| Some(*value)).collect();
    let results = UdfTester::new(KEY, name, options).texts(&values, &DataType::Utf8View).expect("texts fit");
    for ((value, expected), result) in pairs.iter().zip(results) {
        assert_eq!(result.as_deref(), Some(*expected), "{name}({value:?}, {locale:?}, {range:?})");
    }
}

#[test]
fn indian_numbers() {
    // stdnum.verhoeff
    check("fake_aadhaar", "", None, &[("2341 2341 2346", "1584 3221 8763"), ("patient 7", "188904253117")]);
    // stdnum.in_.aadhaar
    check("fake_aadhaar", "", Some("plausible"), &[("234123412346", "773550153167")]);
    check("fake_gov_id", "en_IN", Some("plausible"), &[("p", "908674843957")]);
    // stdnum.in_.pan
    check("fake_pan", "", Some("plausible"), &[("patient 7", "ZKFPG8641P")]);
    // stdnum.in_.epic
    check("fake_voter_id", "", None, &[("WKH1186253", "YST6949424"), ("patient 7", "XQD6885354")]);
}

#[test]
fn national_numbers() {
    // stdnum.iso7064.mod_11_10
    check("fake_gov_id", "de_DE", None, &[("86 095 742 719", "02 539 418 601")]);
    // stdnum.de.idnr
    check("fake_gov_id", "de_DE", Some("plausible"), &[("p", "89535426714")]);
    // stdnum.au.tfn
    check("fake_gov_id", "en_AU", None, &[("123 456 782", "149 327 740")]);
    // stdnum.us.ssn
    check("fake_ssn", "", Some("plausible"), &[("patient 7", "213-66-8605")]);
    check("fake_gov_id", "en_US", Some("plausible"), &[("p", "797-49-2644")]);
    // stdnum.fr.nir
    check("fake_gov_id", "fr_FR", None, &[("patient 7", "179043303700059")]);
    check("fake_gov_id", "fr_FR", Some("plausible"), &[("p", "105028527727017")]);
    // stdnum.se.personnummer
    check("fake_gov_id", "sv_SE", None, &[("850709-9805", "390419-9811"), ("198507099805", "198209189813")]);
    // stdnum.gb.nhs
    check("fake_health_id", "en_GB", None, &[("9434765919", "9993767468")]);
}

#[test]
fn cards_and_accounts() {
    // stdnum.luhn
    check(
        "fake_card",
        "",
        None,
        &[
            ("4556-7375-8689-9855", "4111-1118-4442-4310"),
            ("371449635398431", "378282772993778"),
            ("30569309025904", "30569301161293"),
            ("4222222222222", "4222221183490"),
            ("6799990100000000019", "6205509994470658542"),
        ],
    );
    // stdnum.iban, with stdnum.es.ccc; BE without stdnum.be.iban, which knows 999 to be no bank.
    check(
        "fake_iban",
        "",
        None,
        &[
            ("DE89 3704 0044 0532 0130 00", "DE88 0877 4060 8045 7418 47"),
            ("FR1420041010050500013M02606", "FR7600000175360199541912276"),
            ("gb82west12345698765432", "gb90xxxx00225861067694"),
            ("ES9121000418450200051332", "ES7700002457706335611461"),
            ("BE68539007547034", "BE53999475608753"),
            ("IT60X0542811101000000123456", "IT58I0000046935843670416450"),
            ("FI2112345600000785", "FI0700020189634205"),
            ("PT50000201231234567890154", "PT50000028467877572797794"),
            ("PL61109010140000071219812874", "PL86000000006088639240991811"),
        ],
    );
}

#[test]
fn codes_of_unique_fakes_are_what_hashlib_computes() {
    // python3: base64.b32encode(hashlib.sha3_256(key + value).digest()).lower()[:20], the key made by sha3_256 of the
    // framed root key, purpose and domain.
    for (name, value, code) in [
        ("fake_unique_user_name", "alice77", "mjmm66muwziys4wklll7"),
        ("fake_unique_email", "alice@mail.test", "crlospn7aysppukmugpu"),
        ("fake_unique_company", "ACME Corp.", "n7snfjnxszv6vo4o7mm6"),
        ("fake_unique_first_name", "Asha", "oaig5td7pdtw7dfseip5"),
        ("fake_unique_last_name", "Patel", "2frgzanyrv4j4wtypway"),
        ("fake_unique_full_name", "Asha Devi", "3oc2qgorrbmu6ecmqyin"),
    ] {
        let tester = UdfTester::new(KEY, name, vec![ScalarValue::from(name)]);
        let result = tester.texts(&[Some(value)], &DataType::Utf8View).expect("text fits").remove(0).expect("a value");
        assert!(result.split([' ', '.', '@']).any(|part| part == code), "{name}: {result}");
    }
}
