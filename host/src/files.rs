//! Every read, write and lock of a file, by one policy: what a reader finds is whole.
//!
//! A file is written to `NAME.part` beside it, synced, renamed into place, and its folder is synced. So after a crash or a full disk the file of
//! that name is the old one or the new one. What a killed program left as `.part` is overwritten by the next.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, IntoInnerError, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// All bytes of the file at `path`.
///
/// # Errors
///
/// If it cannot be read; the message names it.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The most that [`beginning`] reads: enough to tell a tar archive.
const BEGINNING: u64 = 512;

/// As [`read`], of a regular file or a link to one.
///
/// # Errors
///
/// As [`read`], and if it is anything else: a pipe would wait for ever, and some devices never end.
pub fn read_regular(path: &Path) -> Result<Vec<u8>> {
    check_regular(path)?;
    read(path)
}

/// So many bytes of the file at `path`, from the byte at `offset` on.
///
/// # Errors
///
/// If it cannot be read, or ends before.
pub fn read_part(path: &Path, offset: u64, length: u64) -> Result<Vec<u8>> {
    let read = || -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        let mut bytes = vec![0; length as usize];
        read_exact_at(&file, &mut bytes, offset)?;
        Ok(bytes)
    };
    read().with_context(|| format!("cannot read {}", path.display()))
}

/// The first bytes of a regular file, up to 512.
///
/// # Errors
///
/// As [`read_regular`].
pub fn beginning(path: &Path) -> Result<Vec<u8>> {
    check_regular(path)?;
    let mut first = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut first));
    read.map(|_| first).with_context(|| format!("cannot read {}", path.display()))
}

/// CRC-32 of the program that runs.
///
/// # Errors
///
/// If its file cannot be read.
pub fn checksum_of_program() -> Result<u32> {
    let program = std::env::current_exe().context("the file of this program cannot be found")?;
    Ok(crc32fast::hash(&read(&program)?))
}

/// Length of the file at `path` in bytes.
///
/// # Errors
///
/// If it cannot be found out.
pub fn length(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len())
}

/// Length in bytes of the regular file at `path`, and when it was changed last, in nanoseconds since 1970; 0 where the system does not say.
///
/// # Errors
///
/// If it cannot be found out, or is no regular file.
pub fn length_and_time(path: &Path) -> Result<(u64, u64)> {
    let found = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(found.is_file(), "{} is not a regular file", path.display());
    let since = found.modified().ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    Ok((found.len(), since.map_or(0, |since| since.as_nanos() as u64)))
}

fn check_regular(path: &Path) -> Result<()> {
    let kind = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(kind.is_file(), "{} is not a regular file", path.display());
    Ok(())
}

/// As [`read`]; none if there is no such file.
///
/// # Errors
///
/// As [`read`].
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The file at `path` as text.
///
/// # Errors
///
/// If it cannot be read, or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Reads a JSON file; none if there is no such file.
///
/// # Errors
///
/// If it cannot be read, or holds something else.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let parse =
        |bytes: Vec<u8>| serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()));
    read_if_there(path)?.map(parse).transpose()
}

/// Reads a file of one JSON value a line.
///
/// # Errors
///
/// If it cannot be read, or a line is no such value.
pub fn read_json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let lines = read_text(path)?.lines().map(serde_json::from_str).collect::<Result<_, _>>();
    lines.with_context(|| format!("{} is damaged", path.display()))
}

/// Writes `bytes` to `path`, as a whole or not at all.
///
/// # Errors
///
/// If the file cannot be written, on a full disk say; an older one at `path` is then still whole.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = part(path);
    let write = || -> io::Result<()> {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)?;
        sync_folder(folder_of(path))
    };
    write().inspect_err(|_| drop(fs::remove_file(&part))).with_context(|| cannot_write(path))
}

/// Writes `value` as readable JSON to `path`.
///
/// # Errors
///
/// As [`write()`].
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    write(path, &bytes)
}

/// Writes `rows` as a CSV table with a header to `path`.
///
/// # Errors
///
/// As [`write()`].
pub fn write_csv<R: Serialize>(path: &Path, rows: impl IntoIterator<Item = R>) -> Result<()> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for row in rows {
        table.serialize(row).with_context(|| cannot_write(path))?;
    }
    write(path, &table.into_inner().with_context(|| cannot_write(path))?)
}

/// Writes one of many files that count only together with one that is written last. Not synced yet: [`sync_all_in`] does that for all of them
/// at once, which is quicker.
///
/// # Errors
///
/// If it cannot be written, or there is a file at `path`, so that of two names which the file system takes for one no file is lost.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = File::create_new(path).and_then(|mut file| file.write_all(bytes));
    written.with_context(|| cannot_write(path))
}

/// Waits until all files and folders in `folder`, however deep, are on the disk: before a table is written that promises them.
///
/// # Errors
///
/// If one of them cannot be opened, or written to the disk.
pub fn sync_all_in(folder: &Path) -> Result<()> {
    sync_tree(folder).with_context(|| format!("cannot write to the disk what is in {}", folder.display()))
}

/// All of the file system at once: 10,000 files of a few KiB took half a second so, and 7 to 25 s one after the other.
#[cfg(target_os = "linux")]
fn sync_tree(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { sync_tree(&path)? } else { File::options().append(true).open(path)?.sync_all()? }
    }
    sync_folder(folder)
}

/// Writes all that `from` gives to a new file at `path`, and waits until it is on the disk.
///
/// # Errors
///
/// If `from` cannot be read, or as [`write_new`].
pub fn copy_new(path: &Path, from: &mut impl io::Read) -> Result<()> {
    let mut copy = || -> io::Result<()> {
        let mut file = File::create_new(path)?;
        io::copy(from, &mut file)?;
        file.sync_all()
    };
    copy().with_context(|| cannot_write(path))
}

/// A file that grows by one line of JSON at a time, each on the disk before the next is begun.
pub struct JsonLines {
    path: PathBuf,
    file: File,
}

impl JsonLines {
    /// Begins the file anew with `lines`.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn create(path: &Path, lines: &[impl Serialize]) -> Result<Self> {
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, line)?;
            bytes.push(b'\n');
        }
        write(path, &bytes)?;
        let file = File::options().append(true).open(path).with_context(|| cannot_write(path))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Adds one line, and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// If the line cannot be written, on a full disk say.
    pub fn append(&mut self, line: &impl Serialize) -> Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.with_context(|| cannot_write(&self.path))
    }
}

/// Removes the file at `path`.
///
/// # Errors
///
/// If it cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))
}

/// Removes the folder at `path` with all that is in it, if it is there.
///
/// # Errors
///
/// If it cannot be removed.
pub fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.with_context(|| format!("cannot remove {}", path.display())),
    }
}

/// Renames the folder `from`, whose files are synced, to `to`: it is there as a whole or not at all.
///
/// # Errors
///
/// If it cannot be renamed.
pub fn publish_folder(from: &Path, to: &Path) -> Result<()> {
    let publish = || -> io::Result<()> {
        sync_folder(from)?;
        fs::rename(from, to)?;
        sync_folder(folder_of(to))
    };
    publish().with_context(|| cannot_write(to))
}

/// Makes the folder at `path` and those above it, if they are not there.
///
/// # Errors
///
/// If it cannot be made.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))
}

/// Makes a folder in `parent`, the first of `1`, `2`, … that is not there.
///
/// # Errors
///
/// If it cannot be made.
pub fn make_numbered_folder(parent: &Path) -> Result<PathBuf> {
    make_folder(parent)?;
    for number in 1_u64.. {
        let path = parent.join(number.to_string());
        match fs::create_dir(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => {
                return made
                    .map(|()| path.clone())
                    .with_context(|| format!("cannot make the folder {}", path.display()));
            }
        }
    }
    bail!("no number is left for a folder in {}", parent.display())
}

/// Checks that the folder at `path` is empty or not there; `remedy` says what else to do than to name another.
///
/// # Errors
///
/// If it holds anything, or cannot be read.
pub fn refuse_unless_empty(path: &Path, remedy: &str) -> Result<()> {
    match fs::read_dir(path) {
        Ok(mut entries) => {
            ensure!(entries.next().is_none(), "the folder {} is not empty; {remedy}", path.display());
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot read the folder {}", path.display())),
    }
}

/// What the folder at `path` holds, by its path, sorted.
///
/// # Errors
///
/// If the folder cannot be read.
pub fn list(path: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        || -> io::Result<Vec<PathBuf>> { fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect() };
    let mut paths = entries().with_context(|| format!("cannot read the folder {}", path.display()))?;
    paths.sort_unstable();
    Ok(paths)
}

/// Opens the file at `path` for reading and writing, made if it is not there, for this process alone: until the file is closed, or the process
/// ends in whatever way. `taken` says what it means that another has it.
///
/// # Errors
///
/// If it cannot be opened, or another process has it.
pub fn open_locked(path: &Path, taken: &str) -> Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
    let file = file.with_context(|| cannot_write(path))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => bail!("{taken}"),
        // A file system without locks is no reason to refuse.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// As [`open_locked`], but waits until no other process has it. `wait` is asked ten times a second whether to go on waiting.
///
/// # Errors
///
/// If it cannot be opened, or what `wait` reports.
pub fn open_locked_in_turn(path: &Path, wait: impl Fn() -> Result<()>) -> Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
    let file = file.with_context(|| cannot_write(path))?;
    while let Err(TryLockError::WouldBlock) = file.try_lock() {
        wait()?;
        sleep(Duration::from_millis(100));
    }
    Ok(file)
}

/// The file at `path`, to be read; none if there is no such file.
///
/// # Errors
///
/// If it cannot be opened.
pub fn open_if_there(path: &Path) -> Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Fills `bytes` from `file`, from the byte at `offset` on. Threads may do so at once.
///
/// # Errors
///
/// If it cannot be read, or ends before.
#[cfg(unix)]
pub fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Fills `bytes` from `file`, from the byte at `offset` on. Threads may do so at once.
///
/// # Errors
///
/// If it cannot be read, or ends before.
#[cfg(windows)]
pub fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                bytes = &mut bytes[read..];
                offset += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Asks the system to have `length` bytes of `file` from `offset` on in memory soon, without waiting for them. A system that cannot do so reads them when
/// they are asked for.
pub fn prefetch(file: &File, offset: u64, length: u64) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(file, offset, std::num::NonZeroU64::new(length), rustix::fs::Advice::WillNeed);
    #[cfg(not(target_os = "linux"))]
    let _ = (file, offset, length);
}

/// A file that is written piece by piece, and is there as a whole or not at all: until it is [published](Self::publish) its name ends in `.part`.
pub struct PartFile {
    path: PathBuf,
    part: PathBuf,
    /// None once it is published.
    file: Option<BufWriter<File>>,
}

impl PartFile {
    /// Begins what will be at `path`.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn create(path: &Path) -> Result<Self> {
        let part = part(path);
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&part);
        let file = file.with_context(|| cannot_write(path))?;
        Ok(Self { path: path.to_owned(), part, file: Some(BufWriter::with_capacity(1 << 20, file)) })
    }

    /// Adds `bytes`.
    ///
    /// # Errors
    ///
    /// If they cannot be written, on a full disk say.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(file) = &mut self.file else { bail!("{} is written already", self.path.display()) };
        file.write_all(bytes).with_context(|| cannot_write(&self.path))
    }

    /// Puts it in its place, and gives it back to be read.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn publish(mut self) -> Result<File> {
        let Some(file) = self.file.take() else { bail!("{} is written already", self.path.display()) };
        let publish = || -> io::Result<File> {
            let file = file.into_inner().map_err(IntoInnerError::into_error)?;
            file.sync_all()?;
            fs::rename(&self.part, &self.path)?;
            sync_folder(folder_of(&self.path))?;
            Ok(file)
        };
        publish().inspect_err(|_| drop(fs::remove_file(&self.part))).with_context(|| cannot_write(&self.path))
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            drop(fs::remove_file(&self.part));
        }
    }
}

/// Whatever is not finished is called `….part`.
#[must_use]
pub fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// Waits until the names in `folder` are on the disk, where folders can be opened for that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
