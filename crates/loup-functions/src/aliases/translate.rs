//! Arguments that other tools write in another way.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_datafusion_err};

/// A way to read a literal of the other tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Translation {
    /// `'2 days'` or an INTERVAL to a number of days.
    Days,
    /// A range `'[1,10)'` to its first value.
    First,
    /// A range `'[1,10)'` to its last value.
    Last,
    /// A date to its text.
    Text,
}

impl Translation {
    /// Returns the one that a line of the table names.
    pub(super) fn named(word: &str) -> Option<Self> {
        match word {
            "days" => Some(Self::Days),
            "first" => Some(Self::First),
            "last" => Some(Self::Last),
            "text" => Some(Self::Text),
            _ => None,
        }
    }

    /// Translates a literal; `place` says in messages which one it is.
    pub(super) fn apply(self, place: &str, literal: &ScalarValue) -> Result<ScalarValue> {
        let text = literal.try_as_str().flatten();
        let translated = match self {
            Self::Days => text.map_or_else(|| interval(literal), days).map(ScalarValue::from),
            Self::First => text.and_then(range).map(|(first, _)| ScalarValue::from(first)),
            Self::Last => text.and_then(range).map(|(_, last)| ScalarValue::from(last)),
            Self::Text if text.is_some() => Some(literal.clone()),
            // A timestamp's day.
            Self::Text => {
                let day = literal.cast_to(&DataType::Date32).and_then(|day| day.cast_to(&DataType::Utf8)).ok();
                day.filter(|text| !text.is_null())
            }
        };
        translated.ok_or_else(|| plan_datafusion_err!("{place} must be {}", self.expected()))
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Days => "an interval of whole days, such as '2 days' or INTERVAL '1 month'",
            Self::Text => "a date",
            Self::First | Self::Last => "a range of whole numbers with both ends, such as '[1,10)'",
        }
    }
}

/// The days of `'3 days'`, `'1 week 2 days'`, `'6 months'` or `'1 year'`: a month counts as 30, a year as 365.
fn days(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut days = 0_i64;
    for pair in words.chunks(2) {
        let [count, unit] = pair else { return None };
        let length = match unit.to_ascii_lowercase().trim_end_matches('s') {
            "day" => 1,
            "week" => 7,
            "month" | "mon" => 30,
            "year" => 365,
            _ => return None,
        };
        days = days.checked_add(count.parse::<i64>().ok()?.checked_mul(length)?)?;
    }
    (days > 0).then_some(days)
}

fn interval(literal: &ScalarValue) -> Option<i64> {
    let (months, days) = match literal {
        ScalarValue::IntervalMonthDayNano(Some(length)) if length.nanoseconds == 0 => (length.months, length.days),
        ScalarValue::IntervalDayTime(Some(length)) if length.milliseconds == 0 => (0, length.days),
        ScalarValue::IntervalYearMonth(Some(months)) => (*months, 0),
        _ => return None,
    };
    let days = i64::from(months / 12) * 365 + i64::from(months % 12) * 30 + i64::from(days);
    (days > 0).then_some(days)
}

/// The first and the last whole number of a range in PostgreSQL's form.
fn range(text: &str) -> Option<(i64, i64)> {
    let text = text.trim();
    let (open, close) = (text.chars().next()?, text.chars().next_back()?);
    let (first, last) = text.get(1..text.len() - 1)?.split_once(',')?;
    let (first, last) = (first.trim().parse::<i64>().ok()?, last.trim().parse::<i64>().ok()?);
    let first = match open {
        '[' => first,
        '(' => first.checked_add(1)?,
        _ => return None,
    };
    let last = match close {
        ']' => last,
        ')' => last.checked_sub(1)?,
        _ => return None,
    };
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::IntervalMonthDayNano;

    use super::*;

    fn days_of(literal: &ScalarValue) -> Option<ScalarValue> {
        Translation::Days.apply("f: step", literal).ok()
    }

    #[test]
    fn intervals_are_days() {
        for (text, days) in [("2 days", 2), ("1 day", 1), ("1 week 2 days", 9), ("6 Months", 180), ("1 year", 365)] {
            assert_eq!(days_of(&ScalarValue::from(text)), Some(ScalarValue::from(days as i64)), "{text}");
        }
        let interval = |months, days, nanoseconds| {
            let length = IntervalMonthDayNano { months, days, nanoseconds };
            days_of(&ScalarValue::IntervalMonthDayNano(Some(length)))
        };
        assert_eq!(interval(14, 3, 0), Some(ScalarValue::from(428_i64)));
        assert_eq!((interval(0, 0, 1), interval(0, -2, 0), interval(0, 0, 0)), (None, None, None));
        for text in ["", "2", "two days", "2 hours", "-2 days", "1 day 2", "9223372036854775807 years"] {
            assert_eq!(days_of(&ScalarValue::from(text)), None, "{text}");
        }
    }

    #[test]
    fn ranges_are_their_ends() {
        for (text, ends) in [("[1,10)", Some((1, 9))), ("(1, 10]", Some((2, 10))), ("[-5,-5]", Some((-5, -5)))] {
            assert_eq!(range(text), ends, "{text}");
        }
        for text in ["[1,)", "(,5]", "[5,1]", "[1,1)", "1,10", "é", "[", "", "[1;2]"] {
            assert_eq!(range(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_their_text() {
        let text = |literal| Translation::Text.apply("f: d1", &literal).ok();
        assert_eq!(text(ScalarValue::Date32(Some(0))), Some(ScalarValue::from("1970-01-01")));
        assert_eq!(text(ScalarValue::from("1970-01-01")), Some(ScalarValue::from("1970-01-01")));
        let noon = ScalarValue::TimestampSecond(Some(43_200), Some("+00:00".into()));
        assert_eq!(text(noon), Some(ScalarValue::from("1970-01-01")));
        assert_eq!(text(ScalarValue::Date32(None)), None);
    }

    #[test]
    fn what_is_refused_is_named_and_not_shown() {
        let error = Translation::Days.apply("anon.dnoise: step", &ScalarValue::from("secret")).expect_err("refused");
        let shown = error.strip_backtrace();
        assert!(shown.contains("anon.dnoise: step must be an interval") && !shown.contains("secret"), "{shown}");
    }
}
