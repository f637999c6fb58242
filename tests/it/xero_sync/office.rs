//! The sample month on a machine of its own, with an encrypted store and a Xero that is served on a socket.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::auth::browser::{get, post};
use crate::auth::place::{Signing, with_key};
use crate::sandbox_sample;
use crate::stand_ins::serve::{self, Running};
use crate::stand_ins::xero::Xero;
use crate::stand_ins::xero::options::{Limits, Options};
use crate::stand_ins::xero::state::StoredDocument;
use crate::support::{Output, TestEnv};

pub struct Office {
    pub env: TestEnv,
    pub xero: Xero,
    pub running: Running,
}

impl Office {
    /// Signed in.
    pub fn new() -> Self {
        let office = Self::signed_out(unhurried());
        office.sign_in();
        office
    }

    /// The sample of `cargo run --example sandbox -- --write FOLDER`, with an encrypted store.
    pub fn signed_out(options: Options) -> Self {
        Self::served(options, None, None)
    }

    /// The same, with Xero on this port; its API is called at this other address.
    pub fn served(options: Options, xero_port: Option<u16>, api: Option<&str>) -> Self {
        Self::beside(options, xero_port, api, &[])
    }

    /// The same, with the addresses of other services beside it.
    pub fn beside(mut options: Options, xero_port: Option<u16>, api: Option<&str>, others: &[(&'static str, &str)]) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for registered in &mut options.apps {
            registered.redirects = vec![format!("http://localhost:{port}/callback")];
        }
        options.organisations = vec![sandbox_sample::organisation().unwrap()];
        let xero = Xero::new(options);
        sandbox_sample::give_terms(&xero).unwrap();
        let carrier = xero.clone();
        let running = serve::serve(Arc::new(move |exchange| carrier.carry(exchange)), xero_port).unwrap();
        let mut env = with_key(TestEnv::new());
        let api = api.unwrap_or(&running.address);
        let endpoints = [("xero_login", running.address.as_str()), ("xero_identity", &running.address), ("xero_api", api)];
        let all = endpoints.iter().chain(others).map(|(key, address)| (*key, (*address).to_owned())).collect();
        sandbox_sample::write(&env.path(""), &xero, &all).unwrap();
        let config = env.read("config.toml");
        env.write("config.toml", format!("{config}\n[secrets]\nstore = \"file\"\nfile = \"secrets.cspctl\"\n"));
        let mut office = Self { env, xero, running };
        office.change("config.toml", "[xero]\n", &format!("[xero]\nredirect_port = {port}\n"));
        office.change("config.toml", "[report]\n", "[report]\nhtml = false\n");
        office
    }

    /// `auth xero`; the person presses "Allow access".
    pub fn sign_in(&self) {
        let mut signing = Signing::with(&self.env, &self.running.address, &["auth", "xero", "--no-browser"]);
        let address = signing.address();
        let page = get(&address);
        assert!(page.status == 200 && page.body.contains("Allow access?"), "{}", page.body);
        assert_eq!(get(&post(&address, "decision=allow").location()).status, 200);
        let output = signing.end().code(0);
        assert!(output.stderr.contains("Signed in to Xero. Organisation: Example MSP Pty Ltd"), "{}", output.stderr);
    }

    /// Runs a command line.
    pub fn run(&self, line: &str) -> Output {
        self.env.run(line.split(' '))
    }

    /// Changes a file at every place where the text is.
    pub fn change(&mut self, file: &str, from: &str, to: &str) {
        let text = self.env.read(file);
        assert!(text.contains(from), "{file} has no {from:?}:\n{text}");
        self.env.write(file, text.replace(from, to));
    }

    /// Documents of Xero that are neither deleted nor voided.
    pub fn live(&self, kind: &str) -> Vec<StoredDocument> {
        self.xero.live_documents().into_iter().filter(|document| document.kind == kind).collect()
    }

    /// The live document of this number.
    pub fn numbered(&self, number: &str) -> StoredDocument {
        let mut found = self.xero.live_documents().into_iter().filter(|document| document.number == number);
        let document = found.next().unwrap_or_else(|| panic!("nothing has the number {number}"));
        assert!(found.next().is_none(), "{number} is there twice");
        document
    }

    /// How often something was written to the books since the calls were last forgotten.
    pub fn writes(&self) -> u32 {
        self.xero.calls_of("PUT", "/api.xro") + self.xero.calls_of("POST", "/api.xro")
    }

    /// Exactly the sample month, once: nothing lost, nothing twice, to the cent.
    #[track_caller]
    pub fn assert_the_month_is_there_once(&self) {
        let of = |kind: &str| self.live(kind).len();
        assert_eq!((of("ACCPAY"), of("ACCREC"), of("ACCRECCREDIT"), of("ACCPAYCREDIT")), (1, 37, 1, 0));
        let sum = |documents: Vec<StoredDocument>| documents.iter().map(|document| document.sub_total).sum::<rust_decimal::Decimal>();
        assert_eq!(sum(self.live("ACCPAY")).to_string(), "47380.83", "the sum of the export's rows");
        assert_eq!((sum(self.live("ACCREC")) - sum(self.live("ACCRECCREDIT"))).to_string(), "52929.81", "examples/contoso/README.md");
    }

    /// The ledger is lost.
    pub fn lose_ledger(&self) {
        std::fs::remove_dir_all(self.env.path("state")).unwrap();
    }
}

/// A Xero that allows any number of calls a minute: tests make in seconds what people make in days.
pub fn unhurried() -> Options {
    Options { limits: Limits { minute: None, ..Limits::default() }, ..Options::default() }
}

/// How many documents of a `--json` result are in each state.
pub fn states(json: &Value) -> BTreeMap<String, usize> {
    let mut states = BTreeMap::new();
    for document in json["documents"].as_array().unwrap() {
        *states.entry(document["state"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    states
}

/// The documents of a `--json` result in this state.
pub fn in_state<'a>(json: &'a Value, state: &str) -> Vec<&'a Value> {
    json["documents"].as_array().unwrap().iter().filter(|document| document["state"] == state).collect()
}
