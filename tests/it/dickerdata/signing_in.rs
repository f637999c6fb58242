//! `auth dickerdata`: wrong, expired and right codes, what is kept and where.

use std::io::Write as _;
use std::process::Stdio;

use super::Desk;
use crate::stand_ins::dickerdata::options::{ACCESS_CODE, EXPIRED_CODE, Options, Wanted};

/// `auth dickerdata` with this on standard input.
fn sign_in(desk: &Desk, arguments: &[&str], input: &str) -> (i32, String) {
    let mut command = desk.env.command(["auth", "dickerdata"].iter().chain(arguments).copied());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_wrong_and_an_expired_code_are_refused_and_nothing_is_kept() {
    let desk = Desk::new(Options::default());
    let before = desk.env.read("config.toml");
    let (code, said) = sign_in(&desk, &["--account-code", "123456", "--access-code-stdin"], "not-the-code\n");
    assert_eq!((code, said.contains("the access code was refused") && said.contains("Access token is invalid")), (4, true), "{said}");
    let (code, said) = sign_in(&desk, &["--account-code", "123456", "--access-code-stdin"], EXPIRED_CODE);
    assert_eq!((code, said.contains("has expired"), said.contains(EXPIRED_CODE)), (4, true, false), "{said}");
    let (code, said) = sign_in(&desk, &["--account-code", "999", "--access-code-stdin"], ACCESS_CODE);
    assert_eq!((code, said.contains("does not belong")), (4, true), "{said}");
    assert_eq!(desk.env.read("config.toml"), before);
    assert!(!desk.env.path("secrets.bin").exists());
}

#[test]
fn the_right_code_is_proven_kept_and_used() {
    for (wanted, expected) in [
        (Wanted::Headers("1.0".to_owned()), "convention = \"headers\"\napi_version = \"1.0\""),
        (Wanted::Headers("v1".to_owned()), "convention = \"headers\"\napi_version = \"v1\""),
        (Wanted::Message, "convention = \"message\""),
    ] {
        let mut desk = Desk::new(Options { wanted, ..Options::default() });
        // As product.md 4 has it: without a flag the code comes from standard input too.
        let (code, said) = sign_in(&desk, &["--account-code", "123456"], &format!("{ACCESS_CODE}\n"));
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains(ACCESS_CODE), "{said}");
        let config = desk.env.read("config.toml");
        assert!(config.contains("account_code = \"123456\"") && config.contains(expected), "{config}");
        assert!(!config.contains(ACCESS_CODE));
        let config = config.replace("source = \"export\"", "source = \"api\"");
        desk.env.write("config.toml", config);
        let status = desk.env.run(["auth", "status", "--check", "--json"]).json();
        let row = status["services"].as_array().unwrap().iter().find(|row| row["service"] == "dickerdata").unwrap().clone();
        assert_eq!((row["state"].as_str(), row["account"].as_str(), row["checked"]["ok"].as_bool()), (Some("signed-in"), Some("123456"), Some(true)), "{row}");
        let refused = desk.service.calls("Account/Invoice");
        desk.env.run(["reconcile", "--period", "2026-11"]).code(0);
        assert!(desk.service.calls("Account/Invoice") > refused);
        desk.env.run(["auth", "logout", "dickerdata"]).code(0);
        let output = desk.env.run(["reconcile", "--period", "2026-11"]).code(4);
        assert!(output.stderr.contains("cspctl auth dickerdata"), "{}", output.stderr);
    }
}

#[test]
fn what_somebody_wrote_into_the_configuration_stays() {
    let mut desk = Desk::new(Options::default());
    desk.settings("source = \"export\" # for now\ninvoice_report = \"i.xlsx\"\naccount_code = \"123456\"\nconvention = \"auto\"");
    let (code, said) = sign_in(&desk, &["--account-code", "654321", "--access-code-stdin"], ACCESS_CODE);
    assert_eq!((code, said.contains("config.toml has `dickerdata.account_code = \"123456\"`")), (2, true), "{said}");
    let (code, said) = sign_in(&desk, &["--access-code-stdin"], ACCESS_CODE);
    assert_eq!(code, 0, "{said}");
    let config = desk.env.read("config.toml");
    assert!(config.contains("# for now") && config.contains("convention = \"auto\""), "{config}");
}

#[test]
fn a_missing_answer_names_the_flag() {
    let desk = Desk::new(Options::default());
    let output = desk.env.run(["auth", "dickerdata"]).code(2);
    assert!(output.stderr.contains("--account-code"), "{}", output.stderr);
    let output = desk.env.run(["auth", "dickerdata", "--account-code", "123456"]).code(2);
    assert!(output.stderr.contains("--access-code-stdin") && output.stderr.contains("API Tokens"), "{}", output.stderr);
}
