//! Answers that an earlier `pull --to` left in the same folder: mixed with new ones they would tell of two days at
//! once. Only files that carry a name of our own giving go.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use crate::domain::ids::TenantId;
use crate::exit::{Failure, Kind};

/// The services that answers are named after.
const SERVICES: [&str; 2] = ["graph", "partner-center"];
/// Digits of an answer's number.
const NUMBER: usize = 5;

/// Removes them below the folder of Microsoft's answers.
///
/// # Errors
///
/// When a folder cannot be read, or one of the files cannot be removed.
pub(super) fn remove(folder: &Path) -> Result<(), Failure> {
    let answers = folder.join("answers");
    let of_tenant = |entry: &DirEntry| entry.file_name().to_str().is_some_and(|name| name.parse::<TenantId>().is_ok());
    for tenant in entries(&answers)?.iter().filter(|entry| is(entry, fs::FileType::is_dir) && of_tenant(entry)) {
        for file in entries(&tenant.path())?.iter().filter(|entry| is(entry, fs::FileType::is_file) && entry.file_name().to_str().is_some_and(is_answer)) {
            remove_file(&file.path())?;
        }
        // A tenant that is not asked any more; with somebody's own file in it, it stays.
        let _ = fs::remove_dir(tenant.path());
    }
    let left_out = answers.join("left-out.txt");
    if fs::symlink_metadata(&left_out).is_ok_and(|metadata| metadata.is_file()) { remove_file(&left_out) } else { Ok(()) }
}

/// As the answers are named: `00032-graph-subscriptions.json`.
fn is_answer(name: &str) -> bool {
    let parts = || {
        let (number, rest) = name.strip_suffix(".json")?.split_once('-')?;
        let word = SERVICES.iter().find_map(|service| rest.strip_prefix(service)?.strip_prefix('-'))?;
        Some((number, word))
    };
    parts().is_some_and(|(number, word)| {
        let is_number = number.len() >= NUMBER && number.chars().all(|character| character.is_ascii_digit());
        is_number && !word.is_empty() && word.chars().all(|character| character.is_ascii_lowercase())
    })
}

/// Links are neither: what they lead to is not ours.
fn is(entry: &DirEntry, kind: fn(&fs::FileType) -> bool) -> bool {
    entry.file_type().is_ok_and(|found| kind(&found))
}

fn entries(folder: &Path) -> Result<Vec<DirEntry>, Failure> {
    match fs::read_dir(folder).and_then(Iterator::collect) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found.map_err(|error| failure(folder, "read", error)),
    }
}

fn remove_file(file: &Path) -> Result<(), Failure> {
    fs::remove_file(file).map_err(|error| failure(file, "removed", error))
}

fn failure(path: &Path, action: &str, error: io::Error) -> Failure {
    let told = format!("{}, of an earlier pull, cannot be {action}", path.display());
    Failure::new(Kind::Failed, anyhow::Error::new(error).context(told)).hint("give --to an empty folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "646f7f53-e9d3-474a-95b1-effb9866db45";

    #[test]
    fn answers_of_an_earlier_pull_go_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        remove(folder.path()).unwrap();
        let own = [
            format!("answers/{TENANT}/notes.json"),
            format!("answers/{TENANT}/00032-graph-subscriptions.json.bak"),
            format!("answers/{TENANT}/32-graph-subscriptions.json"),
            format!("answers/{TENANT}/00032-graph-my-notes.json"),
            "answers/mine/00032-graph-subscriptions.json".to_owned(),
            "answers/00032-graph-subscriptions.json".to_owned(),
            "seats.csv".to_owned(),
        ];
        let other = "196e2273-9651-43a3-ba7e-7cbcd918fc40";
        let ours = [
            format!("answers/{TENANT}/00032-graph-subscriptions.json"),
            format!("answers/{TENANT}/100034-partner-center-answer.json"),
            format!("answers/{other}/00001-graph-users.json"),
            "answers/left-out.txt".to_owned(),
        ];
        for name in own.iter().chain(&ours) {
            crate::files::write_file(&folder.path().join(name), |out| out.write_all(b"{}")).unwrap();
        }
        remove(folder.path()).unwrap();
        let left: Vec<&String> = own.iter().chain(&ours).filter(|name| folder.path().join(name).exists()).collect();
        assert_eq!(left, own.iter().collect::<Vec<_>>());
        assert!(!folder.path().join("answers").join(other).exists(), "no empty folders are left");
    }
}
