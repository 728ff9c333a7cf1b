//! Writers at the same time, in threads and in processes: each waits for the others, and nothing is lost.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixture;

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fixture::{WAIT, insert, integers, numbers, ring, sequential};
use loup_mapping::{Error, Mapping, MappingWriter};

const EACH: i64 = 8;

/// Adds ten ids in each of some commits, as one of several writers.
fn write(folder: &Path, writer: i64) {
    for commit in 0..EACH {
        let first = writer * 1_000 + commit * 10;
        let mut open = MappingWriter::open(folder, &ring(), WAIT).unwrap();
        // Half of them another writer has or will have too.
        open.get_or_create(&integers((first..first + 5).chain(500_000 + commit * 5..500_005 + commit * 5))).unwrap();
        open.stage().unwrap().commit().unwrap();
    }
}

fn check(folder: &Path, writers: i64) {
    let mapping = Mapping::open(folder, &ring()).unwrap();
    let own = (0..writers)
        .flat_map(|writer| (0..EACH).flat_map(move |commit| (0..5).map(move |at| writer * 1_000 + commit * 10 + at)));
    let all = integers(own.chain(500_000..500_000 + EACH * 5));
    let mut pseudonyms = numbers(&mapping.map(&all).unwrap());
    pseudonyms.sort_unstable();
    pseudonyms.dedup();
    assert_eq!((pseudonyms.len(), mapping.len()), (all.len(), all.len() as u64));
    assert_eq!(mapping.sequence(), 1 + (writers * EACH) as u64);
}

#[test]
fn threads_take_turns() {
    let (_place, mapping) = sequential();
    thread::scope(|scope| {
        for writer in 0..4 {
            let folder = mapping.folder();
            scope.spawn(move || write(folder, writer));
        }
    });
    check(mapping.folder(), 4);
}

#[test]
fn readers_see_whole_versions_while_others_write() {
    let (_place, mapping) = sequential();
    thread::scope(|scope| {
        let folder = mapping.folder();
        let writers = [0, 1].map(|writer| scope.spawn(move || write(folder, writer)));
        let mut last = 0;
        while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
            let read = Mapping::open(folder, &ring()).unwrap();
            assert!(read.sequence() >= last && read.len() >= 5 * (read.sequence() - 1));
            last = read.sequence();
        }
    });
    check(mapping.folder(), 2);
}

#[test]
fn the_second_writer_fails_clearly_after_its_time() {
    let (_place, mapping) = sequential();
    let writer = mapping.writer(WAIT).unwrap();
    for wait in [Duration::ZERO, Duration::from_millis(120)] {
        let start = Instant::now();
        let error = mapping.writer(wait).unwrap_err();
        assert!(start.elapsed() >= wait && matches!(error, Error::Busy { waited, .. } if waited == wait));
        assert!(error.to_string().contains("another process is writing"));
    }
    let waiting = thread::spawn({
        let mapping = mapping.clone();
        move || insert(&mapping, &[integers([2])]).unwrap().0.len()
    });
    thread::sleep(Duration::from_millis(50));
    let mut writer = writer;
    writer.get_or_create(&integers([1])).unwrap();
    let staged = writer.stage().unwrap();
    assert!(matches!(mapping.writer(Duration::ZERO), Err(Error::Busy { .. })), "staged is still writing");
    staged.commit().unwrap();
    assert_eq!(waiting.join().unwrap(), 2);
}

/// This test program, run again as another process for one of the two tests below.
fn process(test: &str, folder: &Path, writer: i64) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--include-ignored"]);
    command.env("LOUP_MAPPING_TEST", format!("{writer}:{}", folder.display())).stdout(Stdio::null());
    command
}

/// What this process was started for, if it was.
fn task() -> Option<(i64, String)> {
    let task = env::var("LOUP_MAPPING_TEST").ok()?;
    let (writer, folder) = task.split_once(':').unwrap();
    Some((writer.parse().unwrap(), folder.to_owned()))
}

#[test]
fn processes_take_turns() {
    if let Some((writer, folder)) = task() {
        return write(Path::new(&folder), writer);
    }
    let (_place, mapping) = sequential();
    let spawn = |writer| process("processes_take_turns", mapping.folder(), writer).spawn().unwrap();
    let children: Vec<_> = (0..3).map(spawn).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    check(mapping.folder(), 3);
}

#[test]
fn a_killed_writer_neither_locks_nor_breaks_the_mapping() {
    if let Some((writer, folder)) = task() {
        let mut open = MappingWriter::open(&folder, &ring(), WAIT).unwrap();
        open.get_or_create(&integers(writer * 1_000..writer * 1_000 + 10)).unwrap();
        let _staged = open.stage().unwrap();
        thread::sleep(WAIT);
        return;
    }
    let (_place, mapping) = sequential();
    let entries = || std::fs::read_dir(mapping.folder()).unwrap().count();
    for writer in 0..2 {
        let mut child =
            process("a_killed_writer_neither_locks_nor_breaks_the_mapping", mapping.folder(), writer).spawn().unwrap();
        let start = Instant::now();
        while !mapping.folder().join("manifest.new").exists() && start.elapsed() < WAIT {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(matches!(mapping.writer(Duration::ZERO), Err(Error::Busy { .. })));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(entries() > 2);
        let (mapping, _) = insert(&mapping, &[integers([writer])]).unwrap();
        assert_eq!(mapping.len(), writer as u64 + 1);
        assert!(!mapping.folder().join("manifest.new").exists());
    }
}
