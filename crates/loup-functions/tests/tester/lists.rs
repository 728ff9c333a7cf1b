//! The lists of the pinned answers: five jobs, fifty codes under the names `d` and `e`, and a hierarchy of ages.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use loup_functions::{NamedList, NamedLists};

fn list(columns: [(&str, Vec<String>); 3]) -> NamedList {
    let columns = columns.map(|(name, texts)| (name, Arc::new(StringArray::from(texts)) as ArrayRef));
    let batch =
        RecordBatch::try_from_iter(columns.into_iter().filter(|(_, texts)| !texts.is_empty())).expect("a table");
    NamedList::try_new(&batch.schema(), &[batch]).expect("a list")
}

pub(crate) fn lists() -> Arc<NamedLists> {
    static LISTS: LazyLock<Arc<NamedLists>> = LazyLock::new(|| {
        let jobs = ["baker", "cook", "farmer", "mason", "tailor"].map(str::to_owned).to_vec();
        let codes = || (0..50_u8).map(|n| format!("{}{n:02}", char::from(b'A' + n % 26))).collect();
        let ages = 0..100;
        let tens = ages.clone().map(|age| format!("{}-{}", age / 10 * 10, age / 10 * 10 + 9)).collect();
        let all = ages.clone().map(|_| "*".to_owned()).collect();
        let lists = NamedLists::default().with("jobs", list([("job", jobs), ("", Vec::new()), ("", Vec::new())]));
        let lists = lists.with("d", list([("code", codes()), ("", Vec::new()), ("", Vec::new())]));
        let lists = lists.with("e", list([("code", codes()), ("", Vec::new()), ("", Vec::new())]));
        let ages = ages.map(|age| age.to_string()).collect();
        Arc::new(lists.with("age", list([("age", ages), ("level1", tens), ("level2", all)])))
    });
    Arc::clone(&LISTS)
}
