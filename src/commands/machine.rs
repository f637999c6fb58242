//! Who is at this machine, for the audit trail.

use crate::app::App;
use crate::ledger::MachineUser;

/// The machine's user with the signed-in account in brackets, where a record has one place for both.
pub(super) fn actor(user: &MachineUser, account: Option<&str>) -> MachineUser {
    MachineUser(account.map_or_else(|| user.0.clone(), |account| format!("{} ({account})", user.0)))
}

/// The machine's user, with the machine's name where the environment has it.
pub(super) fn machine_user(app: &App) -> MachineUser {
    let first = |names: [&str; 3]| names.into_iter().find_map(|name| app.variable(name)).map(str::to_owned);
    // A scheduler may set none of them.
    let user = first(["LOGNAME", "USER", "USERNAME"]).or_else(of_system).unwrap_or_else(|| "unknown".to_owned());
    let machine = first(["COMPUTERNAME", "HOSTNAME", "HOST"]);
    MachineUser(machine.map_or_else(|| user.clone(), |machine| format!("{user}@{machine}")))
}

/// The name that the system's list of users has for the owner of this process, else its number.
#[cfg(unix)]
fn of_system() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    // What a process makes is its user's.
    let user_id = std::fs::metadata("/proc/self").or_else(|_| tempfile::tempfile()?.metadata()).ok()?.uid();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Some(name_of(&users, user_id).unwrap_or_else(|| format!("uid {user_id}")))
}

/// Windows always sets USERNAME.
#[cfg(not(unix))]
fn of_system() -> Option<String> {
    None
}

/// The name of a user in the text of `/etc/passwd`: name, password, user id, and more behind.
#[cfg(unix)]
fn name_of(users: &str, user_id: u32) -> Option<String> {
    let mut users = users.lines().map(|line| line.split(':'));
    users.find_map(|mut fields| {
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(user_id)).then(|| name.to_owned())
    })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_without_variables_has_a_name_or_at_least_a_number() {
        let users = "root:x:0:0:root:/root:/bin/bash\n# comment\n:x:7:\nbroken\ncspctl:x:998:998::/var/lib/cspctl:/usr/sbin/nologin\n";
        assert_eq!(name_of(users, 998).as_deref(), Some("cspctl"));
        assert_eq!(name_of(users, 0).as_deref(), Some("root"));
        assert_eq!((name_of(users, 7), name_of(users, 1000), name_of("", 0)), (None, None, None));
        let user = of_system().unwrap();
        assert!(!user.is_empty() && user != "unknown", "{user}");
    }
}
