//! The message for people, in the JSON that Teams and Slack take.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Summary;

/// A reason longer than this is cut: a message is no log.
const REASON_CHARACTERS_AT_MOST: usize = 1_000;

/// Who reads the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// An Adaptive Card, as workflows of Microsoft Teams take it.
    #[default]
    Teams,
    /// Slack's incoming webhooks, and what imitates them.
    Slack,
}

/// The body of the request.
#[must_use]
pub fn body(format: Format, summary: &Summary) -> Value {
    let (title, facts) = (title(summary), facts(summary));
    match format {
        Format::Teams => teams(&title, &facts),
        Format::Slack => {
            let lines = facts.iter().map(|(name, value)| format!("\n{name}: {}", for_slack(value)));
            json!({ "text": lines.fold(format!("*{}*", for_slack(&title)), |text, line| text + &line) })
        }
    }
}

/// A message that only proves that messages arrive.
#[must_use]
pub fn trial(format: Format) -> Value {
    let text = "cspctl can send its summaries here.";
    match format {
        Format::Teams => teams(text, &[]),
        Format::Slack => json!({ "text": text }),
    }
}

fn teams(title: &str, facts: &[(&str, String)]) -> Value {
    let facts: Vec<Value> = facts.iter().map(|(name, value)| json!({ "title": name, "value": value })).collect();
    let mut body = vec![json!({ "type": "TextBlock", "text": title, "weight": "Bolder", "size": "Medium", "wrap": true })];
    if !facts.is_empty() {
        body.push(json!({ "type": "FactSet", "facts": facts }));
    }
    let card = json!({ "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body });
    json!({ "type": "message", "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card }] })
}

/// Slack reads these three as markup.
fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn title(summary: &Summary) -> String {
    let period = summary.month.as_ref().map(|month| format!(" {}", month.period)).unwrap_or_default();
    let how = match (summary.exit_code, &summary.attention) {
        (0 | 5, Some(_)) | (5, None) => "needs attention".to_owned(),
        (0, None) => "done".to_owned(),
        (6, _) => "partly posted, run it again (exit code 6)".to_owned(),
        (code, _) => format!("failed (exit code {code})"),
    };
    format!("cspctl {}{period}: {how}", summary.command)
}

fn facts(summary: &Summary) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(organisation) = &summary.organisation {
        facts.push(("Organisation", organisation.clone()));
    }
    facts.push(("Profile", summary.profile.clone()));
    let reason = summary.failure.as_ref().map(|reason| reason.message.as_str()).or(summary.attention.as_deref());
    if let Some(reason) = reason {
        let cut: String = reason.chars().take(REASON_CHARACTERS_AT_MOST).collect();
        facts.push(("Reason", if cut.len() < reason.len() { cut + " …" } else { cut }));
    }
    if let Some(month) = &summary.month {
        facts.push(("Documents", counted(&month.documents)));
        facts.push(("Charges held", format!("{}, cost {}", month.charges_held, month.totals.held_cost)));
        facts.push(("Findings", counted(&month.findings)));
        facts.push(("Totals", format!("cost {}, sell {}, margin {}", month.totals.cost, month.totals.sell, month.totals.margin)));
        facts.push(("Run", month.run.clone()));
    }
    facts
}

fn counted(counts: &BTreeMap<&'static str, u64>) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::sample;

    #[test]
    fn slack_gets_one_text_with_its_markup_escaped() {
        let text = body(Format::Slack, &sample())["text"].as_str().unwrap().to_owned();
        assert_eq!(
            text,
            "*cspctl sync 2026-11: partly posted, run it again (exit code 6)*\nOrganisation: Example &lt;MSP&gt; &amp; Co\nProfile: nz\n\
             Reason: 41 documents are in Xero and 1 was refused\nDocuments: 1 failed, 41 posted\nCharges held: 2, cost 10.50\n\
             Findings: 9 idle-seats, 3 quantity-differs\nTotals: cost 1000.00, sell 1250.00, margin 250.00\nRun: 3f9a2c01"
        );
    }

    #[test]
    fn teams_gets_an_adaptive_card() {
        let message = body(Format::Teams, &sample());
        assert_eq!(message["type"], "message");
        let attachment = &message["attachments"][0];
        assert_eq!(attachment["contentType"], "application/vnd.microsoft.card.adaptive");
        assert_eq!(attachment["content"]["type"], "AdaptiveCard");
        assert_eq!(attachment["content"]["body"][0]["text"], "cspctl sync 2026-11: partly posted, run it again (exit code 6)");
        assert_eq!(attachment["content"]["body"][1]["facts"][0], json!({ "title": "Organisation", "value": "Example <MSP> & Co" }));
        assert_eq!(trial(Format::Teams)["attachments"][0]["content"]["body"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn titles_say_how_it_went() {
        let of = |exit_code, attention: bool, has_month: bool| {
            let attention = attention.then(|| "3 findings".to_owned());
            let month = if has_month { sample().month } else { None };
            title(&Summary { exit_code, attention, month, ..sample() })
        };
        assert_eq!(of(0, false, true), "cspctl sync 2026-11: done");
        assert_eq!(of(0, true, true), "cspctl sync 2026-11: needs attention");
        assert_eq!(of(5, true, true), "cspctl sync 2026-11: needs attention");
        assert_eq!(of(4, false, false), "cspctl sync: failed (exit code 4)");
    }

    #[test]
    fn a_long_reason_is_cut() {
        let mut summary = sample();
        summary.failure.as_mut().unwrap().message = "ä".repeat(5_000);
        let text = body(Format::Slack, &summary)["text"].as_str().unwrap().to_owned();
        assert!(text.chars().count() < 1_500 && text.contains("ä …"));
    }
}
