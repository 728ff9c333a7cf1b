//! Reads a line of the table, and maps the arguments of a call by it.

use datafusion::common::{Result, ScalarValue, plan_datafusion_err};

use super::Alias;
use super::translate::Translation;
use crate::registry;
use crate::spec::{FunctionSpec, Kind, Literal};

/// A line of the table, taken apart.
#[derive(Debug)]
pub(crate) struct Form {
    pub(super) alias: &'static Alias,
    pub(super) parameters: Vec<AliasParameter>,
    pub(super) target: &'static FunctionSpec,
    terms: Vec<Term>,
}

/// A parameter of the other tool's call.
#[derive(Debug)]
pub(super) struct AliasParameter {
    pub(super) name: &'static str,
    /// The text that the argument must be, for this form to be meant.
    pub(super) selects: Option<&'static str>,
    pub(super) default: Option<Literal>,
}

/// What stands in a position of the call that the alias stands for.
#[derive(Debug, Clone, Copy)]
enum Term {
    Parameter(usize),
    Translated(Translation, usize),
    Literal(Literal),
    Seed,
}

/// What a position of the target's call gets.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Slot {
    /// The argument in this position.
    Given(usize),
    Literal(ScalarValue),
    /// Another value in every row.
    Seed,
}

impl Form {
    /// Takes a line apart; None where it is not written as the table's lines are.
    pub(super) fn read(alias: &'static Alias) -> Option<Self> {
        let parameters: Vec<AliasParameter> =
            arguments(alias.form)?.into_iter().map(parameter).collect::<Option<_>>()?;
        let name = alias.target();
        let target = registry::specs().find(|spec| spec.name == name)?;
        let position = |name: &str| parameters.iter().position(|parameter| parameter.name == name);
        let term = |text: &'static str| match text.split_once('(') {
            Some(("random", ")")) => Some(Term::Seed),
            Some((word, inner)) => {
                Some(Term::Translated(Translation::named(word)?, position(inner.strip_suffix(')')?)?))
            }
            None => position(text).map(Term::Parameter).or_else(|| literal(text).map(Term::Literal)),
        };
        let mut terms = Vec::new();
        for text in arguments(alias.call)? {
            let Some((name, text)) = text.split_once(" => ") else {
                terms.push(term(text)?);
                continue;
            };
            // What stands before an argument with a name is as the target's call leaves it out.
            let targets = target.parameters;
            let at = targets.iter().position(|parameter| parameter.name == name)?;
            let between = targets.get(terms.len()..at)?.iter().map(|parameter| parameter.default.map(Term::Literal));
            terms.extend(between.collect::<Option<Vec<_>>>()?);
            terms.push(term(text)?);
        }
        Some(Self { alias, parameters, target, terms })
    }

    /// Returns whether results have no seed.
    pub(super) fn is_random(&self) -> bool {
        self.terms.iter().any(|term| matches!(term, Term::Seed))
    }

    /// Returns whether an argument goes on as it is, in whatever position.
    pub(super) fn passes(&self, position: usize) -> bool {
        self.positions_of(position).next().is_some()
    }

    /// Returns whether an argument is a value that is masked, or read beside one.
    pub(super) fn is_value(&self, position: usize) -> bool {
        let kinds = self.positions_of(position).filter_map(|at| self.target.parameters.get(at));
        kinds.into_iter().any(|parameter| matches!(parameter.kind, Kind::Value(_) | Kind::Column(_)))
    }

    fn positions_of(&self, position: usize) -> impl Iterator<Item = usize> {
        let is_it = move |term: &Term| matches!(term, Term::Parameter(given) if *given == position);
        self.terms.iter().enumerate().filter(move |(_, term)| is_it(term)).map(|(at, _)| at)
    }

    /// Returns whether a call of so many arguments, with these literals, may have this form.
    pub(super) fn fits(&self, given: &[Option<ScalarValue>]) -> bool {
        let counted = given.len() <= self.parameters.len()
            && self.parameters[given.len()..].iter().all(|parameter| parameter.default.is_some());
        let mut selected = self.parameters.iter().zip(given);
        counted
            && selected.all(|(parameter, given)| match (parameter.selects, given) {
                (Some(text), Some(given)) => given.try_as_str().flatten() == Some(text),
                (Some(_), None) => false,
                (None, _) => true,
            })
    }

    /// Returns what the positions of the target's call get; None where an argument must be a literal and is not known to be
    /// one.
    pub(super) fn slots(&self, given: &[Option<ScalarValue>]) -> Result<Option<Vec<Slot>>> {
        if !self.fits(given) {
            return Ok(None);
        }
        let mut slots = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            let default = |position: usize| {
                let parameter = &self.parameters[position];
                let missing = || plan_datafusion_err!("{}: {} is missing", self.alias.name(), parameter.name);
                parameter.default.map(Literal::to_scalar).ok_or_else(missing)
            };
            slots.push(match *term {
                Term::Seed => Slot::Seed,
                Term::Literal(literal) => Slot::Literal(literal.to_scalar()),
                Term::Parameter(position) if position < given.len() => Slot::Given(position),
                Term::Parameter(position) => Slot::Literal(default(position)?),
                Term::Translated(translation, position) => {
                    let literal = match given.get(position) {
                        Some(Some(literal)) => literal.clone(),
                        Some(None) => return Ok(None),
                        None => default(position)?,
                    };
                    let place = format!("{}: {}", self.alias.name(), self.parameters[position].name);
                    Slot::Literal(translation.apply(&place, &literal)?)
                }
            });
        }
        Ok(Some(slots))
    }
}

/// Returns what stands between the commas of a call.
fn arguments(call: &'static str) -> Option<Vec<&'static str>> {
    let (_, inner) = call.split_once('(')?;
    let inner = inner.strip_suffix(')')?;
    let (mut parts, mut start, mut quoted, mut depth) = (Vec::new(), 0, false, 0);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth -= 1,
            b',' if !quoted && depth == 0 => {
                parts.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inner.trim().is_empty() {
        parts.push(inner[start..].trim());
    }
    Some(parts)
}

/// Reads `name`, `name = literal`, or the literal that selects a form.
fn parameter(text: &'static str) -> Option<AliasParameter> {
    let (name, default) = match text.split_once(" = ") {
        Some((name, default)) => (name, Some(literal(default)?)),
        None => (text, None),
    };
    let selects = name.strip_prefix('\'').and_then(|name| name.strip_suffix('\''));
    Some(AliasParameter { name: if selects.is_some() { "method" } else { name }, selects, default })
}

fn literal(text: &'static str) -> Option<Literal> {
    match text {
        "NULL" => Some(Literal::Null),
        "true" => Some(Literal::Boolean(true)),
        "false" => Some(Literal::Boolean(false)),
        _ => match text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
            Some(text) => Some(Literal::Text(text)),
            None if text.contains('.') => text.parse::<f64>().ok().map(|_| Literal::Number(text)),
            None => text.parse().ok().map(Literal::Integer),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aliases::{Family, forms};

    static PAD: Alias =
        Alias::new(Family::Anon, "pad('x', s, domain = 'a, b')", "hash_keyed(s, domain, length => 12)", "");

    fn text(text: &str) -> ScalarValue {
        ScalarValue::from(text)
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        for form in forms() {
            let terms = form.terms.len();
            let spec = form.target;
            assert!(terms >= spec.required() && spec.most().is_none_or(|most| terms <= most), "{}", form.alias.form);
            assert!(form.alias.note.is_empty() || form.alias.note.ends_with('.'), "{}", form.alias.form);
        }
    }

    #[test]
    fn arguments_go_where_the_line_says() {
        let form = Form::read(&PAD).expect("a line");
        let slots = form.slots(&[Some(text("x")), None]).expect("maps").expect("all literals are known");
        let literal = |text: &str| Slot::Literal(ScalarValue::from(text));
        assert_eq!(slots, [Slot::Given(1), literal("a, b"), literal("hex"), Slot::Literal(ScalarValue::from(12_i64))]);
        let slots =
            form.slots(&[Some(text("x")), None, Some(text("d"))]).expect("maps").expect("all literals are known");
        assert_eq!(slots[1], Slot::Given(2));
        assert!(form.is_value(1) && !form.is_value(2) && !form.is_value(0) && !form.passes(0));
    }

    #[test]
    fn a_call_of_another_form_does_not_fit() {
        let form = Form::read(&PAD).expect("a line");
        let x = || Some(text("x"));
        for given in [vec![Some(text("y")), None], vec![None, None], vec![x()], vec![x(), None, None, None]] {
            assert_eq!(form.slots(&given).expect("maps"), None);
        }
    }

    #[test]
    fn a_line_that_names_nothing_is_none() {
        static UNKNOWN: Alias = Alias::new(Family::Anon, "f(a)", "no_such_function(a)", "");
        static MISSING: Alias = Alias::new(Family::Anon, "f(a)", "redact(b)", "");
        static NAMED: Alias = Alias::new(Family::Anon, "f(a)", "hash_keyed(a, length => 12)", "");
        assert!([&UNKNOWN, &MISSING, &NAMED].into_iter().all(|alias| Form::read(alias).is_none()));
    }
}
