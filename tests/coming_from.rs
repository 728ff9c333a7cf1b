//! The pages `docs/coming-from-*.md`: their SQL runs, and gives what stands in comments right below each statement.
//!
//! `-- a | b` is a row, `-- error: text` a refusal that holds the text. A statement without comments only has to run.
//! `UPDATE_EXPECT=1` writes the rows into the pages; read the diff. Blocks are run one after the other, by one session a page.

use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::physical_plan::common::collect;
use loup::{Outcome, Session};
use loup_crypto::{KeyRing, Salts};

use crate::workbench::{KEY, repository};

const SALTS: &str = r#"{"customer": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}"#;

/// A statement of a page, as it stands there, and the lines of what it gives.
struct Step {
    sql: String,
    expected: Vec<String>,
}

#[tokio::test]
async fn the_sql_of_the_pages_runs_and_gives_what_they_say() {
    let mut pages: Vec<_> = std::fs::read_dir(repository().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| is_page(&path.file_name().unwrap().to_string_lossy()))
        .collect();
    pages.sort();
    assert!(!pages.is_empty(), "{pages:?}");
    for path in pages {
        let page = std::fs::read_to_string(&path).unwrap();
        let (written, wrong) = check(&page).await;
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, written).unwrap();
        } else {
            assert!(wrong.is_empty(), "{}\n{}", path.display(), wrong.join("\n"));
        }
    }
}

/// The page of the batch masker is about a command and files of the reader's own.
fn is_page(name: &str) -> bool {
    name.starts_with("coming-from-") && name != "coming-from-batch.md"
}

fn session() -> Session {
    let salts = Salts::from_json(SALTS.as_bytes()).unwrap();
    let builder = Session::builder().key_ring(KeyRing::from_base64(KEY).unwrap()).salts(salts).threads(2);
    builder.variable("repository", repository().to_string_lossy()).build().unwrap()
}

/// Runs the blocks of a page; returns the page with what they gave, and what is not as it says.
async fn check(page: &str) -> (String, Vec<String>) {
    let session = session();
    let (mut written, mut wrong) = (String::new(), Vec::new());
    for (number, part) in page.split("```").enumerate() {
        if number > 0 {
            written.push_str("```");
        }
        // A block that needs files of the reader's own says so on its first line.
        let block = part.strip_prefix("sql\n").filter(|_| number % 2 == 1);
        let Some(block) = block.filter(|block| !block.starts_with("-- not run")) else {
            written.push_str(part);
            continue;
        };
        written.push_str("sql\n");
        for Step { sql, expected } in steps(block) {
            written.push_str(&sql);
            let got = run(&session, &sql).await;
            if let [Some(text)] = expected.iter().map(|line| line.strip_prefix("error: ")).collect::<Vec<_>>()[..]
                && let Err(message) = &got
                && message.contains(text)
            {
                written.extend(["-- ", expected[0].as_str(), "\n"]);
                continue;
            }
            match &got {
                Ok(rows) if expected.is_empty() || *rows == expected => {}
                Ok(rows) => wrong.push(format!("{sql}  says {expected:?}\n  gives {rows:?}")),
                Err(message) => wrong.push(format!("{sql}  says {expected:?}\n  fails: {message}")),
            }
            let rows = if expected.is_empty() { Vec::new() } else { got.unwrap_or_else(|error| vec![error]) };
            written.extend(rows.iter().flat_map(|row| ["-- ", row.as_str(), "\n"]));
        }
    }
    (written, wrong)
}

/// Splits a block after the lines that end in `;`.
fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut sql, mut is_after) = (String::new(), false);
    for line in block.split_inclusive('\n') {
        match (line.strip_prefix("-- "), steps.last_mut()) {
            (Some(row), Some(step)) if is_after => step.expected.push(row.trim_end().to_owned()),
            _ => {
                is_after = false;
                sql.push_str(line);
                if line.trim_end().ends_with(';') {
                    steps.push(Step { sql: std::mem::take(&mut sql), expected: Vec::new() });
                    is_after = true;
                }
            }
        }
    }
    if !sql.is_empty() {
        steps.push(Step { sql, expected: Vec::new() });
    }
    steps
}

/// Runs a statement; returns its rows as text, cells with bars between.
async fn run(session: &Session, sql: &str) -> Result<Vec<String>, String> {
    if sql.trim().is_empty() {
        return Ok(Vec::new());
    }
    let outcome = session.run(sql).await.map_err(|error| error.to_string())?.pop();
    let Some(Outcome::Rows(stream)) = outcome else { return Ok(Vec::new()) };
    let batches = collect(stream).await.map_err(|error| error.to_string())?;
    let options = FormatOptions::default().with_null("NULL");
    let mut rows = Vec::new();
    for batch in &batches {
        let columns: Vec<_> = batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
        let cells =
            |row: usize| columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join(" | ");
        rows.extend((0..batch.num_rows()).map(cells));
    }
    Ok(rows)
}

#[test]
fn a_page_that_says_what_is_not_so_is_found() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let page = "# x\n```sql\nSELECT 1 AS a, 'b' AS b;\n-- 1 | c\nSELECT nothing;\n-- error: nothing\n```\nend\n";
    let (written, wrong) = runtime.block_on(check(page));
    assert_eq!(written, page.replace("1 | c", "1 | b"));
    assert_eq!(wrong.len(), 1);
}
