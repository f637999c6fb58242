//! `cspctl users list`: the directory with who is allowed, or the list alone.

use serde_json::json;

use crate::app::App;
use crate::commands::access::{is_named, stored_account};
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::microsoft::directory::DirectoryUser;
use crate::ui::table::{Cell, Column, Table, Tone};
use crate::ui::words::count_of;

/// Shows who may change things. That the directory cannot be read is said, and no failure.
pub(super) fn run(app: &App, loaded: &Loaded) -> Result<(), Failure> {
    let allowed = &loaded.settings.access.allowed_users;
    let (directory, reason) = match super::directory(app, loaded) {
        Ok(users) => (Some(users), None),
        Err(failure) if failure.kind == Kind::Interrupted => return Err(failure),
        Err(failure) => (None, Some(failure)),
    };
    let rows = rows(allowed, directory.as_deref());
    if app.output.is_json() {
        let reason = reason.as_ref().map(|failure| format!("{:#}", failure.source));
        return Ok(app.output.json(&json!({
            "schema_version": 1, "profile": app.profile, "restricted": !allowed.is_empty(), "account": stored_account(app, loaded),
            "directory": { "read": directory.is_some(), "reason": reason },
            "users": rows.iter().map(Row::json).collect::<Vec<_>>(),
        }))?);
    }
    app.output.data(&table(app, &rows))?;
    if let Some(failure) = reason {
        let hint = failure.hints.first().map(|hint| format!(" ({hint})")).unwrap_or_default();
        app.output.note(&format!("The directory is not shown: {:#}{hint}", failure.source));
    }
    app.output.note(&summary(allowed, &rows, directory.is_some()));
    Ok(())
}

fn summary(allowed: &[String], rows: &[Row], is_read: bool) -> String {
    if allowed.is_empty() {
        return "access.allowed_users is empty: everybody who can run cspctl here may change things.".to_owned();
    }
    let unknown = rows.iter().filter(|row| row.is_allowed && row.user.is_none()).count();
    let dead = if is_read && unknown > 0 { format!("; {unknown} of them not in the directory") } else { String::new() };
    format!("{} may change things{dead}.", count_of(allowed.len(), "account"))
}

/// An account of the directory, or of the list alone.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    user_name: String,
    is_allowed: bool,
    user: Option<DirectoryUser>,
}

/// Those who may come first.
fn rows(allowed: &[String], directory: Option<&[DirectoryUser]>) -> Vec<Row> {
    let directory = directory.unwrap_or_default();
    let known: Vec<String> = directory.iter().map(|user| user.user_name.clone()).collect();
    let of_list = |name: &String| Row { user_name: name.trim().to_owned(), is_allowed: true, user: None };
    let mut rows: Vec<Row> = allowed.iter().filter(|name| !is_named(&known, name)).map(of_list).collect();
    rows.extend(directory.iter().map(|user| Row {
        user_name: user.user_name.clone(),
        is_allowed: allowed.is_empty() || is_named(allowed, &user.user_name),
        user: Some(user.clone()),
    }));
    rows.sort_by_cached_key(|row| (!row.is_allowed, row.user_name.to_lowercase()));
    rows
}

impl Row {
    fn json(&self) -> serde_json::Value {
        let user = self.user.as_ref();
        json!({ "user_name": self.user_name, "name": user.map(|user| user.name.as_str()), "allowed": self.is_allowed, "in_directory": user.is_some(),
            "enabled": user.map(|user| user.is_enabled), "guest": user.map(|user| user.is_guest) })
    }

    fn state(&self) -> Cell {
        match &self.user {
            None => Cell::from(""),
            Some(user) if user.is_guest => Cell::toned("guest, cannot sign in", Tone::Warning),
            Some(user) if !user.is_enabled => Cell::toned("disabled", Tone::Warning),
            Some(_) => Cell::from("enabled"),
        }
    }
}

fn table(app: &App, rows: &[Row]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new([Column::Text("Name"), Column::Word("User name"), Column::Word("Account"), Column::Word("May change things")]);
    for row in rows {
        let name = row.user.as_ref().map_or("", |user| user.name.as_str());
        let may = if row.is_allowed { Cell::toned("yes", Tone::Good) } else { Cell::from("no") };
        table.row([Cell::from(name), Cell::from(row.user_name.as_str()), row.state(), may]);
    }
    let look = app.output.look();
    table.render(look.width, look.colour_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(user_name: &str) -> DirectoryUser {
        DirectoryUser { name: "N".into(), user_name: user_name.into(), is_enabled: true, is_guest: false }
    }

    #[test]
    fn those_who_may_come_first_and_a_name_that_the_directory_lacks_is_not_lost() {
        let allowed = ["gone@msp.example".to_owned(), "B@msp.example".to_owned()];
        let rows = rows(&allowed, Some(&[user("a@msp.example"), user("b@msp.example")]));
        let shown: Vec<_> = rows.iter().map(|row| (row.user_name.as_str(), row.is_allowed, row.user.is_some())).collect();
        assert_eq!(shown, [("b@msp.example", true, true), ("gone@msp.example", true, false), ("a@msp.example", false, true)]);
        assert_eq!(summary(&allowed, &rows, true), "2 accounts may change things; 1 of them not in the directory.");
    }

    #[test]
    fn with_an_empty_list_everybody_may() {
        assert!(rows(&[], Some(&[user("a@msp.example")])).iter().all(|row| row.is_allowed));
        assert!(summary(&[], &[], false).contains("everybody"));
    }
}
