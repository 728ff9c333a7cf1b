//! What a version of a mapping holds: its table, loaded from the files of its manifest, and the state of its draws.

use crate::data_file;
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::keys::Keys;
use crate::manifest::{MANIFEST, Manifest};
use crate::scheme::Scheme;
use crate::table::{Class, Table};

/// The entries of a mapping and what the next insert needs to know.
#[derive(Clone)]
pub(crate) struct Contents {
    pub(crate) table: Table,
    /// How many pseudonyms were drawn by number.
    pub(crate) drawn: u64,
    /// Entries whose pseudonyms came from elsewhere.
    pub(crate) imported: u64,
}

impl Contents {
    /// Contents without an entry.
    pub(crate) fn empty(scheme: &Scheme) -> Self {
        Self { table: Table::new(&scheme.column()), drawn: 0, imported: 0 }
    }

    /// Reads all files of a manifest.
    pub(crate) fn load(folder: &Folder, keys: &Keys, manifest: &Manifest, scheme: &Scheme) -> Result<Self> {
        let mut contents = Self::empty(scheme);
        for class in Class::ALL {
            let part = contents.table.part_mut(class);
            let rows = manifest.rows(class) as usize;
            part.originals.values_mut().reserve(rows);
            part.pseudonyms.reserve(rows);
        }
        contents.read_files(folder, keys, manifest, 0)?;
        Ok(contents)
    }

    /// Brings contents that hold the first `held` files of a manifest up to all of them.
    pub(crate) fn read_files(&mut self, folder: &Folder, keys: &Keys, manifest: &Manifest, held: usize) -> Result<()> {
        for entry in &manifest.files[held..] {
            data_file::read(folder, keys, manifest, entry, self.table.part_mut(entry.originals))?;
        }
        for class in Class::ALL {
            if u64::from(self.table.part(class).rows()) != manifest.rows(class) {
                let expected = "files with as many rows as it counts";
                return Err(Error::FileContent { path: folder.file(MANIFEST), expected });
            }
        }
        self.table.index_all()?;
        self.drawn = manifest.drawn;
        self.imported = manifest.imported;
        Ok(())
    }
}
