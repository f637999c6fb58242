//! The pages that a person sees.

use super::options::Person;
use crate::stand_ins::exchange::{Answer, Exchange};

/// Text within HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "<style>:root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.5 system-ui,sans-serif}\
main{width:min(26rem,calc(100vw - 2rem));padding:1.75rem;border:1px solid #8884;border-radius:14px}button{font:inherit;padding:.5rem 1rem;margin:.2rem 0;width:100%}\
input{font:inherit;padding:.4rem;width:100%;box-sizing:border-box}</style>";

/// One page.
pub(super) fn page(status: u16, title: &str, body: &str) -> Answer {
    let text = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title>{STYLE}<main><p>Stand-in for Microsoft</p><h1>{0}</h1>{body}</main></html>",
        escape(title)
    );
    Answer::text(status, "text/html; charset=utf-8", text)
}

/// Who signs in, or that nobody does.
pub(super) fn choose(exchange: &Exchange) -> Answer {
    let fields: Vec<String> =
        exchange.query.iter().map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))).collect();
    let buttons: Vec<String> = Person::ALL.iter().map(|(_, name)| format!("<button name=\"user\" value=\"{0}\">{0}</button>", escape(name))).collect();
    page(
        200,
        "Pick an account",
        &format!("<form method=\"post\">{}{}<button name=\"user\" value=\"\" id=\"cancel\">Cancel</button></form>", fields.concat(), buttons.concat()),
    )
}
