//! `cspctl init`: the whole set-up, step by step. Each answer is checked for real before `config.toml` is
//! written; the set-up can be stopped at any question and goes on where it stopped.

mod args;
mod billing;
mod connections;
mod distributor;
mod finish;
mod lists;
mod microsoft;
mod next;
mod prepare;
mod tenants;
mod users;
mod wizard;
mod xero;

use serde_json::{Value, json};

pub use self::args::InitArgs;
use self::wizard::Wizard;
use crate::app::App;
use crate::config::draft::Draft;
use crate::exit::{Failure, Kind};
use crate::ui::text;

/// A step: what it is called, what it is for, and what it does.
struct Step {
    name: &'static str,
    why: &'static str,
    run: fn(&mut Wizard<'_>) -> Result<(), Failure>,
}

/// The steps whose answers go into `config.toml`, in their order.
const STEPS: [Step; 7] = [
    Step {
        name: "What is connected",
        why: "cspctl compares what Dicker Data charged with what Microsoft says exists, and writes into Xero.",
        run: connections::run,
    },
    Step {
        name: "Microsoft and your company",
        why: "Seats and users are read from each customer's tenant with your own app and account.",
        run: microsoft::run,
    },
    Step { name: "Dicker Data", why: "Every amount begins with what was charged.", run: distributor::run },
    Step { name: "Customers' tenants", why: "Whoever cannot be read cannot be compared; it costs nothing else.", run: tenants::run },
    Step { name: "Xero", why: "One bill from the distributor, one invoice for each customer.", run: xero::run },
    Step { name: "Who may change things", why: "Posting and mapping can be left to some Microsoft accounts; the trail names them.", run: users::run },
    Step { name: "Documents and prices", why: "Products and customers can have prices of their own in mapping.toml.", run: billing::run },
];

/// Walks through the set-up.
///
/// # Errors
///
/// 2 when an answer is missing and nobody may be asked, 130 when it was stopped; else what the step says.
/// Answers stay kept until they are written.
pub fn run(app: &App, args: &InitArgs, no_input: bool) -> Result<(), Failure> {
    // Under --json standard output is for the one document at the end.
    let for_people;
    let people = if app.output.is_json() {
        for_people = app.for_people();
        &for_people
    } else {
        app
    };
    let draft = if args.check { Draft::closed(people)? } else { Draft::open(people)? };
    let mut wizard = Wizard::new(people, args, no_input, draft);
    if args.check {
        return check(app, wizard);
    }
    prepare::run(&mut wizard)?;
    for (index, step) in STEPS.iter().enumerate() {
        people.output.note(&heading(people, index + 1, step));
        (step.run)(&mut wizard).map_err(kept)?;
    }
    let config_file = wizard.draft.config_file().display().to_string();
    people.output.note("");
    let is_written = finish::run(wizard).map_err(kept)?;
    if app.output.is_json() {
        app.output.json(&json!({ "schema_version": 1, "config": config_file, "written": is_written }))?;
    }
    next::run(people, args)
}

/// What was answered is not lost, and the person should know.
fn kept(failure: Failure) -> Failure {
    match failure.kind {
        Kind::Interrupted => Failure::message(Kind::Interrupted, "stopped; your answers are kept").hint("cspctl init goes on where you stopped"),
        _ => failure,
    }
}

fn heading(app: &App, number: usize, step: &Step) -> String {
    let style = app.output.error_style();
    let why = text::wrap(step.why, app.output.look().width.min(100)).join("\n");
    format!(
        "\n{} {}\n{}",
        style.clone().cyan().apply_to(format!("[{number}/{}]", STEPS.len())),
        style.clone().bold().apply_to(step.name),
        style.dim().apply_to(why)
    )
}

/// Looks at everything again, whatever fails.
fn check(app: &App, mut wizard: Wizard<'_>) -> Result<(), Failure> {
    if !wizard.draft.is_written() {
        let message = format!("there is no {}", wizard.draft.config_file().display());
        return Err(Failure::message(Kind::Configuration, message).hint("cspctl init makes it"));
    }
    let mut worst: Option<Failure> = None;
    let mut steps: Vec<Value> = Vec::new();
    for (index, step) in STEPS.iter().enumerate() {
        wizard.app.output.note(&heading(wizard.app, index + 1, step));
        let result = (step.run)(&mut wizard);
        let error = result.as_ref().err().map(|failure| format!("{:#}", failure.source));
        let hints = result.as_ref().err().map(|failure| failure.hints.clone()).unwrap_or_default();
        steps.push(json!({ "step": step.name, "state": if error.is_none() { "ok" } else { "failed" }, "error": error, "hints": hints }));
        if let Err(failure) = result {
            if failure.kind == Kind::Interrupted {
                return Err(failure);
            }
            wizard.tell(&failure);
            worst = Some(worst.unwrap_or(failure));
        }
    }
    let usable = wizard.loaded().and_then(|loaded| loaded.check_usable());
    if app.output.is_json() {
        app.output.json(&json!({ "schema_version": 1, "config": wizard.draft.config_file().display().to_string(), "steps": steps }))?;
    }
    let failed = steps.iter().filter(|step| step.get("state").and_then(Value::as_str) == Some("failed")).count();
    match worst.or(usable.err()) {
        None => Ok(()),
        Some(first) => {
            let message = format!("{failed} of {} steps need attention", STEPS.len());
            Err(Failure::message(first.kind, message).hint("cspctl init asks for what is missing; the rest is corrected in config.toml"))
        }
    }
}

#[cfg(test)]
mod tests;
