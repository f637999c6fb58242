//! What to ask the service for: invoices with their lines, subscriptions, and for a capture also the
//! tenants and renewals.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::capture::RawAnswer;
use super::client::Client;
use super::conventions::Call;
use super::error::{ApiError, ApiErrorKind};
use super::wire::{Field, Fields, Object, objects};
use crate::http::Method;

/// The invoices of some days (`contracts/dickerdata.md` 2.2).
pub const INVOICES: &str = "Account/Invoice";
/// The lines of one invoice.
pub const INVOICE_DETAILS: &str = "Account/InvoiceDetails";
/// Subscriptions (`contracts/dickerdata.md` 2.1).
pub const SUBSCRIPTIONS: &str = "Subscriptions/GetSubscriptionDetails";
/// Tenants.
pub const TENANTS: &str = "Subscriptions/GetTenant";
/// What is known of a tenant's renewals.
pub const RENEWALS: &str = "Microsoft/GetSubscriptionRenewalDetail";

/// Tenants whose renewals a capture holds: it shows the shape, not everything.
const RENEWALS_AT_MOST: usize = 3;

/// What to read.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The first day of the invoices.
    pub from: Date,
    /// The last day of the invoices.
    pub to: Date,
    /// How the service writes dates in a request, as `strftime` has it.
    pub date_format: String,
    /// `CSP`, `ADY`, `ADM`: the kinds of subscriptions to read; none reads no subscriptions.
    pub subscription_types: Vec<String>,
}

/// Reads what a month needs.
///
/// # Errors
///
/// When the service cannot be reached, refuses, or answers in a way that cannot be understood.
pub async fn read(client: &Client, scope: &Scope, fields: &Fields) -> Result<Vec<RawAnswer>, ApiError> {
    let day = |date: Date| jiff::fmt::strtime::format(&scope.date_format, date).map_err(|error| bad_format(&scope.date_format, &error));
    let dates = vec![("startDate".to_owned(), Value::from(day(scope.from)?)), ("endDate".to_owned(), Value::from(day(scope.to)?))];
    let mut answers = client.pages(&Call { endpoint: INVOICES, method: Method::Get, parameters: dates }).await?;
    for orders in sales_orders(&answers, fields) {
        let call = Call { endpoint: INVOICE_DETAILS, method: Method::Get, parameters: orders };
        answers.extend(client.pages(&call).await?);
    }
    for kind in &scope.subscription_types {
        let parameters = vec![("SubscriptionType".to_owned(), Value::from(kind.as_str()))];
        let call = Call { endpoint: SUBSCRIPTIONS, method: Method::Post, parameters };
        let subscriptions = client.pages(&call).await;
        answers.extend(subscriptions.map_err(|error| error.hint("an account without this call can do without it: dickerdata.subscription_types = []"))?);
    }
    Ok(answers)
}

/// Reads what shows the shape of the rest: for bug reports alone, so a refusal is left out.
pub async fn read_more(client: &Client, scope: &Scope) -> Vec<RawAnswer> {
    let mut answers = Vec::new();
    for kind in &scope.subscription_types {
        answers.extend(tenants(client, kind).await.unwrap_or_default());
    }
    let fields = Fields::default();
    let ids: BTreeSet<String> = answers.iter().flat_map(|page| objects(&page.answer)).map(|map| Object::new(map, &fields).text(Field::TenantId)).collect();
    for id in ids.into_iter().filter(|id| !id.is_empty()).take(RENEWALS_AT_MOST) {
        let call = Call { endpoint: RENEWALS, method: Method::Post, parameters: vec![("TenantID".to_owned(), id.into())] };
        answers.extend(client.pages(&call).await.unwrap_or_default());
    }
    answers
}

/// The tenants of one kind: the smallest call there is, which shows the way that is answered.
///
/// # Errors
///
/// As [`read`].
pub async fn tenants(client: &Client, kind: &str) -> Result<Vec<RawAnswer>, ApiError> {
    let parameters = vec![("SubscriptionType".to_owned(), Value::from(kind))];
    client.pages(&Call { endpoint: TENANTS, method: Method::Post, parameters }).await
}

fn bad_format(format: &str, error: &jiff::Error) -> ApiError {
    ApiError::new(ApiErrorKind::Failed, format!("`dickerdata.request_date_format` `{format}` cannot be used: {error}")).hint("write it as in \"%Y-%m-%d\"")
}

/// The parameters of the call for the lines of every invoice that does not hold them itself; each
/// sales order once.
fn sales_orders(invoices: &[RawAnswer], fields: &Fields) -> Vec<Vec<(String, Value)>> {
    let mut seen = BTreeSet::new();
    let mut orders = Vec::new();
    for map in invoices.iter().flat_map(|page| objects(&page.answer)) {
        let invoice = Object::new(map, fields);
        if holds_lines(map, fields) {
            continue;
        }
        let order = invoice.text(Field::SalesOrder);
        let suffix = invoice.text(Field::SalesOrderSuffix);
        let order = if order.is_empty() { invoice.text(Field::InvoiceNumber) } else { order };
        if order.is_empty() || !seen.insert((order.clone(), suffix.clone())) {
            continue;
        }
        let mut parameters = vec![("salesOrderNumber".to_owned(), Value::from(order))];
        if !suffix.is_empty() {
            parameters.push(("salesOrderNumberSuffix".to_owned(), suffix.into()));
        }
        parameters.push(("includeCustomerQualification".to_owned(), Value::from(false)));
        orders.push(parameters);
    }
    orders
}

/// True for an invoice with its lines in it.
pub(super) fn holds_lines(invoice: &Map<String, Value>, fields: &Fields) -> bool {
    Object::new(invoice, fields).value(Field::Lines).is_some_and(Value::is_array)
}
