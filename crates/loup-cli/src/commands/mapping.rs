//! `loup mapping show|import|export|restore`: looks after mappings; what they hold is shown only where it is asked for.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use loup_crypto::{KeyRing, PurposeKey};
use loup_mapping::legacy::{self, LegacyFormat};
use loup_mapping::{Error, Kind, Mapping, MappingOptions};
use zeroize::Zeroizing;

use super::recover;
use crate::args::{Content, ExportArgs, ImportArgs, MappingCommand, Options, RestoreArgs, ShowArgs};
use crate::console::Console;
use crate::failure::Usage;
use crate::keys;

/// How long another process that writes the mapping is waited for.
const WAIT: Duration = Duration::from_mins(1);

/// Runs one of the mapping commands, killed runs ended first: they may have to do with the mapping.
pub(crate) fn run(command: &MappingCommand, options: &Options) -> Result<()> {
    let console = Console::new(options.quiet);
    recover::recover_alone(console)?;
    let ring = keys::load(options.key_file.as_deref(), options.passphrase_file.as_deref())?;
    match command {
        MappingCommand::Show(arguments) => show(arguments, &ring),
        MappingCommand::Import(arguments) => import(arguments, &ring),
        MappingCommand::Export(arguments) => export(arguments, &ring, console),
        MappingCommand::Restore(arguments) => restore(arguments, &ring),
    }
}

fn show(arguments: &ShowArgs, ring: &KeyRing) -> Result<()> {
    let mapping = Mapping::open(&arguments.folder, ring).map_err(loup::Error::from)?;
    let mut out = io::stdout().lock();
    writeln!(out, "entries   {}", mapping.len())?;
    writeln!(out, "version   {}", mapping.sequence())?;
    writeln!(out, "key       {} (fingerprint {})", mapping.key_id(), mapping.fingerprint())?;
    writeln!(out, "options   {}", mapping.options())?;
    writeln!(out, "memory    {} MB when open", mapping.memory_size() / 1_000_000)?;
    Ok(())
}

fn import(arguments: &ImportArgs, ring: &KeyRing) -> Result<()> {
    let ImportArgs { file, into, file_key, content, options } = arguments;
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let pairs = legacy::read(&bytes, format(*content, file), &key(file_key)?).map_err(loup::Error::from)?;
    let mapping = match Mapping::open(into, ring) {
        Err(Error::NotAMapping { .. }) => Mapping::create(into, new_options(options)?, &ring.active()),
        _ if !options.is_empty() => {
            let text = format!("--option is for a new mapping, and {} is one already", into.display());
            return Err(Usage::new(text).into());
        }
        other => other,
    };
    let mut writer = mapping.and_then(|mapping| mapping.writer(WAIT)).map_err(loup::Error::from)?;
    let done = writer.import(&pairs).map_err(loup::Error::from)?;
    let mapping = writer.stage().and_then(loup_mapping::Staged::commit).map_err(loup::Error::from)?;
    writeln!(io::stdout().lock(), "{} new, {} known; {} entries", done.new, done.known, mapping.len())?;
    Ok(())
}

fn export(arguments: &ExportArgs, ring: &KeyRing, console: Console) -> Result<()> {
    let ExportArgs { folder, to, file_key, content, .. } = arguments;
    let inside = |path: &Path| Some(fs::canonicalize(path.parent()?).ok()?.starts_with(fs::canonicalize(folder).ok()?));
    if std::path::absolute(to).is_ok_and(|path| inside(&path) == Some(true)) {
        return Err(loup::Error::Refused(format!("{}: lies inside the mapping", to.display())).into());
    }
    let mapping = Mapping::open(folder, ring).map_err(loup::Error::from)?;
    let mut bytes = Zeroizing::new(Vec::new());
    if let Some(file_key) = file_key {
        let sealed = mapping.export_legacy(format(*content, to), &key(file_key)?);
        *bytes = sealed.map_err(loup::Error::from)?;
    } else {
        mapping.export_plaintext_csv(&mut *bytes).map_err(loup::Error::from)?;
        console.notice(&format!("{} undoes every pseudonym for whoever reads it", to.display()));
    }
    legacy::save(to, &bytes).map_err(loup::Error::from)?;
    writeln!(io::stdout().lock(), "{} entries in {}", mapping.len(), to.display())?;
    Ok(())
}

fn restore(arguments: &RestoreArgs, ring: &KeyRing) -> Result<()> {
    let restored =
        Mapping::open(&arguments.folder, ring).and_then(|mapping| mapping.writer(WAIT)).and_then(|mut writer| {
            let before = writer.mapping().len();
            writer.restore_previous(ring)?;
            Ok((before, writer.stage()?.commit()?.len()))
        });
    let (before, now) = restored.map_err(loup::Error::from)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{now} entries; the version left had {before}")?;
    if now < before {
        writeln!(out, "Outputs made with the entries that are gone no longer agree with the mapping.")?;
    }
    Ok(())
}

fn new_options(given: &[String]) -> Result<MappingOptions> {
    if given.is_empty() {
        return Ok(MappingOptions::new(Kind::RandomString));
    }
    let pair = |text: &'_ String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let pairs: Option<Vec<_>> = given.iter().map(pair).collect();
    let pairs = pairs.ok_or_else(|| Usage::new("--option: expected NAME=VALUE"))?;
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(MappingOptions::parse(pairs).map_err(|error| Usage::new(format!("--option: {error}")))?)
}

fn format(content: Option<Content>, file: &Path) -> LegacyFormat {
    let is = |path: &Path, end: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(end));
    let inner = if is(file, "enc") { file.with_extension("") } else { file.to_owned() };
    match content {
        Some(Content::Json) => LegacyFormat::Json,
        None if is(&inner, "json") => LegacyFormat::Json,
        Some(Content::Csv) | None => LegacyFormat::Csv,
    }
}

fn key(file: &Path) -> Result<PurposeKey> {
    let text = fs::read_to_string(file).map(Zeroizing::new);
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    legacy::key_from_hex(&text).map_err(loup::Error::from).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_follows_the_name_unless_it_is_said() {
        assert_eq!(format(None, Path::new("a/id_mapping.json.enc")), LegacyFormat::Json);
        assert_eq!(format(None, Path::new("id_mapping.csv.enc")), LegacyFormat::Csv);
        assert_eq!(format(Some(Content::Json), Path::new("x.csv.enc")), LegacyFormat::Json);
    }

    #[test]
    fn options_are_pairs() {
        assert_eq!(new_options(&[]).unwrap().kind, Kind::RandomString);
        let options = new_options(&["kind=sequential".to_owned(), "start=7".to_owned()]).unwrap();
        assert_eq!((options.kind, options.start), (Kind::Sequential, Some(7)));
        assert!(new_options(&["kind".to_owned()]).is_err() && new_options(&["kind=x".to_owned()]).is_err());
    }
}
