//! What a staged file or object is written through.

use std::fs::File;
use std::io::{self, Stdout, Write};

use super::synced::SyncedFile;
use super::upload::ObjectWriter;

/// An open file or object in its staging place.
#[derive(Debug)]
pub struct Opened(Kind);

#[derive(Debug)]
enum Kind {
    File(SyncedFile),
    Object(Box<ObjectWriter>),
    Stdout(Stdout),
}

impl Opened {
    /// Wraps a file of this machine.
    pub fn file(file: File) -> Self {
        Self(Kind::File(SyncedFile::new(file)))
    }

    /// Wraps an object of a store.
    pub fn object(object: ObjectWriter) -> Self {
        Self(Kind::Object(Box::new(object)))
    }

    /// Wraps standard output: what is written there cannot be taken back.
    pub fn standard_output() -> Self {
        Self(Kind::Stdout(io::stdout()))
    }

    /// Returns whether it is in a store, which takes several parts of it at once.
    pub fn is_object(&self) -> bool {
        matches!(self.0, Kind::Object(_))
    }

    /// Writes all of another file, by the system where it can.
    pub(super) fn copy(&mut self, mut source: &File) -> io::Result<u64> {
        match &mut self.0 {
            Kind::File(file) => io::copy(&mut source, file.file()),
            Kind::Object(object) => io::copy(&mut source, object),
            Kind::Stdout(output) => io::copy(&mut source, output),
        }
    }

    /// Ends what was written; an object that is dropped before is not made.
    pub(super) fn finish(self) -> io::Result<()> {
        match self.0 {
            Kind::File(file) => file.finish(),
            Kind::Object(object) => object.finish(),
            Kind::Stdout(mut output) => output.flush(),
        }
    }
}

impl Write for Opened {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::File(file) => file.write(bytes),
            Kind::Object(object) => object.write(bytes),
            Kind::Stdout(output) => output.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::File(file) => file.flush(),
            Kind::Object(object) => object.flush(),
            Kind::Stdout(output) => output.flush(),
        }
    }
}
