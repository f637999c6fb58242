//! Dicker Data: the access code, and how its service wants to be called. Nobody documents which account is
//! served in which way, so what was found is named.

use super::check::{Group, Section, Verdict};
use super::secrets::Found;
use super::{OFFLINE, within};
use crate::app::App;
use crate::commands::sources;
use crate::config::load::Loaded;
use crate::config::schema::{Country, DickerData, Endpoints};
use crate::dickerdata::api::{ApiError, Client, Convention, Way, conventions, reading};
use crate::exit::{Failure, Kind};
use crate::secrets::Purpose;
use crate::services::command;

/// Whom to ask where the portal itself does not help.
const WHOM_TO_RING: &str = "ring Dicker Data's account manager, or write to integration.support@dickerdata.com.au";

/// Everything about the distributor's service. Ends early only with Ctrl-C.
pub(super) fn check(app: &App, loaded: &Loaded, secrets: &Found, offline: bool) -> Result<Section, Failure> {
    let mut section = Section::new(Group::DickerData);
    let (settings, endpoint) = (&loaded.settings.dickerdata, &loaded.settings.endpoints.dickerdata);
    section.add("account", account(settings, &command(app, "auth dickerdata --account-code CODE")));
    section.add("address", address(endpoint, loaded.settings.msp.country));
    if !secrets.is_usable {
        section.add("access key", Verdict::skipped("not known: the secret store cannot be used"));
        return Ok(section);
    }
    if !secrets.has(Purpose::DickerDataAccessCode) {
        let command = command(app, "auth dickerdata");
        section.add("access key", Verdict::skipped(format!("nothing was asked: there is no access code ({command})")));
        return Ok(section);
    }
    if offline {
        section.add("access key", Verdict::skipped(OFFLINE));
        return Ok(section);
    }
    match sources::client(app, loaded) {
        Ok(client) => app.block_on(async {
            ask(loaded, &client, &mut section).await;
            Ok(())
        })?,
        Err(failure) => section.add("access key", failure),
    }
    Ok(section)
}

/// The access key first; then the smallest call there is, which shows the way that is answered.
async fn ask(loaded: &Loaded, client: &Client, section: &mut Section) {
    let settings = &loaded.settings.dickerdata;
    let service = settings.name.as_str();
    match within(service, client.prove()).await {
        Ok(()) => section.add("access key", Verdict::ok("the access code is accepted")),
        Err(failure) => return section.add("access key", Verdict::from(failure).fix(WHOM_TO_RING)),
    }
    let kind = settings.subscription_types.first().map_or("CSP", String::as_str);
    match within::<_, ApiError>(service, reading::tenants(client, kind)).await {
        Ok(_) => section.add("convention", convention(client.way().as_ref(), settings)),
        Err(failure) => section.add("convention", Verdict::from(failure).fix(WHOM_TO_RING)),
    }
}

fn account(settings: &DickerData, sign_in: &str) -> Verdict {
    match &settings.account_code {
        Some(code) => Verdict::ok(format!("account {code}")),
        None if settings.send_account_code => Verdict::problem(Kind::Configuration, "no account code is configured (dickerdata.account_code)").fix(sign_in),
        None => Verdict::ok("none is sent (dickerdata.send_account_code = false)"),
    }
}

/// New Zealand has a service of its own, whose address the distributor tells.
fn address(endpoint: &str, country: Country) -> Verdict {
    if country == Country::NewZealand && endpoint == Endpoints::default().dickerdata {
        return Verdict::warning("msp.country is NZ, and endpoints.dickerdata is the Australian service")
            .fix(format!("{WHOM_TO_RING}, for the address of New Zealand's service"));
    }
    Verdict::ok(endpoint)
}

/// The way that was answered, and whether the configuration leaves it to be found again by every run.
fn convention(way: Option<&Way>, settings: &DickerData) -> Verdict {
    let Some(way) = way else { return Verdict::warning("no call was answered, so it is not known how calls are to be made") };
    let described = way.describe();
    let is_written = match way {
        Way::Headers(_) => settings.convention == Convention::Headers && settings.api_version != conventions::VERSION_AUTO,
        Way::Message => settings.convention == Convention::Message,
    };
    if is_written {
        return Verdict::ok(format!("{described}, as configured"));
    }
    let version = match way {
        Way::Headers(version) => format!(", api_version = \"{version}\""),
        Way::Message => String::new(),
    };
    Verdict::ok(format!("{described}, found by trying; [dickerdata] convention = \"{}\"{version} saves every run the tries", way.convention()))
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn the_way_that_was_found_is_named_and_how_to_keep_it() {
        let auto = DickerData::default();
        let headers = Way::Headers("v1".to_owned());
        let found = convention(Some(&headers), &auto).message;
        assert!(found.contains("headers, DD-ApiVersion v1, found by trying") && found.contains("api_version = \"v1\""), "{found}");
        let written = DickerData { convention: Convention::Headers, api_version: "v1".to_owned(), ..DickerData::default() };
        assert_eq!(convention(Some(&headers), &written), Verdict::ok("headers, DD-ApiVersion v1, as configured"));
        let message = DickerData { convention: Convention::Message, ..DickerData::default() };
        assert_eq!(convention(Some(&Way::Message), &message), Verdict::ok("in the message, as configured"));
        assert!(convention(Some(&Way::Message), &auto).message.contains("convention = \"message\""));
        assert_eq!(convention(None, &auto).state, State::Warning);
    }

    #[test]
    fn an_account_code_is_needed_where_it_is_sent() {
        let none = DickerData { send_account_code: true, ..DickerData::default() };
        let missing = account(&none, "cspctl auth dickerdata --account-code CODE");
        assert_eq!((missing.state, missing.fixes.len()), (State::Problem(Kind::Configuration), 1));
        assert_eq!(account(&DickerData { send_account_code: false, ..DickerData::default() }, "f").state, State::Ok);
        assert_eq!(account(&DickerData { account_code: Some("123456".to_owned()), ..none }, "f"), Verdict::ok("account 123456"));
    }

    #[test]
    fn new_zealand_is_not_served_by_australia() {
        let australian = Endpoints::default().dickerdata;
        assert_eq!(address(&australian, Country::NewZealand).state, State::Warning);
        assert_eq!(address(&australian, Country::Australia).state, State::Ok);
        assert_eq!(address("https://api.example/api", Country::NewZealand).state, State::Ok);
    }
}
