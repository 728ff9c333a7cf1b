//! Every plan in `sql/` runs, so that none of them rots.

use std::path::Path;

use crate::workbench::{Workbench, outside_data, repository};

#[test]
fn every_plan_runs() {
    let folder = repository().join("sql");
    let mut plans: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| has_extension(name, "sql"))
        .collect();
    plans.sort();
    assert!(plans.contains(&"quickstart.sql".to_owned()), "{plans:?}");
    for plan in plans {
        let bench = Workbench::new();
        bench.copy_folder(&folder, "sql");
        bench.copy_folder(&folder.join("data/bank"), "sql/data/bank");
        let (path, text) = (format!("sql/{plan}"), bench.read_text(&format!("sql/{plan}")));
        let mut args = vec!["run".to_owned(), path];
        if text.contains("${source}") {
            let Some(source) = outside_data(&format!("csv/{}", plan.trim_end_matches(".sql"))) else {
                continue;
            };
            args.extend([
                "--var".into(),
                format!("source={}", source.display()),
                "--var".into(),
                "target=masked/out".into(),
            ]);
        }
        let run = bench.loup(&args.iter().map(String::as_str).collect::<Vec<_>>()).succeeds();
        let written = bench.listing().iter().filter(|f| f.starts_with("masked/") && has_extension(f, "csv")).count();
        assert!(written >= 5, "{plan} wrote {written} files: {run:?}");
    }
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e == extension)
}

#[test]
fn the_quickstart_runs_twice_and_shows_its_checks() {
    let bench = Workbench::new();
    bench.copy_folder(&repository().join("sql"), "sql");
    bench.copy_folder(&repository().join("sql/data/bank"), "sql/data/bank");
    let first = bench.loup(&["run", "sql/quickstart.sql"]).succeeds();
    let customers = bench.read("masked/quickstart/customers.csv");
    let second = bench.loup(&["run", "sql/quickstart.sql"]).succeeds();
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(customers, bench.read("masked/quickstart/customers.csv"));
    assert!(first.stdout.contains("customer_id") && first.stdout.contains("00123"), "before: {}", first.stdout);
    assert!(first.stderr.contains("masked/quickstart"), "the run names the folder it wrote: {}", first.stderr);
}

#[test]
fn the_readme_shows_the_commands_that_ci_runs() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let block = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let commands: Vec<&str> = block.lines().filter(|line| line.starts_with("cargo ")).collect();
    assert_eq!(commands, ["cargo run --release -- run sql/quickstart.sql", "cargo test --workspace"]);
}
