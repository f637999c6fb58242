//! Adding texts to a list of a `[section]` and taking them out, with everything that a person wrote
//! around them: one line or many, and a comment on an entry's line or above it.

use toml_edit::{Array, Item, RawString, Value};

use super::Editor;
use crate::config::problem::Problems;

/// What a new entry of a list over several lines is indented by when there is none to copy.
const INDENTATION: &str = "    ";

impl Editor {
    /// Adds texts to the end of a list, and takes out those that `is_out` names. A missing section or list is made.
    ///
    /// # Errors
    ///
    /// When the section is no table or the key no list.
    pub fn change_list(&mut self, section: &str, key: &str, add: &[String], is_out: &dyn Fn(&str) -> bool) -> Result<(), Problems> {
        let wrong = Problems::whole(self.file.clone(), format!("`{section}.{key}` is not a list"));
        let list = self.section(section)?.entry(key).or_insert(Item::Value(Value::Array(Array::new())));
        let list = list.as_array_mut().ok_or(wrong)?;
        end_in_comma(list);
        for index in (0..list.len()).rev() {
            if list.get(index).and_then(Value::as_str).is_some_and(|text| is_out(text.trim())) {
                take_out(list, index);
            }
        }
        for text in add {
            append(list, text);
        }
        Ok(())
    }
}

fn text_of(raw: Option<&RawString>) -> String {
    raw.and_then(RawString::as_str).unwrap_or_default().to_owned()
}

/// What stands on the line of the entry before, and everything from the next line on.
fn split_line(blanks: &str) -> (&str, &str) {
    blanks.find('\n').and_then(|at| blanks.split_at_checked(at)).unwrap_or((blanks, ""))
}

/// A list over several lines ends in a comma, so that what follows its last entry is in one place.
fn end_in_comma(list: &mut Array) {
    let Some(newest) = list.iter_mut().last() else { return };
    let suffix = text_of(newest.decor().suffix());
    newest.decor_mut().set_suffix("");
    if suffix.contains('\n') {
        list.set_trailing_comma(true);
    }
    let trailing = text_of(Some(list.trailing()));
    list.set_trailing(suffix + &trailing);
}

/// Removes an entry with the comment on its line and the one directly above it.
fn take_out(list: &mut Array, index: usize) {
    let removed = list.remove(index);
    let own = text_of(removed.decor().prefix());
    let (line_before, _) = split_line(&own);
    let trailing = text_of(Some(list.trailing()));
    if let Some(next) = list.iter_mut().nth(index) {
        let blanks = text_of(next.decor().prefix());
        let joined = match split_line(&blanks) {
            (_, "") => own,
            (_, rest) => format!("{line_before}{rest}"),
        };
        next.decor_mut().set_prefix(joined);
    } else {
        let (_, rest) = split_line(&trailing);
        let joined = if rest.is_empty() { trailing.clone() } else { format!("{line_before}{rest}") };
        list.set_trailing(joined);
    }
    if list.is_empty() {
        list.set_trailing_comma(false);
    }
}

fn append(list: &mut Array, text: &str) {
    let trailing = text_of(Some(list.trailing()));
    let neighbour = list.iter().last().map(|value| text_of(value.decor().prefix()));
    let mut value = Value::from(text);
    let is_open = trailing.contains('\n') || neighbour.as_ref().is_some_and(|prefix| prefix.contains('\n'));
    if is_open {
        let indentation = neighbour.as_deref().and_then(|prefix| prefix.rsplit_once('\n')).map(|(_, blanks)| blanks.to_owned());
        let (line_before, rest) = split_line(&trailing);
        value.decor_mut().set_prefix(format!("{line_before}\n{}", indentation.unwrap_or_else(|| INDENTATION.to_owned())));
        let rest = rest.to_owned();
        list.push_formatted(value);
        list.set_trailing(rest);
        list.set_trailing_comma(true);
    } else {
        value.decor_mut().set_prefix(if neighbour.is_some() { " " } else { "" });
        list.push_formatted(value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;

    fn change(before: &str, add: &[&str], out: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, before).unwrap();
        let mut editor = Editor::open(&file, "").unwrap();
        let add: Vec<String> = add.iter().map(|text| (*text).to_owned()).collect();
        editor.change_list("access", "allowed_users", &add, &|text| out.contains(&text)).unwrap();
        editor.save().unwrap();
        std::fs::read_to_string(&file).unwrap()
    }

    #[test]
    fn one_line_stays_one_line_with_its_comment() {
        let empty = "[access] # who\nallowed_users = [] # [\"name@msp.example\"]\n\n[ledger]\npath = \"\"\n";
        let one = empty.replace("= []", "= [\"a\"]");
        let two = empty.replace("= []", "= [\"a\", \"b\"]");
        assert_eq!(change(empty, &["a"], &[]), one);
        assert_eq!(change(&one, &["b"], &[]), two);
        assert_eq!(change(&two, &[], &["b"]), one);
        assert_eq!(change(&two, &[], &["a"]), empty.replace("= []", "= [\"b\"]"));
        assert_eq!(change(&one, &[], &["a"]), empty);
        assert_eq!(change("access.allowed_users = [ \"a\" ]\n", &["b"], &[]), "access.allowed_users = [ \"a\", \"b\" ]\n");
    }

    #[test]
    fn several_lines_keep_every_comment_but_that_of_the_entry_taken_out() {
        let before = "[access]\nallowed_users = [\n    # the owner\n    \"a\", # Aroha\n    # the technician\n    \"b\", # Bella\n    # nobody else\n]\n";
        assert_eq!(change(before, &["c"], &[]), before.replace("# Bella\n    # nobody", "# Bella\n    \"c\",\n    # nobody"));
        assert_eq!(change(before, &[], &["a"]), before.replace("    # the owner\n    \"a\", # Aroha\n", ""));
        assert_eq!(change(before, &[], &["b"]), before.replace("    # the technician\n    \"b\", # Bella\n", ""));
        let without_comma = "[access]\nallowed_users = [\n  \"a\",\n  \"b\" # Bella\n]\n";
        assert_eq!(change(without_comma, &["c"], &[]), "[access]\nallowed_users = [\n  \"a\",\n  \"b\", # Bella\n  \"c\",\n]\n");
        assert_eq!(change("[access]\nallowed_users = [\n]\n", &["a"], &[]), "[access]\nallowed_users = [\n    \"a\",\n]\n");
    }

    #[test]
    fn a_missing_section_is_made_and_windows_line_ends_stay() {
        assert_eq!(change("version = 1\n", &["a"], &[]), "version = 1\n\n[access]\nallowed_users = [\"a\"]\n");
        let dos = "[access]\r\nallowed_users = [\r\n  \"a\",\r\n]\r\n";
        assert_eq!(change(dos, &["b"], &[]), "[access]\r\nallowed_users = [\r\n  \"a\",\r\n  \"b\",\r\n]\r\n");
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "[access]\nallowed_users = \"a\"\n").unwrap();
        let error = Editor::open(&file, "").unwrap().change_list("access", "allowed_users", &[], &|_| false).unwrap_err();
        assert!(error.to_string().contains("`access.allowed_users` is not a list"), "{error}");
    }
}
