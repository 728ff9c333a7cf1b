//! Two banks masked as a whole: joins intact, nothing original left, everything else byte for byte, on any number of threads.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use crate::raw_csv::Table;
use crate::workbench::{Workbench, outside_data, repository};

/// A plan over a folder of CSV files, and what it says about its columns.
struct Plan {
    /// Columns that the plan changes, by file; every other column must keep its bytes.
    masked: &'static [(&'static str, &'static [&'static str])],
    /// Child column and parent column of every foreign key.
    joins: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// Columns whose values may not occur anywhere in the output, not even inside another value.
    gone: &'static [(&'static str, &'static str)],
    /// Columns whose values may not occur as a whole cell of a masked column (too short to look for inside others).
    replaced: &'static [(&'static str, &'static str)],
}

const BANK_TXS: Plan = Plan {
    masked: &[
        (
            "CUSTOMERS.csv",
            &[
                "customer_id",
                "first_name",
                "last_name",
                "birth_date",
                "address",
                "city",
                "postal_code",
                "phone",
                "email",
            ],
        ),
        ("ACCOUNTS.csv", &["account_id", "customer_id", "account_number"]),
        (
            "TRANSACTIONS.csv",
            &["transaction_id", "account_id", "reference_number", "ip_address", "device_id", "geolocation"],
        ),
        ("LOANS.csv", &["loan_id", "customer_id"]),
        ("CREDIT_CARDS.csv", &["card_id", "customer_id", "card_number_masked"]),
        ("FEEDBACK.csv", &["feedback_id", "customer_id", "subject", "description", "assigned_to"]),
    ],
    joins: &[
        ("ACCOUNTS.csv", "customer_id", "CUSTOMERS.csv", "customer_id"),
        ("LOANS.csv", "customer_id", "CUSTOMERS.csv", "customer_id"),
        ("CREDIT_CARDS.csv", "customer_id", "CUSTOMERS.csv", "customer_id"),
        ("FEEDBACK.csv", "customer_id", "CUSTOMERS.csv", "customer_id"),
        ("TRANSACTIONS.csv", "account_id", "ACCOUNTS.csv", "account_id"),
    ],
    gone: &[
        ("CUSTOMERS.csv", "customer_id"),
        ("CUSTOMERS.csv", "email"),
        ("CUSTOMERS.csv", "phone"),
        ("CUSTOMERS.csv", "address"),
        ("CUSTOMERS.csv", "postal_code"),
        ("ACCOUNTS.csv", "account_id"),
        ("ACCOUNTS.csv", "account_number"),
        ("TRANSACTIONS.csv", "transaction_id"),
        ("TRANSACTIONS.csv", "reference_number"),
        ("TRANSACTIONS.csv", "ip_address"),
        ("TRANSACTIONS.csv", "device_id"),
        ("LOANS.csv", "loan_id"),
        ("CREDIT_CARDS.csv", "card_id"),
        ("CREDIT_CARDS.csv", "card_number_masked"),
        ("FEEDBACK.csv", "feedback_id"),
        ("FEEDBACK.csv", "subject"),
    ],
    replaced: &[],
};

const SAMPLE: Plan = Plan {
    masked: &[
        ("customers.csv", &["customer_id", "first_name", "last_name", "email", "phone", "birth_date", "notes"]),
        ("accounts.csv", &["account_id", "customer_id"]),
        ("cards.csv", &["card_id", "account_id", "card_number", "holder", "contact_email"]),
        ("transactions.csv", &["account_id", "payer_email"]),
        ("branches.csv", &["manager", "manager_email"]),
    ],
    joins: &[
        ("accounts.csv", "customer_id", "customers.csv", "customer_id"),
        ("cards.csv", "account_id", "accounts.csv", "account_id"),
        ("transactions.csv", "account_id", "accounts.csv", "account_id"),
        ("cards.csv", "contact_email", "customers.csv", "email"),
        ("transactions.csv", "payer_email", "customers.csv", "email"),
        ("accounts.csv", "branch_id", "branches.csv", "branch_id"),
    ],
    gone: &[
        ("customers.csv", "email"),
        ("customers.csv", "phone"),
        ("customers.csv", "notes"),
        ("cards.csv", "card_number"),
        ("cards.csv", "holder"),
        ("cards.csv", "contact_email"),
        ("transactions.csv", "payer_email"),
        ("branches.csv", "manager"),
        ("branches.csv", "manager_email"),
    ],
    replaced: &[("customers.csv", "customer_id"), ("accounts.csv", "account_id"), ("cards.csv", "card_id")],
};

type Files = BTreeMap<String, Vec<u8>>;

/// A bank before and after.
struct Bank {
    plan: &'static Plan,
    source: Files,
    target: Files,
}

impl Bank {
    fn table(files: &Files, name: &str) -> Table {
        Table::parse(files.get(name).unwrap_or_else(|| panic!("no {name} among {:?}", files.keys())))
    }

    fn before(&self, name: &str) -> Table {
        Self::table(&self.source, name)
    }

    fn after(&self, name: &str) -> Table {
        Self::table(&self.target, name)
    }
}

fn csv_files(folder: &Path) -> Files {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    // The hidden list by which Loup knows its own folders is no table.
    let paths =
        entries.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|extension| extension == "csv"));
    paths.map(|p| (p.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&p).unwrap())).collect()
}

fn mask_sample(threads: &str) -> Files {
    let bench = Workbench::new();
    bench.copy_folder(&repository().join("sql"), "sql");
    bench.copy_folder(&repository().join("sql/data/bank"), "sql/data/bank");
    bench.loup(&["run", "sql/quickstart.sql", "--threads", threads]).succeeds();
    csv_files(&bench.path("masked/quickstart"))
}

fn mask_bank_txs(source: &Path, threads: &str) -> Files {
    let bench = Workbench::new();
    let (plan, source) = (repository().join("sql/bank_txs.sql"), format!("source={}", source.display()));
    bench
        .loup(&["run", plan.to_str().unwrap(), "--var", &source, "--var", "target=masked", "--threads", threads])
        .succeeds();
    csv_files(&bench.path("masked"))
}

/// Both banks masked on one thread; the second only where the outside data is.
fn banks() -> impl Iterator<Item = &'static Bank> {
    static SAMPLE_BANK: OnceLock<Bank> = OnceLock::new();
    static BANK_TXS_BANK: OnceLock<Option<Bank>> = OnceLock::new();
    let sample = SAMPLE_BANK.get_or_init(|| Bank {
        plan: &SAMPLE,
        source: csv_files(&repository().join("sql/data/bank")),
        target: mask_sample("1"),
    });
    let outside = BANK_TXS_BANK.get_or_init(|| {
        let folder = outside_data("csv/bank_txs")?;
        let source = csv_files(&folder)
            .into_iter()
            .filter(|(name, _)| BANK_TXS.masked.iter().any(|(file, _)| file == name))
            .collect();
        Some(Bank { plan: &BANK_TXS, source, target: mask_bank_txs(&folder, "1") })
    });
    std::iter::once(sample).chain(outside.as_ref())
}

#[test]
fn same_files_come_out_and_no_others() {
    for bank in banks() {
        assert_eq!(bank.source.keys().collect::<Vec<_>>(), bank.target.keys().collect::<Vec<_>>());
    }
}

#[test]
fn same_bytes_on_1_2_and_8_threads() {
    let outside = outside_data("csv/bank_txs");
    let mut banks = banks();
    let sample = banks.next().unwrap();
    for threads in ["2", "8"] {
        assert!(mask_sample(threads) == sample.target, "the sample differs between 1 and {threads} threads");
    }
    if let (Some(bank), Some(folder)) = (banks.next(), outside) {
        for threads in ["2", "8"] {
            assert!(mask_bank_txs(&folder, threads) == bank.target, "bank_txs differs between 1 and {threads} threads");
        }
    }
}

#[test]
fn untouched_cells_keep_their_bytes_in_their_rows() {
    for bank in banks() {
        for (file, masked) in bank.plan.masked {
            let (before, after) = (bank.before(file), bank.after(file));
            assert_eq!(before.header, after.header, "{file}");
            assert_eq!(before.rows.len(), after.rows.len(), "rows of {file}");
            for column in before.header.iter().filter(|c| !masked.contains(&c.as_str())) {
                let i = before.index(column);
                for (n, (old, new)) in before.rows.iter().zip(&after.rows).enumerate() {
                    assert!(old[i] == new[i], "{file}, row {}, column {column} changed", n + 1);
                }
            }
        }
    }
}

/// How two columns join: rows of the child that find a parent, orphans, NULLs, and how often each parent is met.
fn shape(child: &[Option<String>], parent: &[Option<String>]) -> (usize, usize, usize, Vec<usize>) {
    let mut met: BTreeMap<&str, usize> = parent.iter().flatten().map(|p| (p.as_str(), 0)).collect();
    let (mut matched, mut orphans, mut nulls) = (0, 0, 0);
    for value in child {
        match value.as_deref().map(|v| met.get_mut(v)) {
            Some(Some(count)) => (matched, *count) = (matched + 1, *count + 1),
            Some(None) => orphans += 1,
            None => nulls += 1,
        }
    }
    let mut counts: Vec<usize> = met.into_values().collect();
    counts.sort_unstable();
    (matched, orphans, nulls, counts)
}

#[test]
fn every_foreign_key_joins_with_the_same_counts() {
    for bank in banks() {
        for (child, key, parent, id) in bank.plan.joins {
            let before = shape(&bank.before(child).values(key), &bank.before(parent).values(id));
            let after = shape(&bank.after(child).values(key), &bank.after(parent).values(id));
            assert!(before.0 > 0, "{child}.{key} joins nothing: the test proves nothing");
            assert_eq!(before, after, "{child}.{key} -> {parent}.{id}");
        }
    }
}

#[test]
fn no_original_is_left_anywhere() {
    for bank in banks() {
        let mut originals = HashSet::new();
        for (file, column) in bank.plan.gone {
            originals.extend(bank.before(file).values(column).into_iter().flatten().filter(|v| v.len() >= 5));
        }
        assert!(originals.len() > 500, "too few originals to prove anything: {}", originals.len());
        for (file, bytes) in &bank.target {
            if let Some(at) = first_occurrence(&originals, bytes) {
                panic!("an original is left in {file} at byte {at}");
            }
        }
    }
}

/// Where one of the needles (5 bytes or longer) begins. A set of 5-byte prefixes keeps this near linear.
fn first_occurrence(needles: &HashSet<String>, haystack: &[u8]) -> Option<usize> {
    let prefixes: HashSet<&[u8]> = needles.iter().map(|n| &n.as_bytes()[..5]).collect();
    let lengths: HashSet<usize> = needles.iter().map(String::len).collect();
    let found = |at: usize| {
        prefixes.contains(&haystack[at..at + 5])
            && lengths.iter().any(|n| {
                haystack.get(at..at + n).and_then(|w| std::str::from_utf8(w).ok()).is_some_and(|w| needles.contains(w))
            })
    };
    (0..haystack.len().saturating_sub(4)).find(|at| found(*at))
}

#[test]
fn search_for_originals_finds_one() {
    let needles = HashSet::from(["ann@x.example".to_owned()]);
    assert_eq!(first_occurrence(&needles, b"a,\"to ann@x.example\"\n"), Some(6));
    assert_eq!(first_occurrence(&needles, b"a,ann@y.example\n"), None);
}

#[test]
fn ids_are_replaced_in_every_masked_column() {
    for bank in banks() {
        for (file, column) in bank.plan.replaced {
            let originals: HashSet<String> = bank.before(file).values(column).into_iter().flatten().collect();
            for (other, masked) in bank.plan.masked {
                let after = bank.after(other);
                for name in *masked {
                    let left = after.values(name).into_iter().flatten().filter(|v| originals.contains(v)).count();
                    assert_eq!(left, 0, "originals of {file}.{column} in {other}.{name}");
                }
            }
        }
    }
}

#[test]
fn no_name_stays_in_its_own_row() {
    for bank in banks() {
        let file = bank.plan.masked[0].0;
        let (before, after) = (bank.before(file), bank.after(file));
        let (first, last) = (before.values("first_name"), before.values("last_name"));
        for (i, row) in after.rows.iter().enumerate() {
            let text = String::from_utf8(row.join(&b',')).unwrap().to_lowercase();
            let fakes = [after.index("first_name"), after.index("last_name")];
            let others: Vec<_> =
                (0..row.len()).filter(|column| !fakes.contains(column)).map(|column| row[column].clone()).collect();
            let others = String::from_utf8(others.join(&b',')).unwrap().to_lowercase();
            let words: HashSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
            for name in [&first[i], &last[i]].into_iter().flatten() {
                let name = name.trim().to_lowercase();
                assert!(!words.contains(name.as_str()), "{file}: row {} still holds its own name as a word", i + 1);
                // Short names occur inside other words by chance, and Martin inside the fake Martinez; otherwise long ones
                // do not.
                assert!(
                    name.chars().count() < 5 || !others.contains(&name),
                    "{file}: row {} still holds its own name",
                    i + 1
                );
            }
        }
    }
}

#[test]
fn equal_names_get_equal_fakes_across_rows() {
    for bank in banks() {
        let file = bank.plan.masked[0].0;
        for column in ["first_name", "last_name"] {
            let mut fakes: BTreeMap<String, String> = BTreeMap::new();
            for (old, new) in bank.before(file).values(column).into_iter().zip(bank.after(file).values(column)) {
                let (old, new) = (old.unwrap().trim().to_owned(), new.unwrap());
                assert_eq!(fakes.entry(old).or_insert_with(|| new.clone()), &new, "{file}.{column}");
            }
            let distinct: HashSet<&String> = fakes.values().collect();
            assert!(
                distinct.len() * 2 > fakes.len(),
                "{file}.{column}: {} fakes for {} names",
                distinct.len(),
                fakes.len()
            );
        }
    }
}

/// Files large enough to be cut into ranges for the threads, with line breaks inside quotes at every possible cut.
#[test]
fn row_order_holds_when_a_file_is_read_in_ranges() {
    let bench = Workbench::new();
    let mut csv = String::from("id,email,memo\n");
    for i in 0..120_000 {
        writeln!(csv, "{i:06},user{i}@mail.example,\"line one, \"\"{i}\"\"\nline two\n\"").unwrap();
    }
    bench.write("big/events.csv", &csv);
    let mut outputs = Vec::new();
    for threads in ["1", "2", "8"] {
        let sql = format!(
            "ATTACH 'big' AS big; UPDATE big.events SET email = pseudo_email(email, 'user'); EXPORT DATABASE big TO 'out{threads}'"
        );
        bench.loup(&["-c", &sql, "--threads", threads]).succeeds();
        outputs.push(bench.read(&format!("out{threads}/events.csv")));
    }
    assert!(outputs[0] == outputs[1] && outputs[1] == outputs[2], "bytes differ between numbers of threads");
    let (before, after) = (Table::parse(csv.as_bytes()), Table::parse(&outputs[0]));
    assert_eq!(after.rows.len(), 120_000);
    for (old, new) in before.rows.iter().zip(&after.rows) {
        assert!(old[0] == new[0] && old[2] == new[2] && old[1] != new[1], "row {}", String::from_utf8_lossy(&old[0]));
    }
}
