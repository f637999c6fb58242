//! The findings of `doctor` for people and as JSON.

use serde_json::{Value, json};

use super::check::{Check, Section, State};
use crate::ui::table::Tone;
use crate::ui::text;
use crate::ui::words::count_of;

/// Below this width a message goes below its name instead of beside it.
const BESIDE_FROM: usize = 70;
/// Columns of the longest state, "problem" and "warning".
const STATE_COLUMNS: usize = 7;

/// Every section, fitted to so many columns.
pub(super) fn render(sections: &[Section], columns: usize, colour: bool) -> String {
    let checks = || sections.iter().flat_map(|section| &section.checks);
    let names = checks().map(|check| text::width(check.name)).max().unwrap_or_default();
    let mut out = String::new();
    for section in sections {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&Tone::Strong.style(colour).apply_to(section.group.title()).to_string());
        out.push('\n');
        for check in &section.checks {
            line(&mut out, check, names, columns, colour);
        }
    }
    out
}

fn line(out: &mut String, check: &Check, names: usize, columns: usize, colour: bool) {
    let verdict = &check.verdict;
    let tone = match verdict.state {
        State::Ok => Tone::Good,
        State::Warning => Tone::Warning,
        State::Problem(_) => Tone::Bad,
        State::Skipped => Tone::Dim,
    };
    let state = tone.style(colour).apply_to(format!("{:<STATE_COLUMNS$}", verdict.state.as_str()));
    let head = format!("  {state}  {:<names$}", check.name);
    let indent = if columns < BESIDE_FROM {
        out.push_str(head.trim_end());
        out.push('\n');
        let indent = " ".repeat(4);
        out.push_str(&text::paragraph(&indent, &indent, &verdict.message, columns));
        indent
    } else {
        let indent = " ".repeat(2 + STATE_COLUMNS + 2 + names + 2);
        out.push_str(&text::paragraph(&format!("{head}  "), &indent, &verdict.message, columns));
        indent
    };
    for fix in &verdict.fixes {
        out.push_str(&text::paragraph(&format!("{indent}→ "), &format!("{indent}  "), fix, columns));
    }
}

/// `5 checks: 3 ok, 1 warning, 1 problem.`
pub(super) fn summary(sections: &[Section]) -> String {
    let states: Vec<State> = sections.iter().flat_map(|section| &section.checks).map(|check| check.verdict.state).collect();
    let number = |wanted: &str| states.iter().filter(|state| state.as_str() == wanted).count();
    let mut parts = vec![format!("{} ok", number("ok"))];
    for (state, noun) in [("warning", "warning"), ("problem", "problem")] {
        if number(state) > 0 {
            parts.push(count_of(number(state), noun));
        }
    }
    if number("skipped") > 0 {
        parts.push(format!("{} skipped", number("skipped")));
    }
    format!("{}: {}.", count_of(states.len(), "check"), parts.join(", "))
}

/// The names of what is a problem: `xero access, secrets store`.
pub(super) fn problems(sections: &[Section]) -> Vec<String> {
    let of_section = |section: &Section| -> Vec<String> {
        let broken = section.checks.iter().filter(|check| matches!(check.verdict.state, State::Problem(_)));
        broken.map(|check| format!("{} {}", section.group.as_str(), check.name)).collect()
    };
    sections.iter().flat_map(of_section).collect()
}

/// The one document; `bridge` is null unless it was checked.
pub(super) fn json(profile: &str, sections: &[Section], bridge: &Value) -> Value {
    let checks: Vec<Value> = sections
        .iter()
        .flat_map(|section| section.checks.iter().map(|check| (section.group, check)))
        .map(|(group, check)| {
            let verdict = &check.verdict;
            let fix = (!verdict.fixes.is_empty()).then(|| verdict.fixes.join("; "));
            json!({ "group": group.as_str(), "name": check.name, "state": verdict.state.as_str(), "message": verdict.message, "fix": fix })
        })
        .collect();
    json!({ "schema_version": 1, "profile": profile, "checks": checks, "bridge": bridge })
}

#[cfg(test)]
mod tests {
    use super::super::check::{Group, Verdict};
    use super::*;
    use crate::exit::Kind;

    fn sections() -> Vec<Section> {
        let mut machine = Section::new(Group::Machine);
        machine.add("configuration", Verdict::ok("config.toml"));
        let mut xero = Section::new(Group::Xero);
        xero.add("sign-in", Verdict::warning("the sign-in ends in 9 days unless something uses it before then").fix("cspctl auth xero"));
        xero.add("account", Verdict::problem(Kind::Configuration, "the organisation has no account `999`").fix("set xero.expense_account"));
        vec![machine, xero, Section::skipped(Group::Microsoft, "service", "not used (microsoft.source = \"none\")")]
    }

    #[test]
    fn sections_are_aligned_and_remedies_stand_below() {
        insta::assert_snapshot!(render(&sections(), 80, false), @r#"
        This machine
          ok       configuration  config.toml

        Xero
          warning  sign-in        the sign-in ends in 9 days unless something uses it
                                  before then
                                  → cspctl auth xero
          problem  account        the organisation has no account `999`
                                  → set xero.expense_account

        Microsoft
          skipped  service        not used (microsoft.source = "none")
        "#);
    }

    #[test]
    fn nothing_is_wider_than_the_terminal_and_colour_never_stands_alone() {
        for columns in [40, 60, 80, 120] {
            let plain = render(&sections(), columns, false);
            assert!(plain.lines().all(|line| text::width(line) <= columns), "{columns}:\n{plain}");
            assert!(!plain.contains('\u{1b}'));
            let coloured = render(&sections(), columns, true);
            assert!(coloured.contains('\u{1b}'));
            assert_eq!(console::strip_ansi_codes(&coloured), plain);
        }
    }

    #[test]
    fn the_summary_counts_and_names() {
        assert_eq!(summary(&sections()), "4 checks: 1 ok, 1 warning, 1 problem, 1 skipped.");
        assert_eq!(problems(&sections()), ["xero account"]);
    }

    #[test]
    fn every_check_has_every_key_in_json() {
        let value = json("nz", &sections(), &Value::Null);
        assert_eq!((value["schema_version"].as_u64(), value["profile"].as_str(), value["checks"].as_array().map(Vec::len)), (Some(1), Some("nz"), Some(4)));
        assert_eq!(
            value["checks"][2],
            json!({ "group": "xero", "name": "account", "state": "problem", "message": "the organisation has no account `999`", "fix": "set xero.expense_account" })
        );
        assert_eq!(value["checks"][0]["fix"], Value::Null);
    }
}
