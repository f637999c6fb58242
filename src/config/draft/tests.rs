use super::*;
use crate::app::{Clock, Replaced};
use crate::ui::output::{Look, Output};

fn app(folder: &Path) -> App {
    let place = folder.display().to_string();
    let names = ["HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA"];
    App {
        output: Output::new(Look::default(), Box::new(std::io::sink()), Box::new(std::io::sink())),
        environment: names.into_iter().map(|name| (name.to_owned(), place.clone())).collect(),
        clock: Clock::Fixed(jiff::Timestamp::UNIX_EPOCH),
        config_file: Some(folder.join("set-up").join("config.toml")),
        profile: "default".to_owned(),
        may_prompt: false,
        replaced: Replaced::default(),
    }
}

fn draft(folder: &Path, text: Option<&str>) -> (App, Draft) {
    let app = app(folder);
    if let Some(text) = text {
        let file = app.config_file.clone().unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let draft = Draft::open(&app).unwrap();
    (app, draft)
}

#[test]
fn answers_outlive_the_program_and_go_to_the_file_in_one_order() {
    let folder = tempfile::tempdir().unwrap();
    let (app, mut draft) = draft(folder.path(), None);
    draft.put("xero", "revenue_account", "200").unwrap();
    draft.put("msp", "country", "NZ").unwrap();
    draft.put("xero", "post_to", "csv").unwrap();
    drop(draft);
    let draft = Draft::open(&app).unwrap();
    assert_eq!(draft.answer("msp", "country").and_then(Value::as_str), Some("NZ"));
    assert!(!draft.is_written() && !draft.is_empty());
    draft.write().unwrap();
    let text = std::fs::read_to_string(app.config_file.clone().unwrap()).unwrap();
    insta::assert_snapshot!(text, @r#"
    # cspctl's settings, begun by cspctl init. docs/configuration.md has every key with its default.

    version = 1

    [msp]
    country = "NZ"

    [xero]
    post_to = "csv"
    revenue_account = "200"
    "#);
    assert!(Draft::open(&app).unwrap().is_empty(), "written answers are forgotten");
}

#[test]
fn what_a_person_wrote_stays_with_its_comments() {
    let folder = tempfile::tempdir().unwrap();
    let text = "version = 1\n# ours\n[xero]\nexpense_account = \"310\" # agreed\nrevenue_account = \"\" # open\n[access]\nallowed_users = [] # nobody yet\n";
    let (app, mut draft) = draft(folder.path(), Some(text));
    draft.put("xero", "expense_account", "400").unwrap();
    draft.put("xero", "revenue_account", "200").unwrap();
    draft.put("access", "allowed_users", Value::from_iter(["kiri@msp.example"])).unwrap();
    assert_eq!(draft.in_file("xero", "expense_account").and_then(Value::as_str), Some("310"));
    assert_eq!(draft.in_file("xero", "revenue_account").map(Value::to_string), None, "empty text is not set");
    draft.write().unwrap();
    let after = std::fs::read_to_string(app.config_file.unwrap()).unwrap();
    let expected = text.replace("revenue_account = \"\"", "revenue_account = \"200\"").replace("= []", "= [\"kiri@msp.example\"]");
    assert_eq!(after, expected);
}

#[test]
fn settings_are_read_as_they_would_be_and_findings_go_to_the_answers() {
    let folder = tempfile::tempdir().unwrap();
    let (app, mut draft) = draft(folder.path(), None);
    draft.put("xero", "expense_account", "412").unwrap();
    let loaded = draft.loaded(&app).unwrap();
    assert_eq!(loaded.settings.xero.expense_account, "412");
    let mut editor = Editor::open(loaded.completed_file(), "").unwrap();
    editor.set_missing("xero", "organisation_id", "abc").unwrap();
    editor.save().unwrap();
    draft.reread().unwrap();
    assert_eq!(draft.answer("xero", "organisation_id").and_then(Value::as_str), Some("abc"));
    draft.forget("xero", "organisation_id").unwrap();
    assert!(Draft::open(&app).unwrap().answer("xero", "organisation_id").is_none());
    assert!(!app.config_file.unwrap().exists(), "nothing is written before the end");
}

#[test]
fn a_torn_file_of_answers_is_asked_again_and_a_torn_configuration_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (app, mut first) = draft(folder.path(), None);
    first.put("msp", "country", "NZ").unwrap();
    std::fs::write(&first.file, "[msp").unwrap();
    assert!(Draft::open(&app).unwrap().is_empty());
    std::fs::create_dir_all(folder.path().join("set-up")).unwrap();
    std::fs::write(app.config_file.clone().unwrap(), "[msp").unwrap();
    assert_eq!(Draft::open(&app).unwrap_err().kind, Kind::Configuration);
}
