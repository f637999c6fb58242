//! Which Xero organisations a sign-in reaches, and the proof that it reaches one: the calls with
//! which a sign-in ends (contracts/xero.md 1.5 and 3.1).

use std::rc::Rc;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::app::App;
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::http::{Method, Request, Response, Transport};

/// A connection of the app: one organisation that somebody let it into.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, rename_all = "camelCase")]
pub struct Connection {
    /// The organisation's id, as `xero-tenant-id` wants it.
    pub tenant_id: String,
    /// `ORGANISATION`, `PRACTICE` or something newer.
    pub tenant_type: String,
    /// Its name; old answers lack it.
    pub tenant_name: Option<String>,
}

impl Connection {
    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        self.tenant_name.as_deref().filter(|name| !name.is_empty()).unwrap_or("an organisation without a name")
    }
}

/// An organisation as it says of itself.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Organisation {
    /// Its name.
    #[serde(rename = "Name")]
    pub name: String,
    /// True for Xero's demonstration company.
    #[serde(rename = "IsDemoCompany")]
    pub is_demo: bool,
    /// The code in deep links.
    #[serde(rename = "ShortCode")]
    pub short_code: Option<String>,
}

/// Asks Xero with one access token.
#[derive(Debug)]
pub struct Asking<'a> {
    base: &'a str,
    transport: Rc<dyn Transport>,
    token: SecretString,
}

impl<'a> Asking<'a> {
    /// Asks at the configured address.
    ///
    /// # Errors
    ///
    /// As [`App::transport`].
    pub fn new(app: &App, loaded: &'a Loaded, token: SecretString) -> Result<Self, Failure> {
        Ok(Self { base: &loaded.settings.endpoints.xero_api, transport: app.transport(loaded)?, token })
    }

    /// The organisations that the sign-in reaches; practices and the like are left out.
    ///
    /// # Errors
    ///
    /// Kind `SignIn` when Xero refuses, `Failed` when it cannot be asked.
    pub async fn connections(&self) -> Result<Vec<Connection>, Failure> {
        let answer = self.get("/connections", None).await?;
        let all: Vec<Connection> = read(&answer, "its list of connections")?;
        Ok(all.into_iter().filter(|connection| connection.tenant_type.eq_ignore_ascii_case("ORGANISATION")).collect())
    }

    /// One organisation, asked with its id.
    ///
    /// # Errors
    ///
    /// Kind `SignIn` when Xero refuses, `Failed` when it cannot be asked.
    pub async fn organisation(&self, id: &str) -> Result<Organisation, Failure> {
        #[derive(Deserialize)]
        struct Organisations {
            #[serde(rename = "Organisations", default)]
            list: Vec<Organisation>,
        }
        let answer = self.get("/api.xro/2.0/Organisation", Some(id)).await?;
        let organisations: Organisations = read(&answer, "its organisation")?;
        organisations.list.into_iter().next().ok_or_else(|| Failure::message(Kind::Failed, "Xero's answer names no organisation"))
    }

    async fn get(&self, path: &str, tenant: Option<&str>) -> Result<Response, Failure> {
        let mut request = Request::new(Method::Get, format!("{}{path}", self.base))
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {}", self.token.expose_secret()));
        if let Some(tenant) = tenant {
            request = request.header("xero-tenant-id", tenant);
        }
        let answer = self.transport.send(request).await.map_err(|error| Failure::new(Kind::Failed, error))?;
        match answer.status {
            200 => Ok(answer),
            401 | 403 => Err(Failure::message(Kind::SignIn, format!("Xero took the sign-in and refused {path} (status {})", answer.status))
                .hint("the sign-in may lack the scope `accounting.settings.read`, or the organisation was disconnected from the app: sign in again")
                .hint("an organisation can have two uncertified apps at most")),
            429 => Err(Failure::message(Kind::Busy, "Xero asks to slow down").hint("run the command again in a minute")),
            status => Err(Failure::message(Kind::Failed, format!("Xero answered {path} with status {status}"))
                .hint("run the command again; status.xero.com tells of outages")),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(answer: &'a Response, what: &str) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body).map_err(|_| {
        Failure::message(Kind::Failed, format!("Xero's answer to the question for {what} makes no sense")).hint("check endpoints.xero_api and the proxy")
    })
}
