//! Many files at once, each whole or not there: temporaries, fsync, rename, fsync of the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::ExportError;
use super::planned::Measured;
use crate::files::{make_folder, sync_folder};
use crate::ledger::{RecordedFile, Step, Steps};

/// Threads that wait for the disk; waiting needs no processor.
const SYNC_THREADS: usize = 8;

/// Gives the bytes of a file.
pub(super) type Render<'a> = dyn Fn(&RecordedFile, &mut dyn Write) -> io::Result<()> + 'a;

/// Writes every file that is not there already, and gives the paths of all.
pub(super) fn write_files(files: &[RecordedFile], folder: &Path, steps: &dyn Steps, render: &Render<'_>) -> Result<Vec<PathBuf>, ExportError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let mut missing = Vec::new();
    for file in files {
        let path = folder.join(&file.file.name);
        match digest_of(&path).map_err(unfinished("read", &path))? {
            None => missing.push(file),
            // The same bytes already: of a run that was cut off, or whose ledger was lost.
            Some(digest) if digest == file.file.sha256 => {}
            Some(_) => return Err(ExportError::NameTaken(path)),
        }
    }
    let result = write_missing(&missing, folder, steps, render);
    if result.is_err() {
        // Room for the next attempt; what cannot be removed is overwritten then.
        for file in &missing {
            let _ = fs::remove_file(temporary(folder, &file.file.name));
        }
    }
    result?;
    Ok(files.iter().map(|file| folder.join(&file.file.name)).collect())
}

fn write_missing(files: &[&RecordedFile], folder: &Path, steps: &dyn Steps, render: &Render<'_>) -> Result<(), ExportError> {
    steps.reached(Step::CreateFolder).and_then(|()| make_folder(folder)).map_err(unfinished("create the folder", folder))?;
    for file in files {
        let path = temporary(folder, &file.file.name);
        let measured = write_temporary(file, &path, steps, render).map_err(unfinished("write", &path))?;
        if measured.finish() != (file.file.sha256.clone(), file.file.size_bytes) {
            return Err(ExportError::Differs(file.file.name.clone()));
        }
    }
    for _ in files {
        steps.reached(Step::SyncFile).map_err(unfinished("write", folder))?;
    }
    if steps.is_durable() {
        let paths: Vec<PathBuf> = files.iter().map(|file| temporary(folder, &file.file.name)).collect();
        sync_all(&paths)?;
    }
    for file in files {
        let path = folder.join(&file.file.name);
        let rename = || fs::rename(temporary(folder, &file.file.name), &path);
        steps.reached(Step::RenameFile).and_then(|()| rename()).map_err(unfinished("rename into", &path))?;
    }
    settle(folder, steps)
}

/// Makes the names in a folder outlive a power cut.
pub(super) fn settle(folder: &Path, steps: &dyn Steps) -> Result<(), ExportError> {
    steps.reached(Step::SyncFolder).and_then(|()| if steps.is_durable() { sync_folder(folder) } else { Ok(()) }).map_err(unfinished("write", folder))
}

/// The name a file has while it is written; always the same, so that nothing is left lying about.
pub(super) fn temporary(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.part"))
}

fn write_temporary(file: &RecordedFile, path: &Path, steps: &dyn Steps, render: &Render<'_>) -> io::Result<Measured> {
    steps.reached(Step::CreateFile)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = Both { file: io::BufWriter::with_capacity(64 * 1024, options.open(path)?), measured: Measured::default(), steps };
    render(file, &mut out)?;
    out.file.flush()?;
    Ok(out.measured)
}

/// Writes to the file and measures what it wrote.
struct Both<'a> {
    file: io::BufWriter<File>,
    measured: Measured,
    steps: &'a dyn Steps,
}

impl Write for Both<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.steps.reached(Step::WriteFile)?;
        let written = self.file.write(bytes)?;
        self.measured.write_all(bytes.get(..written).unwrap_or(bytes))?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Forces the files to the disk, some at a time.
fn sync_all(paths: &[PathBuf]) -> Result<(), ExportError> {
    let share = paths.len().div_ceil(SYNC_THREADS).max(1);
    let sync_share = |paths: &[PathBuf]| paths.iter().try_for_each(|path| sync_file(path).map_err(unfinished("write", path)));
    std::thread::scope(|scope| {
        let waiting: Vec<_> = paths.chunks(share).map(|paths| scope.spawn(move || sync_share(paths))).collect();
        waiting.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn sync_file(path: &Path) -> io::Result<()> {
    // Windows flushes only through a handle that may write.
    OpenOptions::new().write(true).open(path)?.sync_all()
}

/// The digest of a file's bytes; `None` when there is no such file.
pub(super) fn digest_of(path: &Path) -> io::Result<Option<String>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut measured = Measured::default();
    io::copy(&mut file, &mut measured)?;
    Ok(Some(measured.finish().0))
}

fn unfinished(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportError + use<> {
    let path = path.to_owned();
    move |source| ExportError::Unfinished { action, path, source }
}
