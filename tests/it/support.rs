//! Runs the built binary in an environment of its own: no home, no configuration, no variables
//! but those it needs to start.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder with its own home; `work/` is the current folder and holds the files.
pub struct TestEnv {
    root: TempDir,
    variables: Vec<(String, String)>,
    config: bool,
}

/// What a command said.
#[derive(Debug, PartialEq, Eq)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl TestEnv {
    /// An empty environment; `work/config.toml` is used once it is written.
    pub fn new() -> Self {
        let root = TempDir::new().unwrap();
        for folder in ["home", "config", "state", "work"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root, variables: Vec::new(), config: false }
    }

    /// Writes a file below `work/`, with its folders.
    pub fn file(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(name, content);
        self
    }

    /// The same between two runs.
    pub fn write(&mut self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self.config |= name == "config.toml";
    }

    /// Sets a variable.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path below `work/`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("work").join(name)
    }

    /// The folder that holds everything, homes included.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The text of a file below `work/`.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs `cspctl` without a terminal and waits for it.
    pub fn run<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        let output = Self::output(&mut self.command(arguments));
        Output { code: output.status.code().unwrap_or(-1), stdout: self.normalised(&output.stdout), stderr: self.normalised(&output.stderr) }
    }

    /// Waits for a command. Wine sometimes cannot start a process while many others start (error
    /// 1359); nothing has run then, so it is tried again.
    fn output(command: &mut Command) -> std::process::Output {
        const STARTS_AT_MOST: u32 = 10;
        for attempt in 1.. {
            match command.output() {
                Err(error) if cfg!(windows) && error.raw_os_error() == Some(1359) && attempt < STARTS_AT_MOST => {
                    std::thread::sleep(std::time::Duration::from_millis(50 * u64::from(attempt)));
                }
                other => return other.unwrap(),
            }
        }
        unreachable!("the loop returns")
    }

    /// The command, for tests that feed or kill it.
    pub fn command<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cspctl"));
        command.env_clear().current_dir(self.root.path().join("work")).stdin(Stdio::null());
        for (name, value) in std::env::vars() {
            let upper = name.to_uppercase();
            if ["PATH", "SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP"].contains(&upper.as_str()) || upper.starts_with("WINE") {
                command.env(name, value);
            }
        }
        for (name, folder) in [
            ("HOME", "home"),
            ("USERPROFILE", "home"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("APPDATA", "config"),
            ("LOCALAPPDATA", "state"),
        ] {
            command.env(name, self.root.path().join(folder));
        }
        if self.config {
            command.env("CSPCTL_CONFIG", self.path("config.toml"));
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        for argument in arguments {
            command.arg(argument.as_ref());
        }
        command
    }

    /// Paths as `[ROOT]/work/…` and line ends as on Unix, whatever the machine.
    fn normalised(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_vec()).unwrap().replace("\r\n", "\n");
        let root = self.root.path().display().to_string();
        let resolved = self.root.path().canonicalize().map_or_else(|_| root.clone(), |path| path.display().to_string());
        let mut pieces = text.replace(&root.replace('\\', "\\\\"), "[ROOT]").replace(&resolved, "[ROOT]").replace(&root, "[ROOT]");
        if cfg!(windows) {
            pieces = forward_slashes(&pieces);
        }
        pieces
    }
}

/// Backslashes of a path that begins with `[ROOT]`, as slashes.
fn forward_slashes(text: &str) -> String {
    let mut parts = text.split("[ROOT]");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|character: char| character.is_whitespace() || matches!(character, '"' | '\'' | ':' | ',')).unwrap_or(part.len());
        let (path, rest) = part.split_at(end);
        shown.push_str("[ROOT]");
        shown.push_str(&path.replace("\\\\", "/").replace('\\', "/"));
        shown.push_str(rest);
    }
    shown
}

impl Output {
    /// Checks the exit code and shows everything when it is another.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}", self.stdout))
    }
}
