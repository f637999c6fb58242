//! `cspctl users allow` and `revoke`: edits `access.allowed_users` and nothing else of `config.toml`.

use super::{AllowArgs, RevokeArgs};
use crate::app::App;
use crate::commands::access::{is_named, permit};
use crate::commands::place::place;
use crate::config::edit::Editor;
use crate::config::load::{Loaded, settings_of};
use crate::exit::{Failure, Kind};
use crate::microsoft::directory::DirectoryUser;
use crate::services::{command, microsoft as service};
use crate::ui::words::count_of;

/// Lets accounts change things.
pub(super) fn allow(app: &App, loaded: &Loaded, args: &AllowArgs) -> Result<(), Failure> {
    // A list needs a sign-in to be checked against: without an app nobody could ever pass it.
    let _ = service::client_id(loaded)?;
    let account = permit(app, loaded)?;
    let before = &loaded.settings.access.allowed_users;
    let names = if args.unchecked { named(&args.names)? } else { checked(app, loaded, &named(&args.names)?)? };
    let new: Vec<String> = names.into_iter().filter(|name| !is_named(before, name)).collect();
    let after: Vec<String> = before.iter().chain(&new).cloned().collect();
    refuse_lock_out(app, account.as_deref(), &after, args.yes)?;
    save(app, loaded, &new, &|_| false, &after)
}

/// Takes accounts off the list.
pub(super) fn revoke(app: &App, loaded: &Loaded, args: &RevokeArgs) -> Result<(), Failure> {
    let account = permit(app, loaded)?;
    let (before, names) = (&loaded.settings.access.allowed_users, named(&args.names)?);
    if let Some(unknown) = names.iter().find(|name| !is_named(before, name)) {
        return Err(Failure::message(Kind::Usage, format!("access.allowed_users does not name {unknown}")).hint(command(app, "users list")));
    }
    let after: Vec<String> = before.iter().filter(|name| !is_named(&names, name)).cloned().collect();
    if after.is_empty() && !args.yes {
        let message = format!("without {} the list is empty, and everybody who can run cspctl here may change things; nothing was changed", names.join(", "));
        return Err(Failure::message(Kind::Usage, message).hint("--yes, when that is meant").hint("or allow somebody else first"));
    }
    refuse_lock_out(app, account.as_deref(), &after, args.yes)?;
    save(app, loaded, &[], &|name| is_named(&names, name), &after)
}

/// User names as typed, each once.
fn named(names: &[String]) -> Result<Vec<String>, Failure> {
    let mut found: Vec<String> = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        let is_user_name = name.split_once('@').is_some_and(|(user, domain)| !user.is_empty() && domain.contains('.')) && !name.contains(char::is_whitespace);
        if !is_user_name {
            return Err(Failure::message(Kind::Usage, format!("`{name}` is no user name; it looks like name@msp.example")));
        }
        if !is_named(&found, name) {
            found.push(name.to_owned());
        }
    }
    Ok(found)
}

/// The names as the directory spells them. One that could never sign in is refused.
fn checked(app: &App, loaded: &Loaded, names: &[String]) -> Result<Vec<String>, Failure> {
    let unread = |failure: Failure| failure.hint("--unchecked adds names without looking them up in the directory");
    let directory = super::directory(app, loaded).map_err(unread)?;
    names.iter().map(|name| in_directory(&directory, name)).collect()
}

fn in_directory(directory: &[DirectoryUser], name: &str) -> Result<String, Failure> {
    let refused = |why: &str| Failure::message(Kind::Usage, format!("{name} {why}; nothing was changed"));
    let Some(user) = directory.iter().find(|user| user.user_name.to_lowercase() == name.to_lowercase()) else {
        return Err(refused("is not in the directory of the MSP's tenant").hint("cspctl users list shows who is"));
    };
    match user {
        DirectoryUser { is_guest: true, .. } => Err(refused("is a guest of the tenant and cannot sign in here")),
        DirectoryUser { is_enabled: false, .. } => Err(refused("is disabled")),
        _ => Ok(user.user_name.clone()),
    }
}

/// Nobody shuts the door behind himself unless that is meant.
fn refuse_lock_out(app: &App, account: Option<&str>, after: &[String], yes: bool) -> Result<(), Failure> {
    if yes || after.is_empty() {
        return Ok(());
    }
    match account {
        Some(account) if !is_named(after, account) => {
            let message = format!("you are signed in as {account}, and could not change anything any more; nothing was changed");
            Err(Failure::message(Kind::Usage, message).hint(format!("name {account} as well")).hint("--yes, when that is meant"))
        }
        Some(_) => Ok(()),
        None => {
            app.output.warn(&format!("nobody is signed in: from now on changing anything needs {}", command(app, "auth microsoft")));
            Ok(())
        }
    }
}

fn save(app: &App, loaded: &Loaded, add: &[String], is_out: &dyn Fn(&str) -> bool, after: &[String]) -> Result<(), Failure> {
    let mut editor = Editor::open(&loaded.file, "")?;
    // What was asked and refused above was about the list as it was loaded.
    if settings_of(&loaded.file, &editor.text())?.access.allowed_users != loaded.settings.access.allowed_users {
        let message = "somebody else changed access.allowed_users meanwhile; nothing was changed";
        return Err(Failure::message(Kind::Busy, message).hint(command(app, "users list")));
    }
    editor.change_list("access", "allowed_users", add, is_out)?;
    editor.save()?;
    if app.output.is_json() {
        let object = serde_json::json!({ "schema_version": 1, "profile": app.profile, "restricted": !after.is_empty(), "allowed_users": after });
        return Ok(app.output.json(&object)?);
    }
    let place = place(&app.profile, None);
    app.output.note(&if after.is_empty() {
        format!("The list is empty: everybody who can run cspctl here may change things{place}.")
    } else {
        format!("{} may change things{place}: {}.", count_of(after.len(), "account"), after.join(", "))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_user_name_is_refused_and_doubles_count_once() {
        let names = |names: &[&str]| named(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).map_err(|failure| failure.source.to_string());
        assert_eq!(names(&["a@msp.example", " A@MSP.example "]).unwrap(), ["a@msp.example"]);
        for wrong in ["kiri", "@msp.example", "kiri@msp", "ki ri@msp.example", ""] {
            assert!(names(&[wrong]).unwrap_err().contains("is no user name"), "{wrong}");
        }
    }

    #[test]
    fn names_that_could_never_sign_in_are_refused_with_the_reason() {
        let user = |user_name: &str, is_enabled, is_guest| DirectoryUser { name: String::new(), user_name: user_name.to_owned(), is_enabled, is_guest };
        let directory = [user("Kiri@msp.example", true, false), user("left@msp.example", false, false), user("g@msp.example", true, true)];
        assert_eq!(in_directory(&directory, "kiri@MSP.example").unwrap(), "Kiri@msp.example");
        for (name, why) in [("left@msp.example", "is disabled"), ("g@msp.example", "is a guest"), ("who@msp.example", "is not in the directory")] {
            assert!(in_directory(&directory, name).unwrap_err().source.to_string().contains(why), "{name}");
        }
    }

    #[test]
    fn regression_two_revokes_at_once_emptied_the_list() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let write = |names: &str| std::fs::write(&file, format!("[access]\nallowed_users = [{names}]\n")).unwrap();
        let app = App {
            output: crate::ui::output::Output::new(crate::ui::output::Look::default(), Box::new(std::io::sink()), Box::new(std::io::sink())),
            environment: ["XDG_STATE_HOME", "LOCALAPPDATA", "HOME", "USERPROFILE"].map(|name| (name.to_owned(), folder.path().display().to_string())).into(),
            clock: crate::app::Clock::Fixed(jiff::Timestamp::UNIX_EPOCH),
            config_file: Some(file.clone()),
            profile: "default".to_owned(),
            may_prompt: false,
            replaced: crate::app::Replaced::default(),
        };
        write("\"tech@msp.example\", \"aroha@msp.example\"");
        let loaded = crate::config::load::read(&app).unwrap();
        // While Microsoft was asked, somebody else took the other one off.
        write("\"tech@msp.example\"");
        let failure = save(&app, &loaded, &[], &|name| name == "tech@msp.example", &["aroha@msp.example".to_owned()]).unwrap_err();
        assert_eq!(failure.kind, Kind::Busy);
        assert!(std::fs::read_to_string(&file).unwrap().contains("tech@msp.example"));
    }
}
