//! Free space where files are written. A full disk ends a run half-way: nothing is billed twice, but nothing
//! is finished either.

use std::io;
use std::path::{Path, PathBuf};

use super::super::check::Verdict;
use crate::exit::Kind;

/// Below this, the next reports and import files may not fit: in bytes.
const WARNING_BYTES: u64 = 200_000_000;
/// Below this, not even the ledger is sure to grow: in bytes.
const PROBLEM_BYTES: u64 = 20_000_000;

/// How much a user without special rights may still write into an existing folder, in bytes.
pub(super) type Available<'a> = &'a dyn Fn(&Path) -> io::Result<u64>;

/// Asks the system.
pub(super) fn of_system(folder: &Path) -> io::Result<u64> {
    fs4::available_space(folder)
}

/// Judges the place with the least room of these: each the setting that names it, and its folder.
pub(super) fn check(places: &[(&str, PathBuf)], available: Available<'_>) -> Verdict {
    let mut least: Option<(u64, &str, &Path)> = None;
    for (name, folder) in places {
        let existing = folder.ancestors().find(|folder| folder.exists() && !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match available(existing) {
            Ok(bytes) if least.is_none_or(|(least, ..)| bytes < least) => least = Some((bytes, name, folder)),
            Ok(_) => {}
            Err(error) => return Verdict::warning(format!("the free space of {} ({name}) cannot be told: {error}", existing.display())),
        }
    }
    let Some((bytes, name, folder)) = least else { return Verdict::skipped("nothing is written") };
    if bytes >= WARNING_BYTES {
        return Verdict::ok(format!("{} are free where files are written", shown(bytes)));
    }
    let message = format!("only {} are free for {} ({name})", shown(bytes), folder.display());
    let verdict = if bytes < PROBLEM_BYTES { Verdict::problem(Kind::Failed, message) } else { Verdict::warning(message) };
    verdict.fix("make room on that disk: old reports and import files can go, the ledger cannot").fix(format!("or name a folder on another disk: {name}"))
}

/// `1.4 GB`, `86 MB`: as disks are sold.
fn shown(bytes: u64) -> String {
    let tenths = bytes / 100_000_000;
    if tenths >= 10 { format!("{}.{} GB", tenths / 10, tenths % 10) } else { format!("{} MB", bytes / 1_000_000) }
}

#[cfg(test)]
mod tests {
    use super::super::super::check::State;
    use super::*;

    fn of(bytes: u64) -> Verdict {
        check(&[("ledger.path", std::env::temp_dir().join("none"))], &|_| Ok(bytes))
    }

    #[test]
    fn a_disk_that_is_nearly_full_is_told_before_it_is_full() {
        for (bytes, state, text) in [
            (5_430_000_000, State::Ok, "5.4 GB are free"),
            (200_000_000, State::Ok, "200 MB are free"),
            (199_999_999, State::Warning, "only 199 MB are free"),
            (20_000_000, State::Warning, "only 20 MB"),
            (19_999_999, State::Problem(Kind::Failed), "only 19 MB"),
            (0, State::Problem(Kind::Failed), "only 0 MB"),
        ] {
            let verdict = of(bytes);
            assert!(verdict.state == state && verdict.message.contains(text), "{bytes}: {verdict:?}");
            assert_eq!(verdict.fixes.is_empty(), state == State::Ok, "{verdict:?}");
        }
        assert!(of(0).message.ends_with("(ledger.path)") && of(0).fixes[1].ends_with("ledger.path"), "{:?}", of(0));
    }

    #[test]
    fn the_place_with_the_least_room_counts_and_is_looked_for_where_it_will_be() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (folder.path().join("out").join("reports"), folder.path().join("small").join("state"));
        std::fs::create_dir(folder.path().join("small")).unwrap();
        let available = |path: &Path| Ok(if path.ends_with("small") { 1_000_000 } else { 900_000_000_000 });
        let verdict = check(&[("report.dir", here), ("ledger.path", there)], &available);
        assert!(verdict.message.contains("ledger.path") && verdict.message.contains("state"), "{verdict:?}");
    }

    #[test]
    fn the_system_tells_and_what_it_cannot_tell_is_a_warning() {
        assert!(of_system(&std::env::temp_dir()).unwrap() > 0);
        let verdict = check(&[("report.dir", std::env::temp_dir())], &|_| Err(io::Error::other("no answer")));
        assert!(verdict.state == State::Warning && verdict.message.contains("no answer"), "{verdict:?}");
    }
}
