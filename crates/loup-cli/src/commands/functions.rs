//! `loup functions [NAME] [--markdown]`: the functions, from the same table that plans calls.

use std::io::{self, Write};

use anyhow::Result;
use loup_functions::{FunctionSpec, Parameter, Section};

use crate::args::FunctionsArgs;
use crate::failure::Usage;

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
    let hint = near.map_or_else(
        || "loup functions lists all".to_owned(),
        |(_, name)| format!("did you mean {name}?"),
    );
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
        lines.extend(
            specs
                .iter()
                .map(|spec| format!("  {:width$}  {}", spec.name, spec.summary)),
        );
        lines.push(String::new());
    }
    lines.push("loup functions NAME describes one; loup functions --markdown prints the reference.".to_owned());
    lines.join("\n") + "\n"
}

/// One function: form, arguments, notes, examples.
fn description(spec: &FunctionSpec) -> String {
    let mut lines = vec![spec.syntax(), String::new(), format!("  {}", spec.summary)];
    lines.extend(spec.notes.iter().map(|note| format!("  {note}")));
    if !spec.aliases.is_empty() {
        lines.push(format!("  Also named {}.", spec.aliases.join(", ")));
    }
    lines.extend([String::new(), "Arguments".to_owned()]);
    let width = spec
        .parameters
        .iter()
        .map(|parameter| parameter.name.len())
        .max()
        .unwrap_or(0);
    lines.extend(spec.parameters.iter().map(|parameter| argument(parameter, width)));
    lines.extend([String::new(), "Returns".to_owned(), format!("  {}", spec.result)]);
    if !spec.examples.is_empty() {
        lines.extend([String::new(), "Examples".to_owned()]);
        for example in spec.examples {
            lines.extend([format!("  {}", example.sql), format!("    {}", example.output)]);
        }
    }
    lines.join("\n") + "\n"
}

fn argument(parameter: &Parameter, width: usize) -> String {
    let default = parameter
        .default
        .map(|default| format!(" Default {default}."))
        .unwrap_or_default();
    format!(
        "  {:width$}  {} ({}){default}",
        parameter.name, parameter.doc, parameter.kind
    )
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
            assert!(
                spec.parameters.iter().all(|parameter| text.contains(parameter.doc)),
                "{text}"
            );
        }
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
        assert!(
            find("psuedo_int")
                .unwrap_err()
                .to_string()
                .ends_with("did you mean pseudo_int?")
        );
        assert!(find("zzzzzzzzzzzzzz").unwrap_err().to_string().ends_with("lists all"));
    }
}
