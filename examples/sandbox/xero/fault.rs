//! Faults on demand: what breaks, when, and whether Xero had acted before it broke.

use super::limits;
use crate::stand_ins::exchange::{Answer, Exchange, Outcome};

/// What breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// An error of Xero's own, such as 500; the documents may exist all the same.
    Status {
        /// The status.
        status: u16,
        /// True when Xero had acted.
        committed: bool,
    },
    /// 429; nothing was done.
    TooMany {
        /// `X-Rate-Limit-Problem`.
        problem: &'static str,
        /// `Retry-After`.
        retry_after_seconds: Option<i64>,
    },
    /// 503, plain text "The Organisation is offline"; nothing was done.
    Offline,
    /// 401 `TokenExpired`; nothing was done.
    TokenExpired,
    /// A page instead of JSON.
    Html {
        /// The status.
        status: u16,
        /// True when Xero had acted.
        committed: bool,
    },
    /// No body.
    Empty {
        /// The status.
        status: u16,
        /// True when Xero had acted.
        committed: bool,
    },
    /// The first half of the right answer; Xero had acted.
    Half,
    /// The connection breaks.
    Lost {
        /// True when Xero had acted.
        committed: bool,
    },
}

/// Which requests a fault is for.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The method; empty for any.
    pub method: &'static str,
    /// How the path begins.
    pub path_prefix: String,
    /// How the path ends.
    pub path_suffix: String,
    /// Requests to let through first.
    pub skip: u32,
    /// Requests to break.
    pub times: u32,
    /// What breaks.
    pub kind: FaultKind,
}

impl Fault {
    /// Breaks the next request of this method whose path begins so.
    pub fn once(method: &'static str, path_prefix: &str, kind: FaultKind) -> Self {
        Self { method, path_prefix: path_prefix.to_owned(), path_suffix: String::new(), skip: 0, times: 1, kind }
    }

    /// Lets so many through first.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Breaks so many.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn is_for(&self, exchange: &Exchange) -> bool {
        (self.method.is_empty() || self.method == exchange.method) && exchange.path.starts_with(&self.path_prefix) && exchange.path.ends_with(&self.path_suffix)
    }
}

/// A fault and how far it is.
#[derive(Clone, Debug)]
pub struct ActiveFault {
    fault: Fault,
    seen: u32,
}

impl ActiveFault {
    /// A fault that has seen nothing.
    pub fn new(fault: Fault) -> Self {
        Self { fault, seen: 0 }
    }
}

/// The fault of this request, if it has one; counts the request.
pub fn next(faults: &mut [ActiveFault], exchange: &Exchange) -> Option<FaultKind> {
    let mut found = None;
    for active in faults.iter_mut().filter(|active| active.fault.is_for(exchange)) {
        let is_due = active.seen >= active.fault.skip && active.seen - active.fault.skip < active.fault.times;
        if found.is_none() || !is_due {
            active.seen = active.seen.saturating_add(1);
        }
        if found.is_none() && is_due {
            found = Some(active.fault.kind.clone());
        }
    }
    found
}

impl FaultKind {
    /// True when Xero acts on the request before the fault shows.
    pub fn is_committed(&self) -> bool {
        match self {
            Self::Status { committed, .. } | Self::Html { committed, .. } | Self::Empty { committed, .. } | Self::Lost { committed } => *committed,
            Self::Half => true,
            Self::TooMany { .. } | Self::Offline | Self::TokenExpired => false,
        }
    }

    /// True when Xero keeps the broken answer for its idempotency key: "errors are cached, internal ones too".
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::Status { .. })
    }

    /// What the caller sees instead of the right answer, which is there when Xero had acted.
    pub fn outcome(&self, right: Option<Answer>) -> Outcome {
        let limits = right.iter().flat_map(|answer| answer.headers.clone()).filter(|(name, _)| name.starts_with('x'));
        let mut answer = match self {
            Self::Lost { committed: false } => return Outcome::LostBefore,
            Self::Lost { committed: true } => return Outcome::LostAfter,
            Self::Status { status, .. } => internal(*status),
            Self::TooMany { problem, retry_after_seconds } => limits::too_many(problem, *retry_after_seconds),
            Self::Offline => Answer::text(503, "text/plain; charset=utf-8", "The Organisation is offline"),
            Self::TokenExpired => super::wire::problem(401, "Unauthorized", "TokenExpired: token expired at 01/01/2026 00:00:00"),
            Self::Html { status, .. } => {
                Answer::text(*status, "text/html", "<html><head><title>Xero</title></head><body><h1>Something went wrong</h1></body></html>")
            }
            Self::Empty { status, .. } => Answer::empty(*status),
            Self::Half => {
                let mut half = right.unwrap_or_default();
                half.body.truncate(half.body.len() / 2);
                return Outcome::Answer(half);
            }
        };
        answer.headers.extend(limits);
        Outcome::Answer(answer)
    }
}

fn internal(status: u16) -> Answer {
    super::wire::answer(
        status,
        &serde_json::json!({
            "Title": "An error occurred",
            "Detail": "An error occurred in Xero. Check the API Status page https://status.developer.xero.com for current service status.",
            "Status": status,
            "Instance": super::wire::uuid_of("internal error"),
        }),
    )
}
