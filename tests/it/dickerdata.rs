//! The distributor's API against its stand-in, through the binary: signing in, reading, billing the
//! same month from either source, and what happens when the service is not as hoped.

mod billing;
mod doctor;
mod refusals;
mod signing_in;

use std::sync::Arc;

use serde_json::Value;

use crate::sample::generator;
use crate::small::contoso;
use crate::stand_ins::dickerdata::DickerData;
use crate::stand_ins::dickerdata::options::{ACCESS_CODE, ACCOUNT_CODE, Options};
use crate::stand_ins::dickerdata::seed::Books;
use crate::stand_ins::exchange::Outcome;
use crate::stand_ins::serve::{Running, serve};
use crate::support::TestEnv;

/// The sample month with the stand-in on a port of its own.
struct Desk {
    env: TestEnv,
    service: DickerData,
    server: Running,
}

fn export(begins: &str) -> Vec<u8> {
    generator::csv_exports().unwrap().into_iter().find(|(name, _)| name.starts_with(begins)).unwrap().1
}

impl Desk {
    /// Nobody has signed in yet.
    fn new(options: Options) -> Self {
        let service = DickerData::new(options, Books::of_exports(&export("csp"), &export("annuity")).unwrap());
        let handler = service.clone();
        let server = serve(Arc::new(move |exchange| Outcome::Answer(handler.handle(exchange))), None).unwrap();
        let mut env = contoso().variable("CSPCTL_SECRETS_KEY_FILE", "keys/secrets.key");
        env.write("keys/secrets.key", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n");
        #[cfg(unix)]
        std::fs::set_permissions(env.path("keys/secrets.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let mut desk = Self { env, service, server };
        desk.read_exports();
        desk
    }

    /// With the access code in the environment and the account code in the settings.
    fn signed_in(options: Options) -> Self {
        let mut desk = Self::new(options);
        desk.env = desk.env.variable("CSPCTL_DICKERDATA_ACCESS_CODE", ACCESS_CODE);
        desk.read_api("");
        desk
    }

    fn settings(&mut self, dickerdata: &str) {
        let sample = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/contoso/config.toml")).unwrap();
        let (before, rest) = sample.split_once("[dickerdata]").unwrap();
        let (_, after) = rest.split_once("[xero]").unwrap();
        let address = &self.server.address;
        let text = format!(
            "{before}[dickerdata]\n{dickerdata}\n[xero]{after}\n[secrets]\nstore = \"file\"\nfile = \"secrets.bin\"\n[endpoints]\ndickerdata = \"{address}/api\"\n"
        );
        self.env.write("config.toml", text);
    }

    fn read_exports(&mut self) {
        self.settings("source = \"export\"\ninvoice_report = \"exports/csp-invoice-report-*.xlsx\"\nannuity = \"exports/annuity-information-*.xlsx\"");
    }

    fn read_api(&mut self, more: &str) {
        self.settings(&format!("source = \"api\"\naccount_code = \"{ACCOUNT_CODE}\"\n{more}"));
    }

    /// `sync` of November as JSON.
    fn sync(&self) -> Value {
        self.env.run(["sync", "--period", "2026-11", "--json"]).code(0).json()
    }
}

/// The documents without what names the source: keys of lines, and the order that follows from them.
fn documents_alike(json: &Value) -> Vec<Value> {
    let mut documents = json["documents"].as_array().unwrap().clone();
    for document in &mut documents {
        for key in ["reference", "state", "xero_id", "url", "error"] {
            document.as_object_mut().unwrap().remove(key);
        }
        let lines = document["lines"].as_array_mut().unwrap();
        for line in lines.iter_mut() {
            line.as_object_mut().unwrap().remove("key");
        }
        lines.sort_by_key(Value::to_string);
    }
    documents
}

/// The documents that this run made.
fn new_documents(json: &Value) -> Vec<&Value> {
    json["documents"].as_array().unwrap().iter().filter(|document| document["state"] == "exported").collect()
}
