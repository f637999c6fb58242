use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::super::Purpose;
use super::*;

/// Two folders: one for the encrypted file, one for keys.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(place.folder.path().join("keys")).unwrap();
        place
    }

    fn encrypted(&self) -> PathBuf {
        self.folder.path().join("secrets").join("secrets.json")
    }

    /// A key file that only its owner may read.
    fn key(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join("keys").join(name);
        crate::files::write_file(&path, |out| out.write_all(text.as_bytes())).unwrap();
        path
    }

    fn store_with(&self, name: &str, byte: u8) -> EncryptedFile {
        let key = self.key(name, &format!("{}\n", STANDARD.encode([byte; 32])));
        EncryptedFile::new(self.encrypted(), KeySource::Named(key))
    }

    fn store(&self) -> EncryptedFile {
        self.store_with("cspctl.key", 7)
    }
}

fn token() -> SecretName {
    SecretName::new("default", Purpose::XeroRefreshToken)
}

fn value(store: &EncryptedFile, name: &SecretName) -> Option<String> {
    store.get(name).unwrap().map(|secret| secret.expose_secret().to_owned())
}

#[test]
fn secrets_go_in_and_out_and_another_process_finds_them() {
    let place = Place::new();
    let other = SecretName::new("nz", Purpose::XeroRefreshToken);
    let store = place.store();
    assert_eq!(value(&store, &token()), None);
    assert!(!store.delete(&token()).unwrap());
    store.set(&token(), &"first".into()).unwrap();
    store.set(&other, &"of nz".into()).unwrap();
    store.set(&token(), &"second, māori".into()).unwrap();
    let again = place.store();
    assert_eq!(value(&again, &token()).as_deref(), Some("second, māori"));
    assert_eq!(value(&again, &other).as_deref(), Some("of nz"));
    assert!(again.delete(&token()).unwrap());
    assert_eq!(value(&store, &token()), None);
    assert_eq!(value(&store, &other).as_deref(), Some("of nz"));
}

#[test]
fn the_file_shows_no_secret_and_no_value_is_sealed_twice_alike() {
    let place = Place::new();
    let store = place.store();
    store.set(&token(), &"hunter2".into()).unwrap();
    let first = std::fs::read_to_string(place.encrypted()).unwrap();
    store.set(&token(), &"hunter2".into()).unwrap();
    let second = std::fs::read_to_string(place.encrypted()).unwrap();
    assert!(first.contains("default/xero/refresh") && !first.contains("hunter2") && !first.contains(&STANDARD.encode("hunter2")), "{first}");
    assert_ne!(first, second, "a nonce was used again");
}

#[test]
fn a_value_under_another_name_is_not_opened() {
    let place = Place::new();
    let (store, other) = (place.store(), SecretName::new("other", Purpose::XeroRefreshToken));
    store.set(&token(), &"token".into()).unwrap();
    let text = std::fs::read_to_string(place.encrypted()).unwrap().replace("default/xero/refresh", "other/xero/refresh");
    std::fs::write(place.encrypted(), text).unwrap();
    let error = store.get(&other).unwrap_err();
    assert!(error.message.contains("other/xero/refresh") && error.message.contains("changed"), "{error}");
}

#[test]
fn without_a_key_nothing_is_read_and_the_variable_is_named() {
    let place = Place::new();
    let store = EncryptedFile::new(place.encrypted(), KeySource::Missing);
    for error in [store.get(&token()).unwrap_err(), store.set(&token(), &"token".into()).unwrap_err(), store.delete(&token()).unwrap_err()] {
        assert!(error.message.contains(KEY_FILE_VARIABLE), "{error}");
        assert!(error.hints.iter().any(|hint| hint.contains("32")), "{error:?}");
    }
}

#[test]
fn bad_key_files_are_told_apart() {
    let place = Place::new();
    let large = "A".repeat(5000);
    let cases = [
        ("short", "c2hvcnQ=\n", "holds 5 bytes, not 32"),
        ("words", "not base64 at all!\n", "is not base64"),
        ("empty", "", "holds 0 bytes, not 32"),
        ("large", large.as_str(), "is too large for a key"),
    ];
    for (name, text, expected) in cases {
        let store = EncryptedFile::new(place.encrypted(), KeySource::Named(place.key(name, text)));
        let error = store.get(&token()).unwrap_err();
        assert!(error.message.contains(expected), "{error}");
        assert!(text.trim().is_empty() || !error.message.contains(text.trim()), "{error}");
    }
    let missing = EncryptedFile::new(place.encrypted(), KeySource::Named(place.folder.path().join("keys").join("none")));
    let error = missing.get(&token()).unwrap_err();
    assert!(error.message.contains("none cannot be read"), "{error}");
}

#[test]
fn a_key_file_of_windows_with_its_mark_and_line_end_is_read() {
    let place = Place::new();
    place.store().set(&token(), &"token".into()).unwrap();
    let key = place.key("marked.key", &format!("\u{feff}{}\r\n", STANDARD.encode([7; 32])));
    let store = EncryptedFile::new(place.encrypted(), KeySource::Named(key));
    assert_eq!(value(&store, &token()).as_deref(), Some("token"));
}

#[test]
fn what_is_no_secret_is_refused() {
    let store = Place::new().store();
    for text in [String::new(), "x".repeat(65_537)] {
        assert!(store.set(&token(), &text.as_str().into()).unwrap_err().message.contains("default/xero/refresh"));
    }
}

#[test]
fn a_wrong_key_is_told_from_a_damaged_value_and_writes_nothing() {
    let place = Place::new();
    place.store().set(&token(), &"token".into()).unwrap();
    let before = std::fs::read(place.encrypted()).unwrap();
    let wrong = place.store_with("wrong.key", 8);
    for error in [wrong.get(&token()).unwrap_err(), wrong.set(&token(), &"new".into()).unwrap_err(), wrong.delete(&token()).unwrap_err()] {
        assert!(error.message.contains("sealed with another key"), "{error}");
    }
    assert_eq!(std::fs::read(place.encrypted()).unwrap(), before);
}

#[test]
fn a_torn_file_at_any_length_is_an_error_and_never_no_secret() {
    let place = Place::new();
    let store = place.store();
    store.set(&token(), &"token".into()).unwrap();
    let whole = std::fs::read(place.encrypted()).unwrap();
    for length in 0..whole.len() - 2 {
        std::fs::write(place.encrypted(), &whole[..length]).unwrap();
        let error = store.get(&token()).unwrap_err();
        assert!(error.message.contains("torn"), "{length} bytes: {error}");
    }
}

#[test]
fn a_file_of_a_newer_release_is_left_alone() {
    let place = Place::new();
    let store = place.store();
    store.set(&token(), &"token".into()).unwrap();
    let newer = r#"{"version": 2, "anything": []}"#;
    std::fs::write(place.encrypted(), newer).unwrap();
    assert!(store.set(&token(), &"new".into()).unwrap_err().message.contains("version 2"));
    assert_eq!(std::fs::read_to_string(place.encrypted()).unwrap(), newer);
}

#[test]
fn a_key_beside_the_file_is_refused() {
    let place = Place::new();
    let key = place.encrypted().with_file_name("cspctl.key");
    crate::files::write_file(&key, |out| out.write_all(STANDARD.encode([7; 32]).as_bytes())).unwrap();
    let store = EncryptedFile::new(place.encrypted(), KeySource::Named(key));
    let error = store.set(&token(), &"token".into()).unwrap_err();
    assert!(error.message.contains("lies beside"), "{error}");
    assert!(!place.encrypted().exists());
}

#[test]
fn systemd_s_credential_is_the_second_choice() {
    let variables = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>();
    let credential = KeySource::of_environment(&variables(&[("CREDENTIALS_DIRECTORY", "given"), (KEY_FILE_VARIABLE, "")]));
    assert_eq!(credential, KeySource::Credential(Path::new("given").join("cspctl.key")));
    let named = KeySource::of_environment(&variables(&[("CREDENTIALS_DIRECTORY", "given"), (KEY_FILE_VARIABLE, "own.key")]));
    assert_eq!(named, KeySource::Named(PathBuf::from("own.key")));
    assert_eq!(KeySource::of_environment(&BTreeMap::new()), KeySource::Missing);
}

#[test]
fn writers_at_once_lose_nothing() {
    let place = Place::new();
    let path = place.key("cspctl.key", &STANDARD.encode([7; 32]));
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (encrypted, path) = (place.encrypted(), path.clone());
            let _ = scope.spawn(move || {
                let store = EncryptedFile::new(encrypted, KeySource::Named(path));
                store.set(&SecretName::new(&format!("profile{writer}"), Purpose::XeroRefreshToken), &"token".into()).unwrap();
            });
        }
    });
    for writer in 0..8 {
        assert!(value(&place.store(), &SecretName::new(&format!("profile{writer}"), Purpose::XeroRefreshToken)).is_some(), "{writer} is lost");
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn files_that_others_may_read_are_refused() {
        let place = Place::new();
        let store = place.store();
        store.set(&token(), &"token".into()).unwrap();
        assert_eq!(std::fs::metadata(place.encrypted()).unwrap().permissions().mode() & 0o777, 0o600);
        set_mode(&place.encrypted(), 0o644);
        let error = store.get(&token()).unwrap_err();
        assert!(error.message.contains("0644") && error.hints[0].contains("chmod 600"), "{error:?}");
        set_mode(&place.encrypted(), 0o600);
        let key = place.folder.path().join("keys").join("cspctl.key");
        set_mode(&key, 0o640);
        let error = store.get(&token()).unwrap_err();
        assert!(error.message.contains("the key file") && error.message.contains("0640"), "{error}");
    }

    #[test]
    fn a_credential_of_systemd_shows_a_group_and_is_taken() {
        let place = Place::new();
        let key = place.key("cspctl.key", &STANDARD.encode([7; 32]));
        set_mode(&key, 0o440);
        let store = EncryptedFile::new(place.encrypted(), KeySource::Credential(key));
        store.set(&token(), &"token".into()).unwrap();
        assert_eq!(value(&store, &token()).as_deref(), Some("token"));
    }
}
