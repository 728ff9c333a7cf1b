//! `loup functions [NAME] [--markdown]`: the functions, from the same table that plans calls.

use std::io::{self, Write};

use anyhow::Result;
use loup_functions::{Alias, Family, FunctionSpec, Parameter, Section, aliases};

use crate::args::FunctionsArgs;
use crate::failure::Usage;

/// Columns of a description; examples keep theirs, to be copied.
const WIDTH: usize = 100;

/// Lists all functions, describes one, or prints the reference.
pub(crate) fn run(arguments: &FunctionsArgs) -> Result<()> {
    let mut out = io::stdout().lock();
    match &arguments.name {
        _ if arguments.markdown => write!(out, "{}", loup_functions::to_markdown())?,
        Some(name) => match find(name)? {
            Found::Function(spec) => write!(out, "{}", description(spec))?,
            Found::Aliases(aliases) => write!(out, "{}", alias_description(&aliases))?,
        },
        None => write!(out, "{}{}", overview(loup_functions::catalog()), families())?,
    }
    Ok(())
}

/// What a name is.
#[derive(Debug)]
enum Found {
    Function(&'static FunctionSpec),
    /// Calls that another tool has under the name.
    Aliases(Vec<&'static Alias>),
}

fn find(name: &str) -> Result<Found> {
    let wanted = name.to_ascii_lowercase();
    let mut specs = loup_functions::catalog().iter();
    if let Some(spec) = specs.find(|spec| names(spec).any(|name| name == wanted)) {
        return Ok(Found::Function(spec));
    }
    let known: Vec<_> = aliases().iter().filter(|alias| alias.name() == wanted).collect();
    if !known.is_empty() {
        return Ok(Found::Aliases(known));
    }
    let near = loup_functions::catalog()
        .iter()
        .flat_map(|spec| names(spec))
        .chain(aliases().iter().map(Alias::name))
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

/// What other tools' names there are, a paragraph for each tool.
fn families() -> String {
    let mut text = String::new();
    for family in Family::ALL {
        let mut names: Vec<_> = aliases().iter().filter(|alias| alias.family == family).map(Alias::name).collect();
        names.sort_unstable();
        names.dedup();
        push_wrapped(&mut text, "", &format!("Names of {}: {}.", family.title(), names.join(", ")));
    }
    text
}

/// A name of another tool: what its calls stand for, and the functions that do the work.
fn alias_description(aliases: &[&Alias]) -> String {
    let mut text = String::new();
    for alias in aliases {
        push_wrapped(&mut text, "", &format!("{} stands for {}. {}", alias.form, alias.call, alias.note));
    }
    let mut targets: Vec<_> = aliases.iter().map(|alias| alias.target()).collect();
    targets.dedup();
    let summary = |name: &&str| aliases.iter().find(|alias| alias.target() == *name).map(|alias| alias.spec().summary);
    for target in &targets {
        push_wrapped(&mut text, "", &format!("\n{target}: {}", summary(target).unwrap_or_default()));
    }
    text
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
            let text = description(spec);
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(spec.parameters.iter().all(|parameter| words.contains(parameter.doc)), "{text}");
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
            for name in names(spec) {
                let found = find(&name.to_ascii_uppercase()).unwrap();
                assert!(matches!(found, Found::Function(found) if found.name == spec.name), "{name}");
            }
        }
        for alias in aliases() {
            let Found::Aliases(found) = find(&alias.name().to_ascii_uppercase()).unwrap() else {
                panic!("{} is a function", alias.name());
            };
            let text = alias_description(&found);
            assert!(text.contains(alias.target()) && families().contains(alias.name()), "{text}");
        }
    }

    #[test]
    fn a_typing_error_is_answered_with_the_near_name() {
        assert!(find("psuedo_int").unwrap_err().to_string().ends_with("did you mean pseudo_int?"));
        assert!(find("anon.partial_emial").unwrap_err().to_string().ends_with("did you mean anon.partial_email?"));
        assert!(find("zzzzzzzzzzzzzz").unwrap_err().to_string().ends_with("lists all"));
    }
}
