//! `loup batch` and `loup mask`: write a plan from what they are given, and run it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result};
use loup_import::{BatchConfig, BatchOptions, BatchPlan, OnCollision, PlainMapping};
use tokio::runtime;

use super::with_session;
use crate::args::{BatchArgs, MaskArgs, MaskingArgs, Options};
use crate::failure::Usage;
use crate::interrupt::stoppable;
use crate::script::{Origin, Rows, Runner};
use crate::settings::{Collision, Format};

/// A batch and what the command line says of it.
struct Job<'a> {
    config: BatchConfig,
    /// The batch's own file.
    source: Option<&'a Path>,
    /// What messages call the plan.
    title: String,
    plan: BatchPlan,
    masking: &'a MaskingArgs,
    format: Format,
}

/// Masks the files of a JSON list.
pub(crate) fn run_batch(arguments: &BatchArgs, options: &Options) -> Result<()> {
    let path = &arguments.batch_config;
    let config = BatchConfig::read(path).map_err(of_import)?;
    let name = path.display();
    let wishes = wishes(&arguments.masking, format!("loup batch from {name}"), None);
    let plan = write(&config, &wishes)?;
    let (title, masking, format) = (format!("plan of {name}"), &arguments.masking, options.format);
    run(&Job { config, source: Some(path), title, plan, masking, format }, options)
}

/// Masks one file.
pub(crate) fn run_mask(arguments: &MaskArgs, options: &Options) -> Result<()> {
    let MaskArgs { input, output, sql, masking } = arguments;
    let config = BatchConfig::single(input, output);
    let plan = write(&config, &wishes(masking, format!("loup mask for {input}"), sql.clone()))?;
    run(
        &Job { config, source: None, title: format!("plan of {input}"), plan, masking, format: options.format },
        options,
    )
}

fn wishes(masking: &MaskingArgs, origin: String, updates: Option<String>) -> BatchOptions {
    BatchOptions {
        origin,
        id_columns: masking.id_columns.clone(),
        sample: masking.sample,
        on_collision: match masking.on_collision {
            Collision::Warn => OnCollision::Warn,
            Collision::Fail => OnCollision::Fail,
        },
        mapping: masking.save_mappings.clone(),
        updates,
    }
}

/// Writes the plan, for which no key is needed.
fn write(config: &BatchConfig, wishes: &BatchOptions) -> Result<BatchPlan> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().context("cannot start a thread")?;
    runtime.block_on(BatchPlan::write(config, wishes)).map_err(of_import)
}

fn run(job: &Job<'_>, options: &Options) -> Result<()> {
    if job.masking.print_sql {
        return Ok(io::stdout().lock().write_all(job.plan.sql().as_bytes())?);
    }
    if let Some(path) = &job.masking.plain_mappings
        && job.plan.pairs().is_none()
    {
        return Err(Usage::new(format!("--plain-mappings {}: no file has an id column", path.display())).into());
    }
    with_session(options, false, |runtime, runner| runtime.block_on(stoppable(job.run(runner))))
}

impl Job<'_> {
    async fn run(&self, runner: &mut Runner) -> Result<()> {
        for notice in self.plan.notices() {
            runner.console.notice(notice);
        }
        let plain = self.masking.plain_mappings.as_deref().map(PlainMapping::claim).transpose().map_err(of_import)?;
        let outputs = self.config.files.iter().map(|file| &file.output).chain(&self.masking.save_mappings);
        let folders = NewFolders::above(outputs);
        let mut results = Vec::new();
        let rows = match self.format {
            Format::Table => Rows::Kept(&mut results),
            Format::Csv | Format::Json => Rows::Printed,
        };
        let staged = runner.stage(self.plan.sql(), Origin::file(&self.title), rows).await;
        let ended = match staged {
            Ok(()) => match self.end(runner, plain).await {
                Ok(()) => Ok(()),
                Err(error) => {
                    runner.session.discard().await;
                    Err(error)
                }
            },
            Err(error) => Err(self.placed(error)),
        };
        if ended.is_err() || self.masking.dry_run {
            folders.remove_empty();
        }
        ended?;
        if self.format == Format::Table {
            let report = self.plan.report(&results).map_err(of_import)?;
            let lines =
                if self.config.files.len() > 1 { report.lines() } else { Vec::from_iter(report.collision_line()) };
            let mut out = io::stdout().lock();
            for line in lines {
                writeln!(out, "{line}")?;
            }
        }
        self.tell_what_to_hide(runner);
        Ok(())
    }

    /// Publishes what was staged, or ends the dry run.
    async fn end(&self, runner: &mut Runner, plain: Option<PlainMapping>) -> Result<()> {
        let plain = match (plain, self.plan.pairs()) {
            (Some(plain), Some(pairs)) => Some(plain.write(&runner.query(&pairs).await?).map_err(of_import)?),
            _ => None,
        };
        if self.masking.dry_run {
            for notice in runner.session.end_dry_run().await? {
                runner.console.notice(&notice);
            }
            runner.console.notice("dry run: all checks passed, and nothing was written");
            return Ok(());
        }
        runner.publish().await?;
        match plain {
            Some(plain) => plain.publish().map_err(of_import),
            None => Ok(()),
        }
    }

    /// Adds the place of the cell for which a check failed.
    fn placed(&self, error: Error) -> Error {
        let message = error.chain().find_map(|cause| match cause.downcast_ref::<loup::Error>() {
            Some(loup::Error::Assertion(message)) => Some(message),
            _ => None,
        });
        match message.and_then(|message| self.plan.place_of(message)) {
            Some(place) => error.context(place),
            None => error,
        }
    }

    /// Names the files that lead from pseudonyms back to ids, as lines for ignore files.
    fn tell_what_to_hide(&self, runner: &Runner) {
        let MaskingArgs { save_mappings, plain_mappings, dry_run, .. } = self.masking;
        if *dry_run || save_mappings.is_none() && plain_mappings.is_none() {
            return;
        }
        if let Some(path) = plain_mappings {
            let name = path.display();
            runner
                .console
                .notice(&format!("{name} holds ids and pseudonyms in clear text: whoever reads it undoes the mask"));
        }
        runner.console.notice("keep mappings offline; lines for .gitignore and other ignore files:");
        let mut lines = vec!["*mappings*.json".to_owned(), "batch_config.json".to_owned()];
        let own = save_mappings.iter().map(|folder| format!("{}/", folder.trim_end_matches('/')));
        let files = plain_mappings.as_deref().into_iter().chain(self.source).map(|path| path.display().to_string());
        for line in own.chain(files) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        for line in lines {
            runner.console.detail(&line);
        }
    }
}

/// Folders of targets that are not there yet: staging makes them, and a run that writes nothing must not leave them.
struct NewFolders(Vec<PathBuf>);

impl NewFolders {
    fn above<'a>(targets: impl Iterator<Item = &'a String>) -> Self {
        let mut missing = Vec::new();
        for target in targets {
            let above = Path::new(target).ancestors().skip(1);
            let new = above.take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
            missing.extend(new.map(Path::to_path_buf));
        }
        missing.sort();
        missing.dedup();
        Self(missing)
    }

    /// Removes those that are empty, the deepest first.
    fn remove_empty(&self) {
        for folder in self.0.iter().rev() {
            // One that is not empty, or never was made, stays as it is.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

fn of_import(error: loup_import::Error) -> Error {
    match error {
        loup_import::Error::Session(error) => error.into(),
        other => Usage::new(other.to_string()).into(),
    }
}
