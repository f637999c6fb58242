//! Who is at this machine, for the audit trail.

use crate::app::App;
use crate::ledger::MachineUser;

/// The machine's user with the signed-in account in brackets, where a record has one place for both.
pub(super) fn actor(user: &MachineUser, account: Option<&str>) -> MachineUser {
    MachineUser(account.map_or_else(|| user.0.clone(), |account| format!("{} ({account})", user.0)))
}

/// The machine's user, with the machine's name where the environment has it.
pub(super) fn machine_user(app: &App) -> MachineUser {
    let first = |names: [&str; 3]| names.into_iter().find_map(|name| app.variable(name));
    let user = first(["USER", "LOGNAME", "USERNAME"]).unwrap_or("unknown");
    let machine = first(["COMPUTERNAME", "HOSTNAME", "HOST"]);
    MachineUser(machine.map_or_else(|| user.to_owned(), |machine| format!("{user}@{machine}")))
}
