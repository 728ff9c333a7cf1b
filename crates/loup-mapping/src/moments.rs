//! When rows were made: one moment for each run of rows, since an insert makes many at once.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::array::TimestampMicrosecondArray;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::datatypes::TimeUnit;

/// UTC, in the spelling that needs no table of time zones.
pub(crate) const UTC: &str = "+00:00";

/// The Arrow type of moments.
pub(crate) fn data_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into()))
}

/// Moments in microseconds since 1970 (UTC), by row.
#[derive(Clone, Default)]
pub(crate) struct Moments {
    /// The row behind each run, and the run's moment.
    runs: Vec<(u32, i64)>,
}

impl Moments {
    /// Appends rows made at one moment.
    pub(crate) fn push(&mut self, rows: u32, moment: i64) {
        let end = self.runs.last().map_or(0, |&(end, _)| end) + rows;
        match self.runs.last_mut() {
            Some(last) if last.1 == moment => last.0 = end,
            _ if rows == 0 => {}
            _ => self.runs.push((end, moment)),
        }
    }

    /// Returns the moments of a range of rows, one each.
    pub(crate) fn of_rows(&self, from: u32, to: u32) -> Vec<i64> {
        let mut moments = Vec::with_capacity((to - from) as usize);
        let first = self.runs.partition_point(|&(end, _)| end <= from);
        let mut start = from;
        for &(end, moment) in &self.runs[first..] {
            let end = end.min(to);
            moments.extend((start..end).map(|_| moment));
            start = end;
            if start == to {
                break;
            }
        }
        moments
    }

    /// The same as an Arrow column.
    pub(crate) fn array(&self, from: u32, to: u32) -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(self.of_rows(from, to)).with_timezone(UTC))
    }

    pub(crate) fn memory_size(&self) -> usize {
        self.runs.capacity() * size_of::<(u32, i64)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_moment() {
        let mut moments = Moments::default();
        for (rows, moment) in [(2, 10), (0, 11), (1, 10), (3, 20)] {
            moments.push(rows, moment);
        }
        assert_eq!(moments.of_rows(0, 6), [10, 10, 10, 20, 20, 20]);
        assert_eq!(moments.of_rows(2, 4), [10, 20]);
        assert_eq!(moments.of_rows(3, 3), [0; 0]);
        assert_eq!(moments.runs.len(), 2);
    }
}
