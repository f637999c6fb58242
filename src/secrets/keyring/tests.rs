use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use super::super::{BYTES_AT_MOST, Purpose};
use super::chunks::PIECE_BYTES;
use super::*;

/// A keyring in memory that can be broken in every way that real ones are.
#[derive(Default)]
struct Fake {
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Writes fail with this; reads say "none".
    refuses_writes: Option<Trouble>,
    /// Every call takes as long.
    delay: Duration,
    /// Writes keep nothing at all.
    keeps_empty: bool,
    /// An entry takes no more bytes; none when 0.
    limit: usize,
    /// Writes that still work before the machine "loses power"; all when `None`.
    writes_left: Mutex<Option<usize>>,
    writes: AtomicUsize,
}

impl Entries for Fake {
    fn read(&self, user: &str) -> Result<Option<Vec<u8>>, Trouble> {
        std::thread::sleep(self.delay);
        Ok(self.kept.lock().unwrap().get(user).cloned())
    }

    fn write(&self, user: &str, bytes: &[u8]) -> Result<(), Trouble> {
        std::thread::sleep(self.delay);
        let _ = self.writes.fetch_add(1, Ordering::Relaxed);
        if let Some(trouble) = &self.refuses_writes {
            return Err(trouble.clone());
        }
        if self.limit > 0 && bytes.len() > self.limit {
            return Err(Trouble::Failed("longer than the platform limit".to_owned()));
        }
        self.spend()?;
        let bytes = if self.keeps_empty { Vec::new() } else { bytes.to_vec() };
        let _ = self.kept.lock().unwrap().insert(user.to_owned(), bytes);
        Ok(())
    }

    fn remove(&self, user: &str) -> Result<bool, Trouble> {
        if !self.kept.lock().unwrap().contains_key(user) {
            return Ok(false);
        }
        self.spend()?;
        Ok(self.kept.lock().unwrap().remove(user).is_some())
    }
}

impl Fake {
    fn spend(&self) -> Result<(), Trouble> {
        match self.writes_left.lock().unwrap().as_mut() {
            Some(0) => Err(Trouble::Failed("no power".to_owned())),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn names(&self) -> Vec<String> {
        self.kept.lock().unwrap().keys().cloned().collect()
    }
}

fn windows() -> Arc<Fake> {
    Arc::new(Fake { limit: 2560, ..Fake::default() })
}

fn keyring(fake: &Arc<Fake>, layout: Layout) -> Keyring {
    let entries: Arc<dyn Entries> = fake.clone();
    Keyring::over(entries, layout, false, Duration::from_mins(1))
}

fn name() -> SecretName {
    SecretName::new("default", Purpose::XeroRefreshToken)
}

fn value(keyring: &Keyring) -> Option<String> {
    keyring.get(&name()).unwrap().map(|secret| secret.expose_secret().to_owned())
}

/// A text of so many bytes that differs at every place.
fn long(bytes: usize, seed: u8) -> String {
    (0..bytes).map(|place| char::from(b'a' + u8::try_from((place * 7 + usize::from(seed)) % 26).unwrap())).collect()
}

#[test]
fn secrets_go_in_and_out_in_every_layout() {
    for layout in [Layout::Plain, Layout::Base64, Layout::Pieces] {
        let fake = Arc::new(Fake::default());
        let keyring = keyring(&fake, layout);
        assert_eq!(value(&keyring), None, "{layout:?}");
        keyring.set(&name(), &"token, māori".into()).unwrap();
        assert_eq!(value(&keyring).as_deref(), Some("token, māori"), "{layout:?}");
        assert!(keyring.delete(&name()).unwrap(), "{layout:?}");
        assert!(!keyring.delete(&name()).unwrap(), "{layout:?}");
        assert_eq!(fake.names(), Vec::<String>::new(), "{layout:?} leaves something behind");
    }
}

#[test]
fn none_is_believed_only_after_a_write() {
    let trouble = Trouble::NoCollection("result not returned".to_owned());
    let fake = Arc::new(Fake { refuses_writes: Some(trouble), ..Fake::default() });
    let keyring = keyring(&fake, Layout::Base64);
    for error in [keyring.get(&name()).unwrap_err(), keyring.delete(&name()).unwrap_err()] {
        assert!(error.message.contains("has no collection"), "{error}");
        assert!(error.hints.iter().any(|hint| hint.contains("store = \"file\"")), "{error:?}");
        assert!(error.hints.iter().any(|hint| hint.contains("store = \"command\"")), "{error:?}");
    }
}

#[test]
fn one_probe_a_process_is_enough() {
    let fake = Arc::new(Fake::default());
    let keyring = keyring(&fake, Layout::Base64);
    for _ in 0..3 {
        assert_eq!(value(&keyring), None);
    }
    assert_eq!(fake.writes.load(Ordering::Relaxed), 1);
}

#[test]
fn a_keyring_that_does_not_answer_is_given_up_once_and_not_waited_for_again() {
    let fake = Arc::new(Fake { delay: Duration::from_secs(4), ..Fake::default() });
    let keyring = Keyring::over(fake, Layout::Plain, false, Duration::from_millis(100));
    let began = Instant::now();
    for _ in 0..20 {
        let error = keyring.set(&name(), &"token".into()).unwrap_err();
        assert!(error.message.contains("did not answer") && error.message.contains("is it locked?"), "{error}");
    }
    assert!(began.elapsed() < Duration::from_millis(1900), "every call waited: {:?}", began.elapsed());
}

#[test]
fn a_person_gets_time_to_unlock_and_a_timer_does_not() {
    assert_eq!(Keyring::new(true).patience, Duration::from_mins(1));
    assert_eq!(Keyring::new(false).patience, Duration::from_secs(3));
}

#[test]
fn a_write_that_keeps_an_empty_value_is_an_error() {
    for layout in [Layout::Plain, Layout::Base64, Layout::Pieces] {
        let fake = Arc::new(Fake { keeps_empty: true, ..Fake::default() });
        let keyring = keyring(&fake, layout);
        let error = keyring.set(&name(), &"token".into()).unwrap_err();
        assert!(error.message.contains("does not give the same back"), "{layout:?}: {error}");
        let error = keyring.get(&name()).unwrap_err();
        assert!(error.message.contains("not written by cspctl"), "{layout:?}: {error}");
    }
}

#[test]
fn a_panicking_library_is_an_error_of_the_keyring() {
    struct Panicking;
    impl Entries for Panicking {
        fn read(&self, _: &str) -> Result<Option<Vec<u8>>, Trouble> {
            panic!("a panic that this test wants")
        }
        fn write(&self, _: &str, _: &[u8]) -> Result<(), Trouble> {
            Ok(())
        }
        fn remove(&self, _: &str) -> Result<bool, Trouble> {
            Ok(false)
        }
    }
    let keyring = Keyring::over(Arc::new(Panicking), Layout::Plain, true, Duration::from_mins(1));
    assert!(keyring.get(&name()).unwrap_err().message.contains("ended without an answer"));
}

#[test]
fn what_another_program_wrote_is_no_secret() {
    let fake = Arc::new(Fake::default());
    let _ = fake.kept.lock().unwrap().insert(name().to_string(), b"not base64!".to_vec());
    for layout in [Layout::Base64, Layout::Pieces] {
        let error = keyring(&fake, layout).get(&name()).unwrap_err();
        assert!(error.message.contains("not written by cspctl") && !error.message.contains("base64!"), "{error}");
    }
}

#[test]
fn long_secrets_pass_the_limit_of_windows_in_pieces() {
    let fake = windows();
    let keyring = keyring(&fake, Layout::Pieces);
    for bytes in [1, PIECE_BYTES, PIECE_BYTES + 1, 4000, BYTES_AT_MOST, 4000, 10] {
        let text = long(bytes, 1);
        keyring.set(&name(), &text.as_str().into()).unwrap();
        assert_eq!(value(&keyring).unwrap(), text, "{bytes} bytes");
        assert_eq!(fake.names().len(), 1 + bytes.div_ceil(PIECE_BYTES), "{bytes} bytes: {:?}", fake.names());
    }
    assert!(keyring.delete(&name()).unwrap());
    assert_eq!(fake.names(), Vec::<String>::new());
}

#[test]
fn more_than_64_kib_is_refused_and_the_older_value_stays() {
    for layout in [Layout::Plain, Layout::Base64, Layout::Pieces] {
        let fake = Arc::new(Fake::default());
        let keyring = keyring(&fake, layout);
        keyring.set(&name(), &"older".into()).unwrap();
        let error = keyring.set(&name(), &long(BYTES_AT_MOST + 1, 1).as_str().into()).unwrap_err();
        assert!(error.message.contains("65537 bytes"), "{error}");
        assert_eq!(value(&keyring).as_deref(), Some("older"));
    }
}

#[test]
fn a_crash_at_any_write_leaves_the_older_or_the_newer_value_whole() {
    let sizes = [(4000, 9000), (9000, 4000), (5000, 5000), (20, 30)];
    for (older, newer) in sizes.map(|(older, newer)| (long(older, 1), long(newer, 2))) {
        for writes in 0..20 {
            let fake = windows();
            let before = keyring(&fake, Layout::Pieces);
            before.set(&name(), &older.as_str().into()).unwrap();
            *fake.writes_left.lock().unwrap() = Some(writes);
            let outcome = before.set(&name(), &newer.as_str().into());
            *fake.writes_left.lock().unwrap() = None;
            let after = keyring(&fake, Layout::Pieces);
            let found = value(&after).unwrap();
            assert!(found == newer || outcome.is_err() && found == older, "after {writes} writes");
            after.set(&name(), &"short".into()).unwrap();
            assert_eq!(value(&after).as_deref(), Some("short"));
            assert_eq!(fake.names().len(), 2, "stale pieces stay: {:?}", fake.names());
        }
    }
}

#[test]
fn a_missing_or_changed_piece_is_an_error_and_never_no_secret() {
    let fake = windows();
    let keyring = keyring(&fake, Layout::Pieces);
    keyring.set(&name(), &long(4000, 1).as_str().into()).unwrap();
    let piece = fake.names().into_iter().find(|name| name.ends_with("/a1")).unwrap();
    let kept = fake.kept.lock().unwrap().insert(piece.clone(), b"changed".to_vec()).unwrap();
    assert!(keyring.get(&name()).unwrap_err().message.contains("only in part"));
    let _ = fake.kept.lock().unwrap().remove(&piece);
    assert!(keyring.get(&name()).unwrap_err().message.contains("only in part"));
    let _ = fake.kept.lock().unwrap().insert(piece, kept);
    assert_eq!(value(&keyring).unwrap(), long(4000, 1));
}

#[test]
fn an_empty_secret_is_refused() {
    let fake = Arc::new(Fake::default());
    assert!(keyring(&fake, Layout::Plain).set(&name(), &"".into()).unwrap_err().message.contains("empty"));
    assert_eq!(fake.names(), Vec::<String>::new());
}

#[test]
fn the_library_s_errors_are_told_apart() {
    use keyring_core::Error;
    let cause = |text: &str| Box::<dyn std::error::Error + Send + Sync>::from(text.to_owned());
    let cases = [
        (Error::NoStorageAccess(cause("SS error: result not returned from SS API")), "has no collection"),
        (Error::NoStorageAccess(cause("SS error: prompt dismissed")), "is locked"),
        (Error::NoStorageAccess(cause("User interaction is not allowed.")), "is locked"),
        (Error::PlatformFailure(cause("zbus error: Cannot create an item in a locked collection")), "is locked"),
        (Error::PlatformFailure(cause("zbus error: no reply")), "failed: "),
        (Error::NoDefaultStore, "cannot be reached"),
        (Error::Ambiguous(Vec::new()), "entries named default/xero/refresh"),
    ];
    for (error, expected) in cases {
        let explained = Trouble::of_platform(&error).explain(&name());
        assert!(explained.message.contains(expected), "{explained}");
        assert!(!explained.hints.is_empty(), "{explained}");
    }
    let bytes = Error::BadEncoding(b"hunter2".to_vec());
    assert!(!format!("{:?}", Trouble::of_platform(&bytes)).contains("hunter2"));
}

#[cfg(windows)]
mod credential_manager {
    use super::*;

    /// A profile of this test alone.
    fn of_test(test: &str) -> SecretName {
        SecretName::new(&format!("test-{test}-{}", std::process::id()), Purpose::XeroRefreshToken)
    }

    #[test]
    fn a_token_longer_than_an_entry_goes_in_and_out() {
        let (keyring, name) = (Keyring::new(false), of_test("long"));
        assert!(keyring.get(&name).unwrap().is_none());
        for bytes in [4000, 20, 9000] {
            let text = long(bytes, 3);
            keyring.set(&name, &text.as_str().into()).unwrap();
            assert_eq!(Keyring::new(false).get(&name).unwrap().unwrap().expose_secret(), text);
        }
        assert!(keyring.delete(&name).unwrap());
        assert!(keyring.get(&name).unwrap().is_none());
        assert!(!keyring.delete(&name).unwrap());
    }

    #[test]
    fn entries_do_not_roam_to_other_machines() {
        let (keyring, name) = (Keyring::new(false), of_test("local"));
        keyring.set(&name, &"token".into()).unwrap();
        let attributes = keyring_core::Entry::new("cspctl", &name.to_string()).unwrap().get_attributes().unwrap();
        assert_eq!(attributes.get("persistence").map(String::as_str), Some("Local"), "{attributes:?}");
        assert!(keyring.delete(&name).unwrap());
    }

    #[test]
    fn one_entry_alone_would_not_have_been_enough() {
        let name = of_test("limit").to_string();
        assert!(matches!(Platform.write(&name, &[7; 4000]), Err(Trouble::Failed(_))));
    }
}
