//! The people of the MSP's own tenant.

use serde_json::{Value, json};

use super::options::Person;
use super::state::State;
use crate::stand_ins::exchange::{Answer, Exchange};

/// Colleagues who never sign in here: name, user name, whether the account is enabled.
const COLLEAGUES: [(&str, &str, bool); 10] = [
    ("Aroha Ngata", "aroha@msp.example", true),
    ("Bella Rossi", "bella@msp.example", true),
    ("Chen Wei", "chen@msp.example", true),
    ("Dinesh Rao", "dinesh@msp.example", true),
    ("Emma Larsen", "emma@msp.example", true),
    ("Farid Haddad", "farid@msp.example", true),
    ("Grace Osei", "grace@msp.example", true),
    ("Hugo Martin", "hugo@msp.example", false),
    ("Kiri Walker", "kiri@msp.example", true),
    ("Meeting room", "room1@msp.example", true),
];

/// One page of the directory; as many a page as the options say.
pub(super) fn list(state: &State, exchange: &Exchange) -> Answer {
    let colleague = |(name, user_name, is_enabled): &(&str, &str, bool)| json!({ "displayName": name, "userPrincipalName": user_name, "accountEnabled": is_enabled, "userType": "Member" });
    let of_page = |(person, label): (Person, &str)| {
        let user_type = if person == Person::Guest { "Guest" } else { "Member" };
        json!({ "displayName": label, "userPrincipalName": person.name(), "accountEnabled": true, "userType": user_type })
    };
    let signing_in =
        [(Person::Technician, "Tech"), (Person::Administrator, "Admin"), (Person::Onmicrosoft, "Tech (onmicrosoft)"), (Person::Guest, "Partner's guest")];
    let people: Vec<Value> = signing_in.into_iter().map(of_page).chain(COLLEAGUES.iter().map(colleague)).collect();
    let from: usize = exchange.parameter("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or_default();
    let to = people.len().min(from.saturating_add(state.options.directory_a_page));
    let page: Vec<&Value> = people.iter().take(to).skip(from).collect();
    if to < people.len() {
        let host = exchange.header("host").unwrap_or("localhost");
        return Answer::json(200, &json!({ "value": page, "@odata.nextLink": format!("http://{host}/v1.0/users?$skiptoken={to}") }));
    }
    Answer::json(200, &json!({ "value": page }))
}
