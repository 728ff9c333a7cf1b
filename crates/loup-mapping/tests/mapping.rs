//! What a mapping promises: one pseudonym for each original, whatever its type, for ever; and what it refuses.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixture;

use std::collections::HashSet;
use std::fs;
use std::sync::Arc;

use datafusion::arrow::array::Array;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::array::Decimal128Array;
use datafusion::arrow::array::DictionaryArray;
use datafusion::arrow::array::Float64Array;
use datafusion::arrow::array::Int8Array;
use datafusion::arrow::array::Int32Array;
use datafusion::arrow::array::Int64Array;
use datafusion::arrow::array::LargeStringArray;
use datafusion::arrow::array::NullArray;
use datafusion::arrow::array::StringArray;
use datafusion::arrow::array::StringViewArray;
use datafusion::arrow::array::UInt16Array;
use datafusion::arrow::array::UInt64Array;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::datatypes::Int32Type;
use fixture::{WAIT, insert, integers, made, numbers, options, place, ring, sequential, shown, strings, texts};
use loup_crypto::KeyRing;
use loup_mapping::{Error, Inserted, Mapping, MappingWriter, Originals, Pairs};

#[test]
fn known_originals_keep_their_pseudonym_and_repeated_ones_collapse() {
    let (_place, mapping) = sequential();
    let (mapping, first) = insert(&mapping, &[integers([5, 6, 5]), integers([6, 7])]).unwrap();
    assert_eq!(first, Inserted { rows: 5, nulls: 0, new: 3, known: 0 });
    let before = numbers(&mapping.map(&integers([5, 6, 7])).unwrap());
    assert_eq!(
        before.iter().flatten().copied().collect::<HashSet<_>>(),
        HashSet::from([1_000_000_000, 1_000_000_001, 1_000_000_002])
    );
    let array: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None, Some(8)]));
    let (mapping, second) = insert(&mapping, &[array]).unwrap();
    assert_eq!(second, Inserted { rows: 3, nulls: 1, new: 1, known: 1 });
    let mapping = Mapping::open(mapping.folder(), &ring()).unwrap();
    assert_eq!(numbers(&mapping.map(&integers([5, 6, 7])).unwrap()), before);
    assert_eq!(numbers(&mapping.map(&integers([8])).unwrap()), [Some(1_000_000_003)]);
    assert_eq!((mapping.len(), mapping.sequence()), (4, 3));
}

#[test]
fn one_value_is_one_original_in_every_type() {
    let (_place, mapping) = sequential();
    let same: Vec<ArrayRef> = vec![
        Arc::new(Int8Array::from(vec![7])),
        Arc::new(UInt16Array::from(vec![7])),
        Arc::new(Int32Array::from(vec![7])),
        integers([7]),
        Arc::new(UInt64Array::from(vec![7, u64::MAX])),
        Arc::new(Decimal128Array::from(vec![7]).with_precision_and_scale(20, 0).unwrap()),
        texts(&["7"]),
        Arc::new(LargeStringArray::from(vec!["7"])),
        Arc::new(StringViewArray::from(vec!["7", "18446744073709551615"])),
        Arc::new(DictionaryArray::<Int32Type>::from_iter(["7", "7"])),
    ];
    let (mapping, inserted) = insert(&mapping, &same).unwrap();
    assert_eq!((inserted.new, mapping.len()), (2, 2));
    let expected = numbers(&mapping.map(&integers([7])).unwrap())[0].unwrap();
    for array in &same {
        if matches!(array.data_type(), DataType::Int8 | DataType::UInt16) {
            assert!(matches!(mapping.map(array), Err(Error::DoesNotFit { count: 1, .. })));
            continue;
        }
        let result = mapping.map(array).unwrap();
        let plain = mapping.result_type(array.data_type()).unwrap();
        assert_eq!(result.data_type(), &plain);
        let back = mapping.unmap(&result).unwrap();
        let array = if matches!(array.data_type(), DataType::Dictionary(..)) {
            cast(array, &plain).unwrap()
        } else {
            Arc::clone(array)
        };
        assert_eq!(&back, &array, "{plain}");
        assert_eq!(numbers(&cast(&result, &DataType::Int64).unwrap())[0], Some(expected), "{plain}");
    }
    assert_eq!(numbers(&mapping.map(&integers([7])).unwrap()), [Some(expected)]);
    let wide = mapping.map(&texts(&["18446744073709551615"])).unwrap();
    let wide = cast(&wide, &DataType::Int64).unwrap();
    assert!(matches!(mapping.unmap(&wide), Err(Error::DoesNotFit { count: 1, .. })), "an original beyond BIGINT");
    for other in ["07", "+7", " 7", "7.0"] {
        assert!(matches!(mapping.map(&texts(&[other])), Err(Error::Missing { count: 1 })), "{other}");
    }
}

#[test]
fn result_types_are_known_before_the_data() {
    let (_place, numeric) = sequential();
    let (_other, text) = made(&[("kind", "uuid")]);
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::LargeUtf8));
    for (given, of_numbers, of_text) in [
        (DataType::Int16, DataType::Int16, DataType::Utf8),
        (DataType::Decimal128(12, 0), DataType::Decimal128(12, 0), DataType::Utf8),
        (DataType::Utf8View, DataType::Utf8View, DataType::Utf8View),
        (dictionary, DataType::LargeUtf8, DataType::LargeUtf8),
        (DataType::Null, DataType::Int64, DataType::Utf8),
    ] {
        assert_eq!(numeric.result_type(&given).unwrap(), of_numbers);
        assert_eq!(text.result_type(&given).unwrap(), of_text);
    }
    for other in [DataType::Float64, DataType::Date32, DataType::Boolean, DataType::Decimal128(12, 2), DataType::Binary]
    {
        assert!(matches!(numeric.result_type(&other), Err(Error::Type { .. })), "{other}");
    }
    let floats = Float64Array::from(vec![1.0]);
    assert!(Originals::new().add(&floats).unwrap_err().to_string().contains("a float is no identifier"));
}

#[test]
fn null_stays_null_and_missing_is_as_chosen() {
    let (_place, strict) = sequential();
    let (_other, lenient) = made(&[("kind", "random_string"), ("on_missing", "null")]);
    for mapping in [strict, lenient] {
        let (mapping, _) = insert(&mapping, &[integers([1, 2])]).unwrap();
        let array = Int64Array::from(vec![None, Some(1), None]);
        let mapped = mapping.map(&array).unwrap();
        assert_eq!((mapped.null_count(), mapped.is_valid(1)), (2, true));
        assert_eq!(mapping.unmap(&mapped).unwrap().null_count(), 2);
        assert_eq!(mapping.map(&NullArray::new(2)).unwrap().null_count(), 2);
        assert_eq!(mapping.map(&integers([])).unwrap().len(), 0);
        let missing = integers([1, 3, 4]);
        match mapping.map(&missing) {
            Ok(result) => assert_eq!(result.null_count(), 2),
            Err(error) => assert!(matches!(error, Error::Missing { count: 2 })),
        }
        assert_eq!(mapping.map(&missing).is_ok(), mapping.options().on_missing == loup_mapping::OnMissing::Null);
        assert_eq!(mapping.unmap(&texts(&["nobody"])).is_ok(), mapping.map(&missing).is_ok());
    }
}

#[test]
fn every_kind_is_injective_and_goes_back() {
    let ids = integers((0..5_000).chain([i64::MIN, i64::MAX]));
    let names = texts(&["", "alice@example.com", "007", "ç", "170141183460469231731687303715884105728"]);
    for pairs in [
        vec![("kind", "sequential"), ("start", "1000000")],
        vec![("kind", "sequential"), ("prefix", "P-"), ("length", "9"), ("suffix", "x")],
        vec![("kind", "random_int"), ("lo", "1000000"), ("hi", "1005006")],
        vec![("kind", "random_int"), ("lo", "-9223372036854775807"), ("hi", "-1")],
        vec![("kind", "uuid")],
        vec![("kind", "random_string"), ("length", "4")],
        vec![("kind", "random_string"), ("prefix", "é"), ("length", "12")],
        vec![("kind", "keyed")],
        vec![("kind", "keyed"), ("length", "8")],
        vec![("kind", "keyed"), ("lo", "1000000"), ("hi", "1010013"), ("domain", "customer")],
    ] {
        let (_place, mapping) = made(&pairs);
        let (mapping, inserted) = insert(&mapping, &[Arc::clone(&ids), Arc::clone(&names)]).unwrap();
        assert_eq!(inserted.new, 5_007, "{pairs:?}");
        let reopened = Mapping::open(mapping.folder(), &ring()).unwrap();
        let mut seen = HashSet::new();
        for array in [cast(&ids, &DataType::Utf8).unwrap(), Arc::clone(&names)] {
            let mapped = reopened.map(&array).unwrap();
            assert_eq!(&mapped, &mapping.map(&array).unwrap(), "{pairs:?}");
            assert_eq!(&reopened.unmap(&mapped).unwrap(), &array, "{pairs:?}");
            for pseudonym in strings(&mapped) {
                assert!(seen.insert(pseudonym.unwrap()), "{pairs:?}");
            }
        }
        for batch in reopened.batches(1_000) {
            assert_eq!(batch.unwrap().schema(), reopened.schema());
        }
        assert_eq!(reopened.batches(1_000).map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 5_007);
    }
}

#[test]
fn keyed_pseudonyms_follow_the_domain() {
    let of = |domain: Option<&str>| {
        let mut pairs = vec![("kind", "keyed")];
        pairs.extend(domain.map(|domain| ("domain", domain)));
        let (_place, mapping) = made(&pairs);
        let (mapping, _) = insert(&mapping, &[texts(&["alice"])]).unwrap();
        strings(&mapping.map(&texts(&["alice"])).unwrap())
    };
    assert_eq!(of(Some("customer")), of(Some("customer")));
    assert_ne!(of(Some("customer")), of(Some("employee")));
    assert_ne!(of(None), of(None), "two mappings without a domain cannot be joined");
}

#[test]
fn originals_among_the_pseudonyms_are_refused() {
    let overlap = |pairs: &[(&str, &str)], inserts: &[ArrayRef]| {
        let (_place, mut mapping) = made(pairs);
        let (last, first) = inserts.split_last().unwrap();
        for array in first {
            mapping = insert(&mapping, &[Arc::clone(array)]).unwrap().0;
        }
        let before = mapping.len();
        let error = insert(&mapping, &[Arc::clone(last)]).unwrap_err();
        assert_eq!(Mapping::open(mapping.folder(), &ring()).unwrap().len(), before);
        match error {
            Error::Overlap { count } => count,
            other => panic!("{other}"),
        }
    };
    let sequential = [("kind", "sequential"), ("start", "100")];
    assert_eq!(overlap(&sequential, &[integers([1, 2, 100, 101])]), 2);
    assert_eq!(overlap(&sequential, &[integers([1, 2]), texts(&["101"])]), 1);
    assert_eq!(overlap(&sequential, &[integers([1, 103]), integers([2, 3])]), 1, "the sequence runs into an original");
    assert_eq!(overlap(&[("kind", "sequential"), ("start", "100"), ("hi", "200")], &[integers([200])]), 1);
    assert_eq!(overlap(&[("kind", "random_int"), ("lo", "100"), ("hi", "200")], &[integers([99, 100, 200, 201])]), 2);
    assert_eq!(overlap(&[("kind", "sequential"), ("prefix", "P")], &[texts(&["a", "P1"])]), 1);
    assert_eq!(overlap(&[("kind", "keyed"), ("lo", "1"), ("hi", "99")], &[integers([5])]), 1);
    // Masked data fed in again.
    for pairs in [vec![("kind", "uuid")], vec![("kind", "random_string")], vec![("kind", "keyed"), ("prefix", "k")]] {
        let (_place, mapping) = made(&pairs);
        let (mapping, _) = insert(&mapping, &[texts(&["alice", "bob"])]).unwrap();
        let masked = mapping.map(&texts(&["alice", "bob"])).unwrap();
        assert!(matches!(insert(&mapping, &[masked]), Err(Error::Overlap { count: 2 })), "{pairs:?}");
    }
}

#[test]
fn a_range_that_is_too_small_is_refused_whole() {
    for (pairs, room, expected) in [
        (vec![("kind", "random_int"), ("lo", "1000"), ("hi", "1009")], 10, 10),
        (vec![("kind", "sequential"), ("start", "1000"), ("hi", "1009")], 10, 10),
        (vec![("kind", "sequential"), ("start", "0"), ("prefix", "p"), ("length", "2")], 10, 10),
        (vec![("kind", "keyed"), ("lo", "1000"), ("hi", "1019")], 10, 10),
    ] {
        let (_place, mapping) = made(&pairs);
        let (mapping, _) = insert(&mapping, &[integers(0..room - 1)]).unwrap();
        match insert(&mapping, &[integers(100..102)]) {
            Err(Error::RangeFull { needed, room }) => assert_eq!((needed, room), (11, expected), "{pairs:?}"),
            other => panic!("{pairs:?} {other:?}"),
        }
        assert_eq!(insert(&mapping, &[integers([100])]).unwrap().0.len(), 10, "{pairs:?}");
    }
}

#[test]
fn a_failed_insert_leaves_the_writer_as_it_was() {
    let (_place, mapping) = made(&[("kind", "sequential"), ("start", "100"), ("hi", "102")]);
    let mut writer = mapping.writer(WAIT).unwrap();
    assert!(writer.get_or_create(&integers([1, 101])).is_err());
    assert!(writer.get_or_create(&integers(1..10)).is_err());
    assert!(writer.get_or_create(&Float64Array::from(vec![1.5])).is_err());
    assert_eq!(writer.mapping().len(), 0);
    assert_eq!(numbers(&writer.get_or_create(&integers([1, 1])).unwrap()), [Some(100); 2]);
    assert_eq!(writer.stage().unwrap().commit().unwrap().len(), 1);
}

#[test]
fn what_is_not_committed_is_not_there() {
    let (_place, mapping) = sequential();
    let mut writer = mapping.writer(WAIT).unwrap();
    writer.get_or_create(&integers(0..10)).unwrap();
    let within_the_run = writer.mapping();
    assert_eq!((within_the_run.len(), mapping.len()), (10, 0));
    drop(writer);
    assert_eq!(Mapping::open(mapping.folder(), &ring()).unwrap().len(), 0);
    // A look-up's copy of what was dropped does not bring it back.
    let mut writer = within_the_run.writer(WAIT).unwrap();
    assert_eq!(writer.mapping().len(), 0);
    writer.get_or_create(&integers([77])).unwrap();
    let staged = writer.stage().unwrap();
    assert_eq!((staged.mapping().len(), staged.mapping().sequence()), (1, 2));
    assert_eq!(Mapping::open(mapping.folder(), &ring()).unwrap().sequence(), 1);
    drop(staged);
    assert_eq!(fs::read_dir(mapping.folder()).unwrap().count(), 2, "manifest and lock");
}

#[test]
fn a_commit_without_a_change_writes_nothing() {
    let (_place, mapping) = sequential();
    let (mapping, _) = insert(&mapping, &[integers([1])]).unwrap();
    let (again, inserted) = insert(&mapping, &[integers([1, 1])]).unwrap();
    assert_eq!((inserted.new, inserted.known, again.sequence()), (0, 1, mapping.sequence()));
}

#[test]
fn a_writer_takes_in_what_others_committed() {
    let (_place, stale) = sequential();
    let (other, _) = insert(&stale, &[integers([1, 2])]).unwrap();
    let (newest, inserted) = insert(&stale, &[integers([2, 3]), texts(&["x"])]).unwrap();
    assert_eq!((inserted.new, inserted.known, newest.len()), (2, 1, 4));
    assert_eq!(newest.map(&integers([1, 2])).unwrap().as_ref(), other.map(&integers([1, 2])).unwrap().as_ref());
    assert_eq!(newest.unmap(&newest.map(&integers([1, 2, 3])).unwrap()).unwrap().as_ref(), &*integers([1, 2, 3]));
    let mut writer = MappingWriter::open(stale.folder(), &ring(), WAIT).unwrap();
    writer.get_or_create(&integers([4])).unwrap();
    assert_eq!(writer.stage().unwrap().commit().unwrap().len(), 5);
}

#[test]
fn one_can_go_back_one_version_and_forth() {
    let (_place, mapping) = sequential();
    assert!(matches!(Mapping::open_previous(mapping.folder(), &ring()), Err(Error::NoPrevious { .. })));
    let (mapping, _) = insert(&mapping, &[integers([1])]).unwrap();
    let (mapping, _) = insert(&mapping, &[integers([2])]).unwrap();
    let previous = Mapping::open_previous(mapping.folder(), &ring()).unwrap();
    assert_eq!((previous.len(), previous.sequence()), (1, 2));
    for (expected, sequence) in [(1, 4), (2, 5), (1, 6)] {
        let mut writer = MappingWriter::open(mapping.folder(), &ring(), WAIT).unwrap();
        writer.restore_previous(&ring()).unwrap();
        writer.stage().unwrap().commit().unwrap();
        let now = Mapping::open(mapping.folder(), &ring()).unwrap();
        assert_eq!((now.len(), now.sequence()), (expected, sequence));
    }
    let (mapping, _) = insert(&Mapping::open(mapping.folder(), &ring()).unwrap(), &[integers([3])]).unwrap();
    assert_eq!(numbers(&mapping.map(&integers([3])).unwrap()), [Some(1_000_000_001)], "given out again");
    // By hand, as the crate's documentation says.
    fs::copy(mapping.folder().join("manifest-00000006.json"), mapping.folder().join("manifest.json")).unwrap();
    assert_eq!(Mapping::open(mapping.folder(), &ring()).unwrap().len(), 1);
    let (mapping, _) = insert(&Mapping::open(mapping.folder(), &ring()).unwrap(), &[integers([4, 5])]).unwrap();
    assert_eq!(mapping.len(), 3);
}

#[test]
fn ephemeral_and_other_keys_are_refused() {
    let (_place, folder) = place();
    let ephemeral = KeyRing::ephemeral().unwrap();
    let sequential = options(&[("kind", "sequential")]);
    let error = Mapping::create(&folder, sequential.clone(), &ephemeral.active()).unwrap_err();
    assert!(error.to_string().contains("loup key new") && !folder.exists());
    let keys = folder.with_file_name("keys");
    let ring = KeyRing::create(&keys, "first", None).unwrap();
    Mapping::create(&folder, sequential, &ring.active()).unwrap();
    assert!(matches!(Mapping::open(&folder, &ephemeral), Err(Error::EphemeralKey)));
    match Mapping::open(&folder, &fixture::ring()) {
        Err(Error::KeyMissing { key_id, held, .. }) => assert_eq!((key_id.as_str(), held.as_str()), ("first", "env")),
        other => panic!("{other:?}"),
    }
    let rotated = KeyRing::rotate(&keys, "second", None).unwrap();
    assert_eq!(Mapping::open(&folder, &rotated).unwrap().key_id(), "first", "an older key still reads and writes");
    insert(&Mapping::open(&folder, &rotated).unwrap(), &[integers([100])]).unwrap();
    fs::remove_file(&keys).unwrap();
    let same_id = KeyRing::create(&keys, "first", None).unwrap();
    match Mapping::open(&folder, &same_id) {
        Err(Error::WrongKey { expected, given, .. }) => {
            assert_eq!(expected, ring.active().fingerprint().to_string());
            assert_eq!(given, same_id.active().fingerprint().to_string());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_a_vacant_folder_becomes_a_mapping() {
    let (_place, folder) = place();
    let create = || Mapping::create(&folder, options(&[("kind", "uuid")]), &ring().active());
    assert!(matches!(Mapping::open(&folder, &ring()), Err(Error::NotAMapping { .. })));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("notes.txt"), "x").unwrap();
    assert!(matches!(create(), Err(Error::NotEmpty { .. })));
    assert!(matches!(Mapping::open(&folder, &ring()), Err(Error::NotAMapping { .. })));
    fs::remove_file(folder.join("notes.txt")).unwrap();
    create().unwrap();
    assert!(matches!(create(), Err(Error::Exists { .. })));
    fs::write(folder.join("notes.txt"), "x").unwrap();
    insert(&Mapping::open(&folder, &ring()).unwrap(), &[integers([1])]).unwrap();
    assert!(folder.join("notes.txt").exists(), "files of others are left alone");
    assert!(matches!(
        Mapping::create(folder.join("notes.txt"), options(&[("kind", "uuid")]), &ring().active()),
        Err(Error::Io { .. })
    ));
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_place, mapping) = sequential();
    let (mapping, _) = insert(&mapping, &[integers([1]), texts(&["a"])]).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(mapping.folder()), 0o700);
    for entry in fs::read_dir(mapping.folder()).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    let other = mapping.folder().with_file_name("other");
    fs::create_dir(&other).unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(other.join("notes.txt"), "x").unwrap();
    let create = || Mapping::create(&other, options(&[("kind", "uuid")]), &ring().active());
    assert!(create().is_err() && mode(&other) == 0o755, "a folder of others stays as it is");
    fs::remove_file(other.join("notes.txt")).unwrap();
    create().unwrap();
    assert_eq!(mode(&other), 0o700);
}

#[test]
fn pairs_from_elsewhere_are_taken_over_whole_or_not_at_all() {
    let pairs = |entries: &[(&str, &str)]| {
        let mut pairs = Pairs::new();
        for &(original, pseudonym) in entries {
            pairs.push(original, pseudonym);
        }
        pairs
    };
    let (_place, mapping) = made(&[("kind", "sequential"), ("length", "6")]);
    let mut writer = mapping.writer(WAIT).unwrap();
    let inserted = writer.import(&pairs(&[("alice", "000001"), ("7", "000004"), ("alice", "000001")])).unwrap();
    assert_eq!(inserted, Inserted { rows: 3, nulls: 0, new: 2, known: 0 });
    for (entries, problem) in [
        (&[("bob", "000002"), ("carl", "2")][..], "not of the mapping's kind"),
        (&[("bob", "000000")][..], "not of the mapping's kind or range"),
        (&[("bob", "000002"), ("alice", "000003")][..], "another pseudonym than it has"),
        (&[("bob", "000002"), ("bob", "000003")][..], "another pseudonym than it has"),
        (&[("bob", "000004")][..], "a second original"),
        (&[("bob", "000002"), ("carl", "000002")][..], "a second original"),
    ] {
        let error = writer.import(&pairs(entries)).unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
    }
    assert!(matches!(writer.import(&pairs(&[("000003", "000002")])), Err(Error::Overlap { count: 1 })));
    assert_eq!(writer.mapping().len(), 2);
    assert_eq!(strings(&writer.get_or_create(&texts(&["dora"])).unwrap()), [Some("000005".to_owned())]);
    let mapping = writer.stage().unwrap().commit().unwrap();
    assert_eq!(
        strings(&mapping.map(&texts(&["alice", "7"])).unwrap()),
        [Some("000001".to_owned()), Some("000004".to_owned())]
    );

    let (_place, keyed) = made(&[("kind", "keyed")]);
    assert!(matches!(keyed.writer(WAIT).unwrap().import(&pairs(&[("a", "b")])), Err(Error::ImportKeyed)));
    // Numbers that came from elsewhere are not drawn again.
    let (_place, random) = made(&[("kind", "random_int"), ("lo", "100"), ("hi", "109")]);
    let mut writer = random.writer(WAIT).unwrap();
    writer.import(&pairs(&[("a", "100"), ("b", "105"), ("c", "109")])).unwrap();
    writer.get_or_create(&integers(0..7)).unwrap();
    assert!(matches!(writer.get_or_create(&integers([8])), Err(Error::RangeFull { needed: 11, room: 10 })));
    let mapping = writer.stage().unwrap().commit().unwrap();
    assert_eq!(mapping.len(), 10);
    assert!(matches!(insert(&mapping, &[integers([8])]), Err(Error::RangeFull { .. })));
}

#[test]
fn older_files_come_in_and_go_out() {
    use loup_mapping::legacy::{self, LegacyFormat};
    let key = legacy::key_from_hex(&"ab".repeat(32)).unwrap();
    let (_place, mapping) = made(&[("kind", "sequential"), ("length", "6")]);
    let (mapping, _) = insert(&mapping, &[texts(&["b, c", "a"]), integers([12])]).unwrap();
    for format in [LegacyFormat::Csv, LegacyFormat::Json] {
        let path = mapping.folder().with_file_name("field_mapping.enc");
        legacy::save(&path, &mapping.export_legacy(format, &key).unwrap()).unwrap();
        let pairs = legacy::read(&fs::read(&path).unwrap(), format, &key).unwrap();
        assert_eq!(pairs.iter().map(|(original, _)| original.to_owned()).collect::<Vec<_>>(), ["12", "a", "b, c"]);
        let (_other, copy) = made(&[("kind", "sequential"), ("length", "6")]);
        let mut writer = copy.writer(WAIT).unwrap();
        assert_eq!(writer.import(&pairs).unwrap().new, 3);
        let all = texts(&["b, c", "a", "12"]);
        assert_eq!(writer.mapping().map(&all).unwrap().as_ref(), mapping.map(&all).unwrap().as_ref());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2, "no temporary file stays");
    }
    let mut plain = Vec::new();
    assert_eq!(mapping.export_plaintext_csv(&mut plain).unwrap(), 3);
    let plain = String::from_utf8(plain).unwrap();
    let mut lines = plain.split("\r\n");
    assert_eq!(lines.next(), Some("original,pseudonym,created_at"));
    assert!(lines.any(|line| line.starts_with("\"b, c\",00000") && line.ends_with('Z')), "{plain}");
}

#[test]
fn no_message_and_no_debug_shows_a_value() {
    const CANARY: &str = "canary-7f3a";
    let (_place, mapping) = made(&[("kind", "sequential"), ("prefix", "canary-"), ("start", "7")]);
    let (mapping, _) = insert(&mapping, &[texts(&["alice"])]).unwrap();
    let mut writer = mapping.writer(WAIT).unwrap();
    let mut originals = Originals::new();
    originals.add(&texts(&[CANARY, "canary-7"])).unwrap();
    let mut pairs = Pairs::new();
    pairs.push("canary-7f3b", CANARY);
    let errors = [
        mapping.map(&texts(&[CANARY])).unwrap_err(),
        mapping.unmap(&texts(&[CANARY])).unwrap_err(),
        writer.insert(&originals).unwrap_err(),
        writer.import(&pairs).unwrap_err(),
    ];
    let mut all: Vec<String> = errors.iter().map(shown).collect();
    all.extend([
        format!("{originals:?}"),
        format!("{pairs:?}"),
        format!("{:?}", mapping.batches(1).collect::<Vec<_>>().len()),
    ]);
    for text in all {
        assert!(!text.contains("7f3"), "{text}");
    }
    let shown = format!("{mapping:?} {writer:?}");
    assert!(!shown.contains("alice") && !shown.contains("canary-7"), "{shown}");
    let unmapped = mapping.map(&StringArray::from(vec!["alice"])).unwrap();
    assert_eq!(strings(&unmapped), [Some("canary-7".to_owned())]);
}
