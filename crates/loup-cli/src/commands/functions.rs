//! `loup functions [NAME] [--markdown]`: the functions, from the same table that plans calls.

use std::io::{self, Write};

use anyhow::Result;
use loup_functions::{FunctionSpec, Parameter, Section};

use crate::args::FunctionsArgs;
use crate::failure::Usage;

/// Columns of a description; examples keep theirs, to be copied.
const WIDTH: usize = 100;

/// Lists all functions, describes one, or prints the reference.
pub(crate) fn run(arguments: &FunctionsArgs) -> Result<()> {
    let mut out = io::stdout().lock();
    match &arguments.name {
        _ if arguments.markdown => write!(out, "{}", loup_functions::to_markdown())?,
        Some(name) => write!(out, "{}", description(find(name)?))?,
        None => write!(out, "{}", overview(loup_functions::catalog()))?,
    }
    Ok(())
}

fn find(name: &str) -> Result<&'static FunctionSpec> {
    let wanted = name.to_ascii_lowercase();
    let mut specs = loup_functions::catalog().iter();
    if let Some(spec) = specs.find(|spec| names(spec).any(|name| name == wanted)) {
        return Ok(spec);
    }
    let near = loup_functions::catalog()
        .iter()
        .flat_map(|spec| names(spec))
        .map(|name| (strsim::damerau_levenshtein(name, &wanted), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min();
    let hint = near.map_or_else(|| "loup functions lists all".to_owned(), |(_, name)| format!("did you mean {name}?"));
    Err(Usage::new(format!("no function '{name}'; {hint}")).into())
}

fn names(spec: &'static FunctionSpec) -> impl Iterator<Item = &'static str> {
    std::iter::once(spec.name).chain(spec.aliases.iter().copied())
}

/// All functions by section, one line each.
fn overview(catalog: &[&FunctionSpec]) -> String {
    let width = catalog.iter().map(|spec| spec.name.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for section in Section::ALL {
        let mut specs: Vec<_> = catalog.iter().filter(|spec| spec.section == section).collect();
        if specs.is_empty() {
            continue;
        }
        specs.sort_by_key(|spec| spec.name);
        lines.push(format!("{}. {}", section.title(), section.about()));
        lines.extend(specs.iter().map(|spec| format!("  {:width$}  {}", spec.name, spec.summary)));
        lines.push(String::new());
    }
    lines.push("loup functions NAME describes one; loup functions --markdown prints the reference.".to_owned());
    lines.join("\n") + "\n"
}

/// One function: form, arguments, notes, examples.
fn description(spec: &FunctionSpec) -> String {
    let mut text = spec.syntax() + "\n\n";
    push_wrapped(&mut text, "  ", spec.summary);
    for note in spec.notes {
        push_wrapped(&mut text, "  ", note);
    }
    if !spec.aliases.is_empty() {
        push_wrapped(&mut text, "  ", &format!("Also named {}.", spec.aliases.join(", ")));
    }
    text.push_str("\nArguments\n");
    let width = spec.parameters.iter().map(|parameter| parameter.name.len()).max();
    for parameter in spec.parameters {
        push_wrapped(&mut text, &format!("  {:1$}  ", parameter.name, width.unwrap_or(0)), &argument(parameter));
    }
    text.push_str("\nReturns\n");
    push_wrapped(&mut text, "  ", spec.result);
    if !spec.examples.is_empty() {
        text.push_str("\nExamples\n");
    }
    for example in spec.examples {
        text.extend(["  ", example.sql, "\n    ", example.output, "\n"]);
    }
    text
}

fn argument(parameter: &Parameter) -> String {
    match parameter.default {
        Some(default) => format!("{} ({}; default {default})", parameter.doc, parameter.kind),
        None => format!("{} ({})", parameter.doc, parameter.kind),
    }
}

/// Appends a paragraph of at most `WIDTH` columns: `lead` before its first line, as many blanks before the others.
fn push_wrapped(text: &mut String, lead: &str, paragraph: &str) {
    let mut line = lead.to_owned();
    let mut empty = true;
    for word in paragraph.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = " ".repeat(lead.chars().count());
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    text.push_str(&line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_listed_and_described() {
        let all = overview(loup_functions::catalog());
        for spec in loup_functions::catalog() {
            assert!(all.contains(&format!("  {} ", spec.name)), "{}", spec.name);
            // Long lines are wrapped.
            let text = description(spec).split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(spec.parameters.iter().all(|parameter| text.contains(parameter.doc)), "{text}");
        }
    }

    #[test]
    fn paragraphs_are_wrapped_without_losing_words() {
        let words = (0..60).map(|n| format!("wörd{n}")).collect::<Vec<_>>();
        let mut text = String::new();
        push_wrapped(&mut text, "  name  ", &words.join(" "));
        assert!(text.lines().count() > 3 && text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(
            text.starts_with("  name  wörd0 ") && text.lines().skip(1).all(|line| line.starts_with("        wörd"))
        );
        assert_eq!(text.split_whitespace().skip(1).collect::<Vec<_>>(), words);
        push_wrapped(&mut text, "  empty", "");
        assert!(text.ends_with("  empty\n"));
    }

    #[test]
    fn functions_are_found_in_any_case_and_by_alias() {
        for spec in loup_functions::catalog() {
            assert_eq!(find(&spec.name.to_ascii_uppercase()).unwrap().name, spec.name);
            assert!(spec.aliases.iter().all(|alias| find(alias).unwrap().name == spec.name));
        }
    }

    #[test]
    fn a_typing_error_is_answered_with_the_near_name() {
        assert!(find("psuedo_int").unwrap_err().to_string().ends_with("did you mean pseudo_int?"));
        assert!(find("zzzzzzzzzzzzzz").unwrap_err().to_string().ends_with("lists all"));
    }
}
