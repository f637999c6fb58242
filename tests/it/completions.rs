//! The completion scripts are taken by the shells that are there, and complete.

use std::process::{Command, Stdio};

use crate::support::TestEnv;

/// Runs a script of a shell beside its completion script `cspctl.SHELL`; `None` where the shell is not installed.
fn of_shell(shell: &str, arguments: &[&str], script: &str) -> Option<String> {
    let mut env = TestEnv::new();
    let completions = env.run(["completions", shell]).code(0).stdout;
    env.write(&format!("cspctl.{shell}"), completions);
    let mut command = Command::new(shell);
    command.args(arguments).args(["-c", script]).current_dir(env.path("")).env("HOME", env.root()).stdin(Stdio::null());
    let output = command.output().ok()?;
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && error.is_empty(), "{shell}: {error}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn bash_completes_commands_and_flags() {
    let script = "source ./cspctl.bash
        ask() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _cspctl cspctl \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"; echo \"${COMPREPLY[@]}\"; }
        complete -p cspctl; ask cspctl sy; ask cspctl auth mo; ask cspctl sync --dry";
    let Some(said) = of_shell("bash", &["--noprofile", "--norc"], script) else { return };
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("_cspctl"), "{said}");
    assert_eq!(lines[1..], ["sync", "move", "--dry-run"], "{said}");
}

#[test]
fn zsh_takes_its_script() {
    // Sourced after the completion system is there; read as a function it runs only inside a completion.
    let said = of_shell("zsh", &["-f"], "autoload -Uz compinit && compinit -u -d ./dump && source ./cspctl.zsh && print ${_comps[cspctl]}");
    assert!(said.is_none_or(|said| said.trim() == "_cspctl"));
}

#[test]
fn fish_completes_commands() {
    let said = of_shell("fish", &["--no-config"], "source ./cspctl.fish; complete -C 'cspctl sy'");
    assert!(said.is_none_or(|said| said.starts_with("sync")));
}
