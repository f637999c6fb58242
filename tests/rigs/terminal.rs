//! A terminal of any size through tmux: steps in, screens out. `tmuxdrive.py` of the rig explains the steps.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::of_rig;
use crate::support::TestEnv;

/// A terminal that a command is to be run in.
pub struct Terminal<'a> {
    pub env: &'a TestEnv,
    pub columns: u32,
    pub rows: u32,
    /// Variables beside those of the environment.
    pub variables: &'a [(&'a str, &'a str)],
}

impl<'a> Terminal<'a> {
    /// 80 columns of 24 lines.
    pub fn new(env: &'a TestEnv) -> Self {
        Self { env, columns: 80, rows: 24, variables: &[] }
    }

    /// Runs `cspctl` with these arguments, does the steps, and gives what `screen` steps printed. A step that
    /// fails shows the screen. `CSPCTL_SCREENS=1` prints every screen, to be looked at.
    #[track_caller]
    pub fn drive(&self, arguments: &[&str], steps: &str) -> String {
        let described = self.env.command(arguments);
        let mut command = Command::new(PathBuf::from(of_rig("RIG_TERMINAL")).join("run.sh"));
        command.args(["tmuxdrive.py", "--timeout", "60", "--columns", &self.columns.to_string(), "--rows", &self.rows.to_string(), "--"]);
        // tmux gives the terminal's own variables; whatever else the caller's environment has is kept out.
        command.args(["env", "-u", "CI", "-u", "NO_COLOR", "-u", "COLUMNS"]);
        let variables = described.get_envs().filter_map(|(name, value)| Some(format!("{}={}", name.to_str()?, value?.to_str()?)));
        command.args(variables.filter(|variable| !variable.starts_with("PATH=")));
        command.args(self.variables.iter().map(|(name, value)| format!("{name}={value}")));
        command.arg(described.get_program()).args(described.get_args());
        command.current_dir(self.env.path("")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(steps.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let screens = String::from_utf8(output.stdout).unwrap();
        if std::env::var_os("CSPCTL_SCREENS").is_some() {
            println!("{screens}");
        }
        assert!(output.status.success(), "{screens}\n{}", String::from_utf8_lossy(&output.stderr));
        screens
    }
}
