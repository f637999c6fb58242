use super::*;
use crate::ui::outcome::Mode;
use crate::ui::sample;

fn html(outcome: &Outcome) -> String {
    render(outcome).unwrap()
}

#[test]
fn the_same_outcome_gives_the_same_bytes() {
    assert_eq!(html(&sample::month(Mode::Exported)), html(&sample::month(Mode::Exported)));
}

#[test]
fn everything_a_reader_looks_for_is_there() {
    let page = html(&sample::month(Mode::Exported));
    for text in [
        "<h1>Harbour IT <span class=\"period\">2026-11</span></h1>",
        "run 3f9a2c",
        "sha256:6b1f0c7a9e8d4f5b3c2a1908f7e6d5c4b3a291807f6e5d4c3b2a19080706f5e4",
        "Cost against sell",
        "Margin by customer",
        "Held back: 7 charges",
        "<code>cspctl map customers set 1b6e2273-9651-43a3-ba7e-7cbcd9000000 CONTACT</code>",
        "Findings: 10",
        "cancel-window-closing",
        "Remove seats in the Dicker Data portal before then",
        "Every charge read is in exactly one of these rows.",
        "<h2 id=\"documents\">13 documents</h2>",
        "Lakeview Veterinary Clinic and Animal Hospital",
        "lines-2026-11.csv",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert_eq!(page.matches("<details class=\"document\">").count(), 13);
}

#[test]
fn every_line_says_how_its_amount_came_to_be() {
    let page = html(&sample::small());
    let working =
        "13 to 30 Jul 2026, 18 days of the cycle 30 Jun to 30 Jul 2026 · 32.90: 32.90 × 7 × 18 ÷ 31 = 133.72 · CSP Invoice Report 2026-11.xlsx row 15";
    assert!(page.contains(working), "{page}");
}

#[test]
fn amounts_have_thousands_separators_and_stand_right() {
    let page = html(&sample::month(Mode::Exported));
    assert!(page.contains("<td class=\"n\">1,204.50</td>") && page.contains("6,648.20"), "{page}");
}

#[test]
fn text_from_sources_stays_text() {
    let page = html(&sample::nasty());
    assert_eq!(page.matches("<script").count(), 1, "only the page's own script");
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(!page.contains("<b>") || page.matches("<b>").count() == page.matches("</b>").count());
    assert!(!page.contains(['\u{1b}', '\u{7}', '\u{202e}']));
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let page = html(&sample::month(Mode::Posted));
    for text in ["http://", "https://", "src=", "@import", "url(", "<link", "<iframe", "<img"] {
        assert!(!page.contains(text), "{text}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_only_script_that_may_run_is_the_pages_own() {
    // A checkout with other line ends has the same script as far as a browser is concerned.
    let page = html(&sample::small()).replace("\r\n", "\n");
    let script = page.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
    let hash = base64(ring::digest::digest(&ring::digest::SHA256, script.as_bytes()).as_ref());
    assert!(page.contains(&format!("script-src 'sha256-{hash}'")), "put sha256-{hash} into the policy in report.html.j2");
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let shown = if digit > chunk.len() { '=' } else { char::from(DIGITS[usize::try_from(word >> (18 - 6 * digit) & 63).unwrap()]) };
            out.push(shown);
        }
    }
    out
}

#[test]
fn tables_have_captions_or_headings_and_tags_are_balanced() {
    for outcome in [sample::small(), sample::month(Mode::Exported), sample::nasty(), sample::empty()] {
        let page = html(&outcome);
        for tag in ["table", "section", "details", "tr", "td", "th", "ul", "li", "div", "span", "code", "svg", "h2", "h3", "tbody", "thead"] {
            let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}

#[test]
fn beyond_the_bound_only_totals_are_shown_and_the_lines_file_is_named() {
    let mut outcome = sample::large(21, 1_000);
    outcome.files = vec![PathBuf::from("out").join("lines-2026-11.csv")];
    let page = html(&outcome);
    assert_eq!(page.matches("<td class=\"name\">").count(), 20_000, "customers' lines come before the bill's");
    assert!(page.contains("22,000 lines are left out to keep this page quick: <code>lines-2026-11.csv</code> has every line."));
    assert_eq!(page.matches("<details class=\"document\">").count(), 22);
}

#[test]
fn a_run_without_anything_is_still_a_page() {
    let page = html(&sample::empty());
    assert!(page.contains("No charges were read.") && page.contains("Findings: none") && page.contains("There is nothing to bill in 2026-11."));
}

#[test]
fn the_file_is_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    write(&sample::small(), &path).unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), html(&sample::small()));
}

/// For eyes: writes every sample into the temporary folder and says where.
#[test]
#[ignore = "writes pages for a person to look at"]
fn pages_to_look_at() {
    let folder = std::env::temp_dir().join("cspctl-look");
    for (name, outcome) in [
        ("small", sample::small()),
        ("month", sample::month(Mode::Exported)),
        ("nasty", sample::nasty()),
        ("empty", sample::empty()),
        ("large", sample::large(10_000, 2)),
    ] {
        write(&outcome, &folder.join(format!("{name}.html"))).unwrap();
        crate::ui::lines::write(&outcome, &folder.join(format!("{name}.csv"))).unwrap();
        for width in [60, 80, 100, 160] {
            for colour_out in [false, true] {
                let look = crate::ui::output::Look { colour_out, width, ..Default::default() };
                let path = folder.join(format!("{name}-{width}{}.txt", if colour_out { "-colour" } else { "" }));
                write_file(&path, |out| crate::ui::summary::write(&outcome, look, out)).unwrap();
            }
        }
    }
}
