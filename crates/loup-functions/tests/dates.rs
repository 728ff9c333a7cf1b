//! Every function on dates, over years 1 to 9999, against chrono.

mod tester;

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Timelike};
use chrono_tz::Tz;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::array::{
    Array, ArrayRef, Date32Array, StringArray, TimestampMillisecondArray, TimestampSecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, TimestampMillisecondType, TimestampSecondType};
use datafusion::common::ScalarValue;
use datafusion::common::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use loup_functions::functions;
use proptest::prelude::*;
use tester::{KEY, UdfTester, as_texts, binding};

const UNITS: [&str; 4] = ["year", "quarter", "month", "week"];

const ZONES: [&str; 9] = [
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
];

fn epoch() -> NaiveDate {
    NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date")
}

fn days(date: NaiveDate) -> i32 {
    i32::try_from((date - epoch()).num_days()).expect("a day of these years")
}

fn any_date() -> impl Strategy<Value = NaiveDate> {
    (-719_162..=2_932_896_i64).prop_map(|day| epoch() + chrono::TimeDelta::days(day))
}

/// The first day of a unit, by another way than ours: back day by day.
fn first_day(date: NaiveDate, unit: &str) -> NaiveDate {
    let is_first = |day: NaiveDate| match unit {
        "year" => day.ordinal() == 1,
        "quarter" => day.day() == 1 && day.month0().is_multiple_of(3),
        "month" => day.day() == 1,
        _ => day.weekday() == chrono::Weekday::Mon,
    };
    date.iter_days().rev().find(|day| is_first(*day)).expect("years have first days")
}

/// Calls date_shift with one entity for each row.
fn shift(dates: &ArrayRef, entities: &ArrayRef, days: i64) -> Result<ArrayRef> {
    let udf = functions(&binding(KEY)).into_iter().find(|udf| udf.name() == "date_shift").expect("a function of ours");
    let options = [ScalarValue::from(days), ScalarValue::from("patient")];
    let mut args = vec![ColumnarValue::Array(Arc::clone(dates)), ColumnarValue::Array(Arc::clone(entities))];
    args.extend(options.map(ColumnarValue::Scalar));
    let field = |arg: &ColumnarValue| Arc::new(Field::new("a", arg.data_type(), true));
    let arg_fields = args.iter().map(field).collect();
    let return_field = Arc::new(Field::new("a", dates.data_type().clone(), true));
    let config_options = Arc::new(ConfigOptions::default());
    let call = ScalarFunctionArgs { args, arg_fields, number_rows: dates.len(), return_field, config_options };
    udf.invoke_with_args(call)?.into_array(dates.len())
}

fn date32(dates: &[NaiveDate]) -> ArrayRef {
    Arc::new(dates.iter().map(|date| Some(days(*date))).collect::<Date32Array>())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generalize_date_finds_the_first_day(dates in prop::collection::vec(any_date(), 1..20)) {
        for unit in UNITS {
            let tester = UdfTester::new(KEY, "generalize_date", vec![ScalarValue::from(unit)]);
            let floored = tester.mask(&date32(&dates)).expect("dates of these years");
            for (date, floored) in dates.iter().zip(floored.as_primitive::<Date32Type>().values()) {
                prop_assert_eq!(*floored, days(first_day(*date, unit)), "{} {}", date, unit);
            }
        }
    }

    #[test]
    fn generalize_date_follows_zones(second in -62_135_000_000..253_402_000_000_i64, zone in 0..ZONES.len()) {
        let zone_name = ZONES[zone];
        let zone: Tz = zone_name.parse().expect("a zone");
        let local = |second: i64| DateTime::from_timestamp(second, 0).expect("a moment").with_timezone(&zone);
        // Local time may lie in year 0 or 10000 where UTC does not.
        prop_assume!((1..=9999).contains(&local(second).year()));
        let values: ArrayRef = Arc::new(TimestampSecondArray::from(vec![second]).with_timezone(zone_name));
        for unit in UNITS {
            let tester = UdfTester::new(KEY, "generalize_date", vec![ScalarValue::from(unit)]);
            let floored = tester.mask(&values).expect("a date of these years").as_primitive::<TimestampSecondType>().value(0);
            let expected = first_day(local(second).date_naive(), unit);
            prop_assert_eq!(local(floored).date_naive(), expected, "{} in {}", unit, zone_name);
            // Midnight, or where the clocks skip it the first moment of the day.
            let midnight = zone.from_local_datetime(&expected.and_time(NaiveTime::MIN)).earliest();
            match midnight {
                Some(midnight) => prop_assert_eq!(floored, midnight.timestamp()),
                None => prop_assert_ne!(local(floored - 1).date_naive(), expected),
            }
        }
    }

    #[test]
    fn text_dates_of_every_format_agree_with_dates(date in any_date(), unit in 0..4_usize) {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let write = |date: NaiveDate| {
            let (y, m, d) = (date.year(), date.month(), date.day());
            let name = MONTHS[m as usize - 1];
            [
                format!("{y:04}-{m:02}-{d:02}"),
                format!("{y:04}/{m:02}/{d:02}"),
                format!("{y:04}{m:02}{d:02}"),
                format!("{d:02}/{m:02}/{y:04}"),
                format!("{d:02}-{m:02}-{y:04}"),
                format!("{d:02}.{m:02}.{y:04}"),
                format!("{d:02}-{name}-{y:04}"),
                format!("{d:02} {name} {y:04}"),
            ]
        };
        let (texts, plain) = (write(date), date32(&[date]));
        let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
        let column: ArrayRef = Arc::new(StringArray::from(texts.clone()));

        let tester = UdfTester::new(KEY, "generalize_date", vec![ScalarValue::from(UNITS[unit])]);
        let expected = write(first_day(date, UNITS[unit])).map(Some);
        prop_assert_eq!(as_texts(&tester.mask(&column).expect("dates")), expected.to_vec());

        let entities: ArrayRef = Arc::new(StringArray::from(vec!["7"; 8]));
        let one: ArrayRef = Arc::new(StringArray::from(vec!["7"]));
        match shift(&plain, &one, 30) {
            Ok(shifted) => {
                let shifted = epoch() + chrono::TimeDelta::days(shifted.as_primitive::<Date32Type>().value(0).into());
                let texts = shift(&column, &entities, 30).expect("what fits as a date fits as text");
                prop_assert_eq!(as_texts(&texts), write(shifted).map(Some).to_vec());
            }
            Err(_) => prop_assert!(shift(&column, &entities, 30).is_err()),
        }

        let options = vec![ScalarValue::from("18,30,45,60"), ScalarValue::from("9999-12-31")];
        let ages = UdfTester::new(KEY, "age_band", options);
        let expected = as_texts(&ages.mask(&plain).expect("a birth")).remove(0);
        prop_assert_eq!(as_texts(&ages.mask(&column).expect("births")), vec![expected; 8]);
    }

    #[test]
    fn age_bands_count_as_chrono_does(birth in any_date(), at in any_date()) {
        let options = vec![
            ScalarValue::from((1..200).map(|n| n.to_string()).collect::<Vec<_>>().join(",")),
            ScalarValue::from(format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())),
        ];
        let banded = UdfTester::new(KEY, "age_band", options).mask(&date32(&[birth]));
        match at.years_since(birth) {
            Some(years) => {
                let expected = if years < 199 { years.to_string() } else { "199+".to_owned() };
                prop_assert_eq!(as_texts(&banded.expect("a birth")), vec![Some(expected)]);
            }
            None => prop_assert!(banded.is_err()),
        }
    }

    #[test]
    fn date_shift_keeps_intervals_and_moves_every_date(
        dates in prop::collection::vec((1_000_000_i64..200_000_000_000, 0..4_i64), 2..30),
        reach in 1..400_i64,
    ) {
        let entities: ArrayRef = Arc::new(dates.iter().map(|(_, entity)| Some(*entity)).collect::<datafusion::arrow::array::Int64Array>());
        let values: ArrayRef = Arc::new(dates.iter().map(|(second, _)| Some(*second)).collect::<TimestampSecondArray>());
        let shifted = shift(&values, &entities, reach).expect("dates of these years");
        let offsets: Vec<i64> = shifted.as_primitive::<TimestampSecondType>().values().iter().zip(&dates).map(|(new, (old, _))| new - old).collect();
        for (offset, (_, entity)) in offsets.iter().zip(&dates) {
            prop_assert!(offset % 86_400 == 0 && *offset != 0 && offset.abs() <= reach * 86_400);
            let first = dates.iter().position(|(_, other)| other == entity).expect("it is there");
            prop_assert_eq!(*offset, offsets[first], "one entity has one offset");
        }
        // The entity is the same as INT, as text and as DECIMAL.
        for other in [DataType::Int32, DataType::Utf8View, DataType::Decimal128(12, 2)] {
            let text = cast(&entities, &DataType::Utf8).expect("text");
            let typed = cast(&text, &other).expect("numbers");
            prop_assert_eq!(&shift(&values, &typed, reach).expect("the same"), &shifted);
        }
        // The date may be in other units and in a zone.
        let milliseconds = dates.iter().map(|(second, _)| Some(second * 1000));
        let zoned: ArrayRef = Arc::new(milliseconds.collect::<TimestampMillisecondArray>().with_timezone("Europe/Paris"));
        let zoned = shift(&zoned, &entities, reach).expect("dates of these years");
        for (milliseconds, offset) in zoned.as_primitive::<TimestampMillisecondType>().values().iter().zip(&offsets) {
            prop_assert!(dates.iter().any(|(second, _)| second * 1000 + offset * 1000 == *milliseconds));
        }
    }
}

#[test]
fn a_birthday_in_each_year_changes_the_band() {
    let options = vec![ScalarValue::from("18"), ScalarValue::from("2024-02-29")];
    let tester = UdfTester::new(KEY, "age_band", options);
    let born = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).expect("a date");
    let births = [born(2006, 2, 28), born(2006, 3, 1), born(2004, 2, 29), born(2024, 2, 29)];
    let bands = as_texts(&tester.mask(&date32(&births)).expect("births"));
    assert_eq!(bands, ["18+", "0-17", "18+", "0-17"].map(|band| Some(band.to_owned())));
}

#[test]
fn years_outside_1_to_9999_are_refused() {
    let first = NaiveDate::from_ymd_opt(1, 1, 1).expect("a date");
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a date");
    let entity: ArrayRef = Arc::new(StringArray::from(vec!["7"]));
    for beyond in [days(first) - 1, days(last) + 1, -1_000_000_000, i32::MAX] {
        let values: ArrayRef = Arc::new(Date32Array::from(vec![beyond]));
        for (name, options) in [
            ("generalize_date", vec![ScalarValue::from("year")]),
            ("age_band", vec![ScalarValue::from("18"), ScalarValue::from("9999-12-31")]),
        ] {
            let error = UdfTester::new(KEY, name, options).mask(&values).expect_err("no such year").to_string();
            assert!(error.contains("years 1 to 9999"), "{error}");
        }
        assert!(shift(&values, &entity, 30).is_err(), "{beyond}");
    }
    // One of the two ends leaves the years, whichever way the entity moves.
    let ends = [date32(&[first]), date32(&[last])];
    assert_eq!(ends.iter().filter(|end| shift(end, &entity, 1).is_err()).count(), 1);
}

#[test]
fn an_entity_that_is_null_gives_null() {
    let dates = date32(&[epoch(), epoch() + Days::new(1)]);
    let entities: ArrayRef = Arc::new(StringArray::from(vec![None, Some("7")]));
    let shifted = shift(&dates, &entities, 30).expect("dates");
    assert!(shifted.is_null(0) && shifted.is_valid(1));
}

#[test]
fn times_of_day_stay_in_a_shift() {
    let noon = epoch().and_hms_opt(12, 34, 56).expect("a time").and_utc().timestamp();
    let values: ArrayRef = Arc::new(TimestampSecondArray::from(vec![noon; 20]));
    let entities: ArrayRef = Arc::new((0..20).map(Some).collect::<datafusion::arrow::array::Int32Array>());
    let shifted = shift(&values, &entities, 3650).expect("dates");
    for second in shifted.as_primitive::<TimestampSecondType>().values() {
        let moment = DateTime::from_timestamp(*second, 0).expect("a moment");
        assert_eq!((moment.hour(), moment.minute(), moment.second()), (12, 34, 56));
    }
}
