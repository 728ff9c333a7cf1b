//! Ids and pseudonyms in clear text, for those who asked for it: a JSON file that only its owner may read.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use tempfile::NamedTempFile;

use crate::{Error, Result};

const NOTE: &str = "CONFIDENTIAL: leads from pseudonyms back to ids. Keep it offline and out of version control.";

/// A plain mapping file on its way: private from its first byte, in its place only when the run is published.
#[derive(Debug)]
pub struct PlainMapping {
    path: PathBuf,
    file: NamedTempFile,
}

impl PlainMapping {
    /// Prepares the file at `path`.
    ///
    /// # Errors
    /// Returns an error where something is there already, or its folder cannot be written.
    pub fn claim(path: &Path) -> Result<Self> {
        if path.symlink_metadata().is_ok() {
            return Err(exists(path));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Mode 0600, as all temporary files of this kind.
        let file = NamedTempFile::new_in(folder).map_err(|error| problem(path, &error))?;
        Ok(Self { path: path.to_path_buf(), file })
    }

    /// Writes pairs of an id and its pseudonym.
    ///
    /// # Errors
    /// Returns an error where the rows are no pairs of texts or the file cannot be written.
    pub fn write(mut self, pairs: &[RecordBatch]) -> Result<Self> {
        write_json(self.file.as_file_mut(), pairs).map_err(|error| problem(&self.path, &error))?;
        Ok(self)
    }

    /// Puts the file in its place, which must still be free.
    ///
    /// # Errors
    /// Returns an error where it is not, or the file cannot be renamed.
    pub fn publish(self) -> Result<()> {
        let Self { path, file } = self;
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(&path)),
            Err(error) => Err(problem(&path, &error.error)),
        }
    }
}

fn write_json(file: &mut std::fs::File, pairs: &[RecordBatch]) -> std::io::Result<()> {
    let mut out = BufWriter::new(&mut *file);
    let created = DateTime::<Utc>::from(SystemTime::now()).to_rfc3339_opts(SecondsFormat::Secs, true);
    write!(out, "{{\n  \"note\": {},\n  \"created\": {},\n  \"job_ids\": {{", json(NOTE), json(&created))?;
    let mut separator = "";
    for batch in pairs {
        let text = |column: usize| cast(batch.column(column), &DataType::Utf8).map_err(std::io::Error::other);
        let (originals, pseudonyms) = (text(0)?, text(1)?);
        for row in 0..batch.num_rows() {
            let value = |texts: &dyn Array| json(texts.as_string::<i32>().value(row));
            write!(out, "{separator}\n    {}: {}", value(&originals), value(&pseudonyms))?;
            separator = ",";
        }
    }
    out.write_all(b"\n  }\n}\n")?;
    out.flush()?;
    drop(out);
    file.sync_all()
}

fn json(text: &str) -> serde_json::Value {
    text.into()
}

fn exists(path: &Path) -> Error {
    Error::Config(format!("{}: exists already; name a new file", path.display()))
}

fn problem(path: &Path, error: &std::io::Error) -> Error {
    Error::Session(loup::Error::Data(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, StringArray};

    use super::*;

    fn pairs(values: &[(&str, &str)]) -> Vec<RecordBatch> {
        let originals: ArrayRef = Arc::new(StringArray::from_iter_values(values.iter().map(|pair| pair.0)));
        let pseudonyms: ArrayRef = Arc::new(StringArray::from_iter_values(values.iter().map(|pair| pair.1)));
        vec![RecordBatch::try_from_iter([("original", originals), ("pseudonym", pseudonyms)]).unwrap()]
    }

    #[test]
    fn pairs_are_one_private_json_object() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.json");
        let mapping = PlainMapping::claim(&path).unwrap().write(&pairs(&[("1\"2", "aa"), ("3", "bb")])).unwrap();
        assert!(!path.exists());
        mapping.publish().unwrap();
        let read: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(read["job_ids"], serde_json::json!({"1\"2": "aa", "3": "bb"}));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(PlainMapping::claim(&path).is_err(), "it replaced a file");
    }

    #[test]
    fn a_mapping_that_is_dropped_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(PlainMapping::claim(&folder.path().join("m.json")).unwrap().write(&pairs(&[])).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
