//! The item of a connected Xero that an offer is sold as: optional, found by typing.

use std::sync::Arc;

use super::super::live;
use crate::domain::books::BookedItem;
use crate::domain::matching::Matcher;
use crate::domain::money::show_price;
use crate::ui::prompt::{Answer, Choice, List, Prompt, Stopped, no_detail};

/// Items with a name like the offer's that come first.
const PROPOSED: usize = 3;

/// Asks for the item. `Some(None)` is no item; `None` when somebody left the list.
pub(super) fn choose(prompt: &dyn Prompt, items: &[BookedItem], name: &str) -> Result<Option<Option<Arc<str>>>, Stopped> {
    let found = Matcher::new(items.iter().map(|item| &*item.name)).suggest(name, PROPOSED);
    let mut lines: Vec<(Choice, Option<Arc<str>>)> = Vec::with_capacity(items.len() + 1);
    for suggestion in &found {
        if let Some(item) = items.get(suggestion.candidate) {
            lines.push((line(item, &format!("{}: {}; ", suggestion.score, suggestion.reason)), Some(item.code.clone())));
        }
    }
    lines.push((Choice::new("No item", "lines carry account and text alone"), None));
    let rest = items.iter().enumerate().filter(|(place, _)| !found.iter().any(|suggestion| suggestion.candidate == *place));
    lines.extend(rest.map(|(_, item)| (line(item, ""), Some(item.code.clone()))));
    let (choices, codes): (Vec<Choice>, Vec<Option<Arc<str>>>) = lines.into_iter().unzip();
    let question = format!("Xero item of {name}");
    let list = List { question: &question, choices: &choices, start: 0, takes_several: false, actions: &[], detail: &no_detail };
    match prompt.list(&list) {
        Ok(Answer::One(place)) => Ok(codes.get(place).cloned()),
        Ok(_) | Err(Stopped::Back) => Ok(None),
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
