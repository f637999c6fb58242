use super::*;

fn field(table: &Table) -> String {
    table.get("name").and_then(Item::as_str).unwrap_or_default().to_owned()
}

fn edit(before: &str, edit: impl FnOnce(&mut Editor)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mapping.toml");
    std::fs::write(&file, before).unwrap();
    let mut editor = Editor::open(&file, "").unwrap();
    edit(&mut editor);
    editor.save().unwrap();
    std::fs::read_to_string(&file).unwrap()
}

fn add(editor: &mut Editor, array: &'static str, name: &str) {
    let values = vec![("name", Some(Value::from(name)))];
    editor.put(Entry { array, old: None, sort_key: &field, values }).unwrap();
}

const FILE: &str = "# All our customers.\n# Reviewed in October.\n\nversion = 1 # format\n\n# Bravo pays late.\n[[customers]]\nname = \"bravo\"   # label\n\n\
                    # Section two.\n\n# Delta.\n[[customers]]\nname = \"delta\"\n\n[[products]]\nname = \"p\"\n# the end\n";

#[test]
fn a_new_entry_goes_to_its_sorted_place_and_nothing_else_moves() {
    let text = edit(FILE, |editor| add(editor, "customers", "charlie"));
    assert_eq!(text, FILE.replace("# label\n\n", "# label\n\n[[customers]]\nname = \"charlie\"\n\n"));
    let text = edit(FILE, |editor| add(editor, "customers", "alpha"));
    assert_eq!(text, FILE.replace("# format\n\n", "# format\n\n[[customers]]\nname = \"alpha\"\n\n"));
    let text = edit(FILE, |editor| add(editor, "customers", "echo"));
    assert_eq!(text, FILE.replace("name = \"delta\"\n\n", "name = \"delta\"\n\n[[customers]]\nname = \"echo\"\n\n"));
    let text = edit(FILE, |editor| add(editor, "overrides", "o"));
    assert_eq!(text, FILE.replace("name = \"p\"\n", "name = \"p\"\n\n[[overrides]]\nname = \"o\"\n"));
}

#[test]
fn the_comment_on_top_of_a_file_stays_on_top() {
    let before = "# Our customers\n\n# Bravo\n[[customers]]\nname = \"bravo\"\n";
    let text = edit(before, |editor| add(editor, "customers", "alpha"));
    assert_eq!(text, "# Our customers\n\n[[customers]]\nname = \"alpha\"\n\n# Bravo\n[[customers]]\nname = \"bravo\"\n");
    let removed = edit(before, |editor| assert_eq!(editor.remove("customers", &|table| field(table) == "bravo").unwrap(), Some(0)));
    assert!(removed.starts_with("# Our customers\n"), "{removed}");
    assert!(!removed.contains("Bravo"));
}

#[test]
fn removing_takes_the_entrys_own_comment_along_and_no_other() {
    let text = edit(FILE, |editor| assert_eq!(editor.remove("customers", &|table| field(table) == "bravo").unwrap(), Some(0)));
    assert!(!text.contains("Bravo") && text.contains("# Section two.\n\n# Delta.\n"), "{text}");
    let text = edit(FILE, |editor| assert_eq!(editor.remove("customers", &|table| field(table) == "nobody").unwrap(), None));
    assert_eq!(text, FILE);
}

#[test]
fn changing_a_value_keeps_blanks_and_comment() {
    let text = edit(FILE, |editor| {
        let is_it = |table: &Table| field(table) == "bravo";
        editor.put(Entry { array: "customers", old: Some((1, &is_it)), sort_key: &field, values: vec![("name", Some(Value::from("b2")))] }).unwrap();
    });
    assert_eq!(text, FILE.replace("\"bravo\"", "\"b2\""));
}

#[test]
fn entries_find_their_places_however_many_were_added_changed_and_removed_before() {
    let text = edit("", |editor| {
        for name in ["delta", "alpha", "echo"] {
            add(editor, "customers", name);
        }
        let is_it = |table: &Table| field(table) == "alpha";
        let values = vec![("name", Some(Value::from("foxtrot")))];
        assert_eq!(editor.put(Entry { array: "customers", old: Some((0, &is_it)), sort_key: &field, values }).unwrap(), 0);
        assert_eq!(editor.remove("customers", &|table| field(table) == "delta").unwrap(), Some(1));
        for name in ["bravo", "golf", "charlie"] {
            add(editor, "customers", name);
        }
    });
    let names: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    assert_eq!(names, ["bravo", "charlie", "foxtrot", "echo", "golf"], "foxtrot stays where it was");
}

#[test]
fn windows_line_ends_are_kept() {
    let before = FILE.replace('\n', "\r\n");
    let text = edit(&before, |editor| add(editor, "customers", "charlie"));
    assert_eq!(text, FILE.replace("# label\n\n", "# label\n\n[[customers]]\nname = \"charlie\"\n\n").replace('\n', "\r\n"));
}

#[test]
fn a_list_in_another_form_is_refused_rather_than_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mapping.toml");
    std::fs::write(&file, "customers = [{ name = \"a\" }]\n").unwrap();
    let mut editor = Editor::open(&file, "").unwrap();
    let error = editor.put(Entry { array: "customers", old: None, sort_key: &field, values: Vec::new() }).unwrap_err();
    assert!(error.to_string().contains("[[customers]]"));
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mapping.toml");
    std::fs::write(&file, FILE).unwrap();
    let mut editor = Editor::open(&file, "").unwrap();
    add(&mut editor, "customers", "alpha");
    std::fs::write(&file, "version = 1\n").unwrap();
    assert!(editor.save().unwrap_err().to_string().contains("somebody else changed this file"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "version = 1\n");
}

#[test]
fn a_setting_without_a_value_is_filled_in_and_one_with_a_value_stays() {
    let set = |before: &str| {
        edit(before, |editor| {
            let _ = editor.set_missing("xero", "organisation_id", "abc").unwrap();
        })
    };
    assert_eq!(
        set("version = 1\n[xero] # books\napp = \"pkce\"\n# id:\norganisation_id = \"\"   # which\n\n# next\n[msp]\n"),
        "version = 1\n[xero] # books\napp = \"pkce\"\n# id:\norganisation_id = \"abc\"   # which\n\n# next\n[msp]\n"
    );
    assert_eq!(set("[xero]\napp = \"pkce\" # kind\n\n# next\n[msp]\n"), "[xero]\napp = \"pkce\" # kind\norganisation_id = \"abc\"\n\n# next\n[msp]\n");
    assert_eq!(set("version = 1\n[msp]\nname = \"\"\n"), "version = 1\n[msp]\nname = \"\"\n\n[xero]\norganisation_id = \"abc\"\n");
    assert_eq!(set("version = 1\r\n[xero]\r\n"), "version = 1\r\n[xero]\r\norganisation_id = \"abc\"\r\n");
    let written = "xero = { organisation_id = \"mine\" } # by hand\n";
    assert_eq!(set(written), written);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "xero = 3\n").unwrap();
    assert!(Editor::open(&file, "").unwrap().set_missing("xero", "organisation_id", "abc").is_err());
}

#[test]
fn a_value_that_was_asked_for_replaces_another_and_comments_stay() {
    let before = "# top\nversion = 1\n\n[secrets]  # where\n# the server has no keyring\nstore = \"keyring\"   # for now\n[msp]\nname = \"M\"\n";
    let text = edit(before, |editor| {
        editor.set_value("secrets", "store", "file").unwrap();
        editor.set_value("secrets", "file", "s.json").unwrap();
        assert!(editor.set_value("msp", "name", "N").is_ok() && editor.set_value("version", "x", 1).is_err());
    });
    let after = before.replace("\"keyring\"   # for now\n", "\"file\"   # for now\nfile = \"s.json\"\n").replace("\"M\"", "\"N\"");
    assert_eq!(text, after);
    assert_eq!(
        edit("secrets = { store = \"file\" }\n", |editor| editor.set_value("secrets", "store", "keyring").unwrap()),
        "secrets = { store = \"keyring\" }\n"
    );
    assert_eq!(edit("version = 1\n", |editor| editor.set_value("secrets", "store", "file").unwrap()), "version = 1\n\n[secrets]\nstore = \"file\"\n");
    // Dotted keys.
    let dotted = edit("secrets.store = \"keyring\"\n", |editor| editor.set_value("secrets", "file", "s").unwrap());
    assert_eq!(dotted.parse::<DocumentMut>().unwrap()["secrets"]["file"].as_str(), Some("s"), "{dotted}");
}
