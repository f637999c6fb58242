//! Whether a path lies on a network share or in a folder that a program copies elsewhere, where that can be told.

use std::path::{Path, PathBuf};

/// A place that is not a plain local disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// A file system of another machine, by its kind.
    Network(String),
    /// A folder that this program copies.
    Synchronised(&'static str),
}

/// Kinds of file systems that other machines serve.
const NETWORK: [&str; 14] =
    ["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.rclone", "fuse.glusterfs", "vboxsf"];
/// Folders that are copied, by the start of a folder's name.
const SYNCHRONISED: [&str; 5] = ["OneDrive", "Dropbox", "Google Drive", "iCloud Drive", "Nextcloud"];

/// What a path lies on; `None` for a local disk, and where nothing can be told.
pub(super) fn of(path: &Path) -> Option<Share> {
    let path = resolved(path);
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    network(&path, &mounts).map(Share::Network).or_else(|| synchronised(&path).map(Share::Synchronised))
}

/// The nearest part of the path that exists, with its links followed.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let existing = absolute.ancestors().find_map(|part| std::fs::canonicalize(part).ok());
    existing.unwrap_or(absolute)
}

/// The kind of file system, if it is one of a network: from Linux's list of mounts, or from the shape of
/// a path of Windows (`\\server\share`).
fn network(path: &Path, mounts: &str) -> Option<String> {
    let text = path.to_string_lossy();
    let is_unc = text.starts_with(r"\\?\UNC\") || (text.starts_with(r"\\") && !text.starts_with(r"\\?\") && !text.starts_with(r"\\.\"));
    if is_unc {
        return Some("a path of another machine".to_owned());
    }
    // "36 35 98:0 / /mount/point rw,noatime shared:1 - nfs4 server:/export rw": man 5 proc_pid_mountinfo.
    let mount = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let point = unescaped(before.split(' ').nth(4)?);
        Some((PathBuf::from(point), after.split(' ').next()?.to_owned()))
    };
    let holding = mounts.lines().filter_map(mount).filter(|(point, _)| path.starts_with(point));
    // Of several with one place the last one counts: it lies on top.
    let (point, kind) = holding.max_by_key(|(point, _)| point.components().count())?;
    // The root of a container may be served to it, which is its local disk.
    (NETWORK.contains(&kind.as_str()) && point != Path::new("/")).then_some(kind)
}

/// Blanks and backslashes in mount points are octal numbers.
fn unescaped(text: &str) -> String {
    [(r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", r"\")].into_iter().fold(text.to_owned(), |text, (code, letter)| text.replace(code, letter))
}

fn synchronised(path: &Path) -> Option<&'static str> {
    let is_in = |name: &str| path.components().any(|part| part.as_os_str().to_string_lossy().starts_with(name));
    SYNCHRONISED.into_iter().find(|name| is_in(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 27 0:21 / / rw,relatime - 9p root rw
36 22 98:0 / /home rw,noatime shared:1 - ext4 /dev/sda1 rw
37 36 0:45 / /home/kiri/the\\040team rw - nfs4 server:/team rw,vers=4.2
38 22 0:46 / /mnt/c rw - 9p drvfs rw
39 37 8:1 / /home/kiri/the\\040team/local rw - xfs /dev/sdb1 rw
";

    #[test]
    fn the_nearest_mount_decides() {
        for (path, kind) in [
            ("/home/kiri/ledger.db", None),
            ("/home/kiri/the team/ledger.db", Some("nfs4")),
            ("/home/kiri/the team/local/ledger.db", None),
            ("/home/kiri/the teammate/ledger.db", None),
            ("/mnt/c/Users/ledger.db", Some("9p")),
            ("/var/lib/ledger.db", None),
        ] {
            assert_eq!(network(Path::new(path), MOUNTS).as_deref(), kind, "{path}");
        }
        assert_eq!(network(Path::new("/home"), ""), None);
        assert_eq!(network(Path::new("/home"), "garbage\n1 2 - \n"), None);
    }

    #[test]
    fn a_share_of_windows_is_known_by_its_path() {
        for path in [r"\\server\share\ledger.db", r"\\?\UNC\server\share\ledger.db"] {
            assert!(network(Path::new(path), "").is_some(), "{path}");
        }
        for path in [r"C:\Users\kiri\ledger.db", r"\\?\C:\Users\kiri\ledger.db"] {
            assert_eq!(network(Path::new(path), ""), None, "{path}");
        }
    }

    #[test]
    fn folders_that_are_copied_are_known_by_name() {
        assert_eq!(synchronised(Path::new("/home/kiri/OneDrive - Example MSP/cspctl/ledger.db")), Some("OneDrive"));
        assert_eq!(synchronised(Path::new("/home/kiri/.local/state/cspctl/ledger.db")), None);
    }
}
