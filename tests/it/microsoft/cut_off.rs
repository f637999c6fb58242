//! A pull that is cut off while tenants answer: the ledger is as it was, and nothing is in the next one's way.

use std::process::{Child, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Options, World, signed_in};

/// A pull is given so long to come to a point.
const PATIENCE: Duration = Duration::from_mins(1);

/// Ctrl-C. Windows sends it to a whole console alone: there the process is ended from outside, which gives it
/// even less time.
#[cfg(unix)]
fn interrupt(child: &mut Child) {
    let sent = std::process::Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

#[cfg(windows)]
fn interrupt(child: &mut Child) {
    child.kill().unwrap();
}

/// Starts a pull against a slow Microsoft and cuts it off while its tenants answer; gives what it said.
fn cut_off(world: &World) -> String {
    world.microsoft.forget_calls();
    world.delay.store(50, Ordering::SeqCst);
    let mut child = world.env.command(["pull", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while world.microsoft.calls_of("/subscribedSkus") < 12 {
        assert!(began.elapsed() < PATIENCE && child.try_wait().unwrap().is_none(), "it never asked so many tenants");
        std::thread::sleep(Duration::from_millis(5));
    }
    interrupt(&mut child);
    let output = child.wait_with_output().unwrap();
    assert!(world.microsoft.calls_of("/subscribedSkus") < 38, "it was not in the middle");
    #[cfg(unix)]
    assert_eq!(output.status.code(), Some(130));
    assert!(output.stdout.is_empty(), "half an answer is none");
    world.delay.store(0, Ordering::SeqCst);
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn ctrl_c_in_the_middle_of_a_pull_leaves_the_ledger_as_it_was_and_the_lock_free() {
    let world = signed_in(Options { date: None, throttled: 0, ..Options::default() });
    let ledger = || std::fs::read(world.env.path("state/ledger.db")).unwrap();
    // Before any seats were kept.
    let before = ledger();
    let said = cut_off(&world);
    #[cfg(unix)]
    assert!(said.contains("interrupted"), "{said}");
    #[cfg(windows)]
    let _ = said;
    assert!(ledger() == before);
    world.env.run(["pull"]).code(0);

    let before = ledger();
    let _ = cut_off(&world);
    assert!(ledger() == before, "neither a snapshot nor a part of one");
    assert!(!world.env.path("state/ledger.db-journal").exists());
    assert_eq!(std::fs::read(world.env.path("state/ledger.db.lock")).unwrap_or_default(), b"", "nobody holds the lock");

    world.microsoft.forget_calls();
    let began = Instant::now();
    world.env.run(["pull"]).code(0);
    assert!(began.elapsed() < Duration::from_secs(10), "nothing is waited for");
    assert_eq!(world.microsoft.calls_of("/users"), 0, "what was counted before the cut still counts");
    assert!(ledger() != before, "and this one is kept");
}
