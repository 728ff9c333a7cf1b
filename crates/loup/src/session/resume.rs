//! What a statement's result depends on, so that a killed run can be resumed with what it had finished.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use loup_crypto::{KeyedDigest, frame, hex};
use sha3::{Digest, Sha3_256};

use super::Session;
use crate::run::Identity;
use crate::{Outcome, Result, Statement};

/// Separates these keys from any other use of the key; what goes into them is a version of its own.
const PURPOSE: &str = "resume/v1";

/// Files that statements read, and what else was carried out.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// By the names that they have when the run is published.
    files: BTreeMap<PathBuf, PathBuf>,
    /// Whether something was read whose later changes would not show.
    is_open: bool,
    /// Texts of all statements so far.
    texts: Sha3_256,
}

impl Session {
    /// Notes that a statement begins.
    pub(super) fn enter(&self, statement: &Statement) {
        let mut text = Vec::new();
        frame(&mut text, statement.text().as_bytes());
        self.inputs.lock().unwrap_or_else(PoisonError::into_inner).texts.update(&text);
        self.line.store(statement.line(), Ordering::Relaxed);
        if let Some(run) = self.under_way().as_mut() {
            run.enter();
        }
    }

    /// Notes that a statement of this line is carried out, which waited until now.
    pub(crate) fn enter_line(&self, line: u64) {
        self.line.store(line, Ordering::Relaxed);
    }

    /// Notes the files that a statement reads; `None` where later changes of what it reads would not show.
    pub(crate) fn reads(&self, files: Option<&[PathBuf]>) {
        let run = self.under_way();
        let mut inputs = self.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        inputs.is_open |= files.is_none();
        for file in files.unwrap_or_default() {
            let name = run.as_ref().and_then(|run| run.published_path(file)).unwrap_or_else(|| file.clone());
            inputs.files.insert(name, file.clone());
        }
    }

    /// Returns a keyed digest of all that the result of the statement under way depends on: the statements up to it, the
    /// script's variables, settings, keys and salts, the files read and the version; `None` where something cannot be told.
    pub(crate) fn statement_key(&self, plans: &[&LogicalPlan]) -> Result<Option<String>> {
        let active = self.keys.active();
        let inputs = self.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        if active.is_ephemeral() || inputs.is_open {
            return Ok(None);
        }
        for plan in plans {
            if !repeats(plan)? {
                return Ok(None);
            }
        }
        let mut content = Vec::new();
        let mut add = |text: &[u8]| frame(&mut content, text);
        add(env!("CARGO_PKG_VERSION").as_bytes());
        add(&inputs.texts.clone().finalize());
        add(&self.variables.len().to_le_bytes());
        for (name, value) in &self.variables {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        add(self.verify.name().as_bytes());
        {
            let bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
            add(bound.key.as_bytes());
            add(bound.locale.as_bytes());
        }
        add(&self.keys.keys().len().to_le_bytes());
        for key in self.keys.keys() {
            add(key.id().as_bytes());
            add(key.fingerprint().to_string().as_bytes());
        }
        add(&self.salts.as_ref().map_or(0, |salts| salts.names().len()).to_le_bytes());
        for name in self.salts.iter().flat_map(|salts| salts.names()) {
            add(name.as_bytes());
            // Tells two secrets of one name apart, and tells nothing else without the key.
            let mac = self.salts.as_ref().map(|salts| salts.hmac_sha256(name)).transpose()?;
            add(&mac.map(|mac| mac.mac(PURPOSE.as_bytes())).unwrap_or_default());
        }
        for (name, file) in &inputs.files {
            // A file that is gone cannot be told from its successor.
            let Ok(metadata) = fs::metadata(file) else { return Ok(None) };
            add(name.as_os_str().as_encoded_bytes());
            add(format!("{:?}", Identity::of(&metadata)).as_bytes());
        }
        let digest = KeyedDigest::new(&active.purpose_key(PURPOSE, "")).digest(&content);
        Ok(Some(hex(&digest)))
    }

    /// Takes over what a killed run wrote by the statement under way, if it is to be resumed and had finished it.
    pub(crate) fn resumed(&self, tag: &str, key: Option<&str>, target: &Path) -> Result<Option<Outcome>> {
        let resumed = match (key, self.under_way().as_mut()) {
            (Some(key), Some(run)) => run.resume(key, target)?,
            _ => None,
        };
        let Some((id, finished)) = resumed else { return Ok(None) };
        self.set_matches(&finished.changes);
        let notices = vec![format!("written already by run {id}, which was killed")];
        Ok(Some(Outcome::Done { tag: tag.to_owned(), rows: Some(finished.rows), notices }))
    }
}

/// Returns whether a plan gives the same rows in another process.
fn repeats(plan: &LogicalPlan) -> Result<bool> {
    let mut repeats = true;
    plan.apply_with_subqueries(|node| {
        let schema = node.inputs().first().map_or_else(|| node.schema(), |input| input.schema());
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                repeats &= !expr.is_volatile_node();
                if let Expr::ScalarFunction(ScalarFunction { func, args }) = expr {
                    let types = args.iter().map(|arg| arg.get_type(schema));
                    let types: Vec<_> = types.filter_map(std::result::Result::ok).collect();
                    let guarantee = loup_functions::guarantee(func, args, &types);
                    repeats &= guarantee.is_none_or(|guarantee| guarantee.deterministic);
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(repeats)
}
