//! The item of a connected Xero that an offer is sold as: optional, found by typing.

use std::sync::Arc;

use super::super::live;
use crate::domain::books::BookedItem;
use crate::domain::matching::Matcher;
use crate::domain::money::show_price;
use crate::ui::prompt::{Answer, Choice, List, Prompt, Stopped, no_detail};

/// Items with a name like the offer's that come first.
const PROPOSED: usize = 3;

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    Item(Arc<str>),
    None,
    /// Somebody left the list.
    AsBefore,
}

/// Asks for the item.
pub(super) fn choose(prompt: &dyn Prompt, items: &[BookedItem], name: &str) -> Result<Chosen, Stopped> {
    let found = Matcher::new(items.iter().map(|item| &*item.name)).suggest(name, PROPOSED);
    let mut lines: Vec<(Choice, Chosen)> = Vec::with_capacity(items.len() + 1);
    for suggestion in &found {
        if let Some(item) = items.get(suggestion.candidate) {
            lines.push((line(item, &format!("{}: {}; ", suggestion.score, suggestion.reason)), Chosen::Item(item.code.clone())));
        }
    }
    lines.push((Choice::new("No item", "lines carry account and text alone"), Chosen::None));
    let rest = items.iter().enumerate().filter(|(place, _)| !found.iter().any(|suggestion| suggestion.candidate == *place));
    lines.extend(rest.map(|(_, item)| (line(item, ""), Chosen::Item(item.code.clone()))));
    let (choices, chosen): (Vec<Choice>, Vec<Chosen>) = lines.into_iter().unzip();
    let question = format!("Xero item of {name}");
    let list = List { question: &question, choices: &choices, start: 0, takes_several: false, actions: &[], detail: &no_detail };
    match prompt.list(&list) {
        Ok(Answer::One(place)) => Ok(chosen.get(place).cloned().unwrap_or(Chosen::AsBefore)),
        Ok(_) | Err(Stopped::Back) => Ok(Chosen::AsBefore),
        Err(stopped) => Err(stopped),
    }
}

fn line(item: &BookedItem, front: &str) -> Choice {
    let price = item.sales_price.map_or_else(|| "no sales price".to_owned(), show_price);
    Choice::new(format!("{} {}", item.code, item.name), format!("{front}{price}"))
}

/// The item of a code for people.
pub(super) fn told(items: &[BookedItem], code: &str) -> String {
    items.iter().find(|item| item.code.eq_ignore_ascii_case(code)).map_or_else(|| code.to_owned(), live::told)
}
