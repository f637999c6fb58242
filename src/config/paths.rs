//! Where things lie on each platform. The environment comes in as data, so that tests decide it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The environment as it was at the start.
pub type Environment = BTreeMap<String, String>;

/// The name of the profile that needs no folder of its own.
pub const DEFAULT_PROFILE: &str = "default";

/// Why no folder can be told.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoFolder {
    /// No home folder.
    #[error("the home folder of this user is not known; pass --config FILE")]
    NoHome,
    /// A profile's name becomes a folder's name.
    #[error("`{0}` cannot be a profile's name; use letters, digits, `-` and `_`, at most 64")]
    BadProfile(String),
}

/// The folder of `config.toml` and `mapping.toml` of a profile.
///
/// # Errors
///
/// When there is no home folder, or the profile's name could leave the folder.
pub fn config_folder(environment: &Environment, profile: &str) -> Result<PathBuf, NoFolder> {
    let base = if cfg!(windows) {
        absolute(environment, "APPDATA").map_or_else(|| Ok(home(environment)?.join("AppData").join("Roaming")), Ok)
    } else if cfg!(target_os = "macos") {
        Ok(home(environment)?.join("Library").join("Application Support"))
    } else {
        absolute(environment, "XDG_CONFIG_HOME").map_or_else(|| Ok(home(environment)?.join(".config")), Ok)
    };
    of_profile(&base?, profile)
}

/// The folder of `ledger.db` of a profile.
///
/// # Errors
///
/// When there is no home folder, or the profile's name could leave the folder.
pub fn state_folder(environment: &Environment, profile: &str) -> Result<PathBuf, NoFolder> {
    let base = if cfg!(windows) {
        absolute(environment, "LOCALAPPDATA").map_or_else(|| Ok(home(environment)?.join("AppData").join("Local")), Ok)
    } else if cfg!(target_os = "macos") {
        Ok(home(environment)?.join("Library").join("Application Support"))
    } else {
        absolute(environment, "XDG_STATE_HOME").map_or_else(|| Ok(home(environment)?.join(".local").join("state")), Ok)
    };
    of_profile(&base?, profile)
}

/// A profile's name as the name of a folder.
///
/// # Errors
///
/// When it is anything but letters, digits, `-` and `_`.
pub fn check_profile(profile: &str) -> Result<(), NoFolder> {
    let plain = profile.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'));
    if plain && (1..=64).contains(&profile.len()) { Ok(()) } else { Err(NoFolder::BadProfile(profile.to_owned())) }
}

fn of_profile(base: &Path, profile: &str) -> Result<PathBuf, NoFolder> {
    check_profile(profile)?;
    let folder = base.join("cspctl");
    Ok(if profile == DEFAULT_PROFILE { folder } else { folder.join("profiles").join(profile) })
}

/// A variable that holds an absolute path; the XDG specification tells to ignore others.
fn absolute(environment: &Environment, name: &str) -> Option<PathBuf> {
    environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn home(environment: &Environment) -> Result<PathBuf, NoFolder> {
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    absolute(environment, variable).or_else(|| etcetera::home_dir().ok()).ok_or(NoFolder::NoHome)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &Path)]) -> Environment {
        pairs.iter().map(|(name, path)| ((*name).to_owned(), path.display().to_string())).collect()
    }

    #[test]
    fn profiles_have_folders_of_their_own() {
        let root = std::env::temp_dir();
        let environment = environment(&[("XDG_CONFIG_HOME", &root), ("APPDATA", &root), ("HOME", &root), ("USERPROFILE", &root)]);
        let default = config_folder(&environment, "default").unwrap();
        assert!(default.starts_with(&root) && default.ends_with("cspctl"));
        assert_eq!(config_folder(&environment, "nz").unwrap(), default.join("profiles").join("nz"));
    }

    #[cfg(not(any(windows, target_os = "macos")))]
    #[test]
    fn xdg_folders_count_when_they_are_absolute() {
        let environment = environment(&[("XDG_STATE_HOME", Path::new("relative")), ("HOME", Path::new("/home/kiri"))]);
        assert_eq!(state_folder(&environment, "default").unwrap(), Path::new("/home/kiri/.local/state/cspctl"));
        assert_eq!(config_folder(&environment, "default").unwrap(), Path::new("/home/kiri/.config/cspctl"));
    }

    #[test]
    fn a_profile_cannot_leave_its_folder() {
        for profile in ["..", "a/b", "a\\b", "", "nz ", "C:"] {
            assert_eq!(state_folder(&Environment::new(), profile).unwrap_err(), NoFolder::BadProfile(profile.to_owned()));
        }
    }
}
