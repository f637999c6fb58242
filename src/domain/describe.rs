//! The text of a line: product, usage window and, for part cycles, the days (`product.md` 7).

use std::fmt::Write as _;

use jiff::civil::Date;

use super::digits::Digits;
use super::period::{Window, month_name};
use super::suggest::instead;

/// The default of `billing.description`.
pub const DEFAULT_TEMPLATE: &str = "{product}, {usage_start} to {usage_end}{part}";

/// A parsed `billing.description`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Text(String),
    Field(Field),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Product,
    UsageStart,
    UsageEnd,
    Days,
    CycleDays,
    Part,
    Customer,
    StockCode,
    Subscription,
    Quantity,
}

const FIELDS: [(&str, Field); 10] = [
    ("product", Field::Product),
    ("usage_start", Field::UsageStart),
    ("usage_end", Field::UsageEnd),
    ("days", Field::Days),
    ("cycle_days", Field::CycleDays),
    ("part", Field::Part),
    ("customer", Field::Customer),
    ("stock_code", Field::StockCode),
    ("subscription", Field::Subscription),
    ("quantity", Field::Quantity),
];

/// A template that names something unknown.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadTemplate {
    /// `{prodct}`.
    #[error("{}", unknown(.0))]
    UnknownField(String),
    /// `{product` without an end.
    #[error("a `{{` has no `}}`")]
    Unclosed,
    /// `product}` without a beginning.
    #[error("a `}}` has no `{{`")]
    Unopened,
    /// Nothing but blanks: Xero demands a description.
    #[error("the text would be empty")]
    Empty,
}

fn unknown(name: &str) -> String {
    format!("unknown placeholder `{{{name}}}`; {}", instead(name.trim(), &FIELDS.map(|(known, _)| known)))
}

/// What a line's text can say.
#[derive(Clone, Copy, Debug)]
pub struct LineFacts<'a> {
    /// The product's name.
    pub product: &'a str,
    /// Days charged.
    pub usage: Window,
    /// The cycle of a part-cycle line; `None` for whole cycles.
    pub part_of: Option<Window>,
    /// The customer's name.
    pub customer: &'a str,
    /// The stock code.
    pub stock_code: &'a str,
    /// The subscription.
    pub subscription: &'a str,
    /// The quantity as shown.
    pub quantity: &'a str,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// When it names something unknown, is not closed or is empty.
    pub fn parse(text: &str) -> Result<Self, BadTemplate> {
        let mut segments = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            push_text(&mut segments, before)?;
            let (name, after) = after.split_once('}').ok_or(BadTemplate::Unclosed)?;
            let field = FIELDS.iter().find(|(known, _)| *known == name.trim()).ok_or_else(|| BadTemplate::UnknownField(name.to_owned()))?;
            segments.push(Segment::Field(field.1));
            rest = after;
        }
        push_text(&mut segments, rest)?;
        let says_something = segments.iter().any(|segment| match segment {
            Segment::Text(text) => !text.trim().is_empty(),
            Segment::Field(field) => *field != Field::Part,
        });
        if says_something { Ok(Self { segments }) } else { Err(BadTemplate::Empty) }
    }

    /// The text of one line, without line breaks.
    #[must_use]
    pub fn render(&self, facts: &LineFacts<'_>) -> Box<str> {
        let mut text = String::with_capacity(96);
        for segment in &self.segments {
            match segment {
                Segment::Text(fixed) => text.push_str(fixed),
                Segment::Field(field) => push_field(&mut text, *field, facts),
            }
        }
        text.into_boxed_str()
    }
}

fn push_text(segments: &mut Vec<Segment>, text: &str) -> Result<(), BadTemplate> {
    if text.contains('}') {
        return Err(BadTemplate::Unopened);
    }
    if !text.is_empty() {
        segments.push(Segment::Text(without_line_breaks(text)));
    }
    Ok(())
}

impl Default for Template {
    fn default() -> Self {
        Self::parse(DEFAULT_TEMPLATE).unwrap_or(Self { segments: vec![Segment::Field(Field::Product)] })
    }
}

// Writing to a String cannot fail, so the results are dropped.
fn push_field(text: &mut String, field: Field, facts: &LineFacts<'_>) {
    match field {
        Field::Product => push_flat(text, facts.product),
        Field::UsageStart => push_date(text, facts.usage.start),
        Field::UsageEnd => push_date(text, facts.usage.end),
        Field::Days => drop(write!(text, "{}", facts.usage.days())),
        Field::CycleDays => drop(write!(text, "{}", facts.part_of.unwrap_or(facts.usage).days())),
        Field::Part => push_part(text, facts),
        Field::Customer => push_flat(text, facts.customer),
        Field::StockCode => push_flat(text, facts.stock_code),
        Field::Subscription => push_flat(text, facts.subscription),
        Field::Quantity => push_flat(text, facts.quantity),
    }
}

fn push_part(text: &mut String, facts: &LineFacts<'_>) {
    let days = facts.usage.days();
    match facts.part_of {
        Some(cycle) if cycle.end >= facts.usage.end => drop(write!(text, " ({days} of {} days)", cycle.days())),
        Some(_) => drop(write!(text, " ({days} days)")),
        None => {}
    }
}

/// `1 Nov 2026`, without the cost of formatting machinery: a month has many lines.
pub fn push_date(text: &mut String, date: Date) {
    text.push_str(Digits::of_whole(u64::from(date.day().unsigned_abs())).as_str());
    text.push(' ');
    text.push_str(month_name(date.month()));
    text.push(' ');
    text.push_str(Digits::of_whole(u64::from(date.year().unsigned_abs())).as_str());
}

fn push_flat(text: &mut String, value: &str) {
    // The first bytes of U+0085, U+2028 and U+2029 are among the last two. Without an early end, so
    // that many bytes are looked at in one step.
    let may_have_break = value.bytes().fold(false, |found, byte| found | matches!(byte, b'\n' | b'\r' | 0x0b | 0x0c | 0xc2 | 0xe2));
    if may_have_break { text.push_str(&without_line_breaks(value)) } else { text.push_str(value) }
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' | '\u{85}')
}

/// Line breaks become blanks (`rules.md` 20).
#[must_use]
pub fn without_line_breaks(text: &str) -> String {
    text.replace("\r\n", " ").replace(is_break, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn facts(part_of: Option<Window>) -> LineFacts<'static> {
        LineFacts {
            product: "Microsoft 365\nBusiness Premium",
            usage: Window { start: date(2026, 10, 14), end: date(2026, 10, 31) },
            part_of,
            customer: "Contoso",
            stock_code: "P1Y:CFQ7TTC0LCHC:0002:1",
            subscription: "f9c1",
            quantity: "3",
        }
    }

    #[test]
    fn the_text_says_product_window_and_the_days_of_part_cycles() {
        let october = Window { start: date(2026, 10, 1), end: date(2026, 10, 31) };
        assert_eq!(&*Template::default().render(&facts(Some(october))), "Microsoft 365 Business Premium, 14 Oct 2026 to 31 Oct 2026 (18 of 31 days)");
        assert_eq!(&*Template::default().render(&facts(None)), "Microsoft 365 Business Premium, 14 Oct 2026 to 31 Oct 2026");
        let ended = Window { start: date(2026, 9, 15), end: date(2026, 10, 14) };
        assert!(Template::default().render(&facts(Some(ended))).ends_with("(18 days)"), "a window over several cycles names only its days");
    }

    #[test]
    fn a_template_can_say_everything_else() {
        let template = Template::parse("{quantity} × {product} for {customer} [{stock_code} {subscription}] {days}/{cycle_days}").unwrap();
        assert_eq!(&*template.render(&facts(None)), "3 × Microsoft 365 Business Premium for Contoso [P1Y:CFQ7TTC0LCHC:0002:1 f9c1] 18/18");
    }

    #[test]
    fn templates_that_cannot_work_are_refused() {
        let error = Template::parse("{prodct}").unwrap_err();
        assert_eq!(error.to_string(), "unknown placeholder `{prodct}`; did you mean `product`?");
        assert!(Template::parse("{}").unwrap_err().to_string().contains("known here: product, usage_start"));
        assert_eq!(Template::parse("{product"), Err(BadTemplate::Unclosed));
        for text in ["product}", "}{product}", "{product}}"] {
            assert_eq!(Template::parse(text), Err(BadTemplate::Unopened), "{text}");
        }
        assert_eq!(Template::parse("  "), Err(BadTemplate::Empty));
        assert_eq!(Template::parse("{part}"), Err(BadTemplate::Empty));
    }
}
