//! A data set from the network: the download may break anywhere, and goes on where it stopped.
//!
//! Whatever is not finished has a name that ends in `.part`; the folder with the data appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Component, Path};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use flate2::read::GzDecoder;
use indicatif::ProgressBar;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderName, RANGE};

use super::cifar::{FOLDER, TEST_FILE, TRAIN_FILES, locate};
use super::given;
use crate::files;
use crate::terminal::{bars, signals};

/// The archive; while it is on its way, its name ends in `.part`.
const ARCHIVE: &str = "cifar-10-binary.tar.gz";

const EARLY_END: &str = "the connection ended early";

/// The archive with CIFAR-10's binary files: where it is, and how to know it.
#[derive(Clone, Debug)]
pub struct Archive {
    /// Address, http or https.
    pub url: String,
    /// MD5 of the archive, as 32 lower-case hexadecimal digits.
    pub md5: String,
    /// Length of the archive in bytes.
    pub size: u64,
    /// Length of each of the six files in it.
    pub file_size: u64,
    /// How long to wait for a connection, and for every next piece of the body; a tenth of it between two tries.
    pub patience: Duration,
    /// How often to try before giving up.
    pub tries: u32,
}

/// How a try ended that may not be the last.
enum Try {
    /// The whole archive is on the disk.
    Whole,
    /// It broke, for this reason.
    Broken(String),
    /// The server has no such rest as was asked for: the next try is from the start.
    NoRest,
}

impl Archive {
    /// The official one, from <https://www.cs.toronto.edu/~kriz/cifar.html>.
    #[must_use]
    pub fn cifar10() -> Self {
        Self {
            url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz".to_owned(),
            md5: "c32a1d4ab5d03f1284b67883e8d13530".to_owned(),
            size: 170_052_171,
            file_size: 30_730_000,
            patience: Duration::from_secs(30),
            tries: 5,
        }
    }

    /// Downloads the archive to `dir`, unpacks it to `dir/cifar-10-batches-bin` and removes it; `false` if the data were there
    /// already, and nothing was done.
    ///
    /// # Errors
    ///
    /// If the archive cannot be had, is not the right one, or cannot be stored. What is downloaded by then stays in `dir`, and
    /// the next call goes on from there, unless it is a wrong file, which is removed.
    pub fn fetch(&self, dir: &Path) -> Result<bool> {
        if self.is_there(dir)? {
            return Ok(false);
        }
        let path = files::part(&dir.join(ARCHIVE));
        files::make_folder(dir)?;
        let taken = format!("another process writes {}; wait until it is done", path.display());
        let mut part = files::open_locked(&path, &taken)?;
        let downloaded = self.download(&mut part, &path);
        if downloaded.is_err() && part.metadata().is_ok_and(|part| part.len() == 0) {
            files::remove(&path).ok(); // of no use; the error says what matters
        }
        downloaded?;
        self.verify(&mut part, &path)?;
        self.unpack(&mut part, &path, dir)?;
        drop(part);
        files::remove(&path).context("all is unpacked")?;
        Ok(true)
    }

    /// As [`fetch`](Self::fetch), of an archive that was downloaded by other means to the file at `path`, which is left as it is.
    ///
    /// # Errors
    ///
    /// If it cannot be read or is not the right one, or the data cannot be stored.
    pub fn take(&self, path: &Path, dir: &Path) -> Result<bool> {
        if self.is_there(dir)? {
            return Ok(false);
        }
        let first = files::beginning(path)?;
        let mut archive = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let found = digest(&mut archive, path)?;
        if found != self.md5 {
            let what = match given::archive(&first) {
                Some(("a tar archive", _)) => {
                    "; it is a tar archive that is unpacked from its .gz already, as some browsers do"
                }
                _ => "",
            };
            bail!(
                "{} is damaged or another file: its MD5 is {found} instead of {}{what}; take {} as it is",
                path.display(),
                self.md5,
                self.url
            );
        }
        files::make_folder(dir)?;
        self.unpack(&mut archive, path, dir)?;
        Ok(true)
    }

    /// Whether `dir` holds the data already.
    fn is_there(&self, dir: &Path) -> Result<bool> {
        let folder = dir.join(FOLDER);
        let Some(found) = locate(dir).ok().or_else(|| folder.exists().then_some(folder)) else { return Ok(false) };
        if let Some(file) = self.missing(&found) {
            bail!(
                "{} is not complete: {file} with {} bytes is not there; remove what is, or name another folder",
                found.display(),
                self.file_size
            );
        }
        Ok(true)
    }

    /// Unpacks `archive`, the file at `path`, to `dir`.
    fn unpack(&self, archive: &mut File, path: &Path, dir: &Path) -> Result<()> {
        unpack(archive, dir, |unpacked| match self.missing(unpacked) {
            Some(file) => bail!("there is no {file} with {} bytes in it", self.file_size),
            None => Ok(()),
        })
        .with_context(|| format!("cannot unpack {}; it is kept, so run again when this is mended", path.display()))
    }

    /// The first file that is not in `folder` with its full length.
    fn missing(&self, folder: &Path) -> Option<&'static str> {
        let whole = |name: &str| fs::metadata(folder.join(name)).is_ok_and(|file| file.len() == self.file_size);
        TRAIN_FILES.into_iter().chain([TEST_FILE]).find(|name| !whole(name))
    }

    fn download(&self, part: &mut File, path: &Path) -> Result<()> {
        let agent = ureq::Agent::config_builder()
            .timeout_resolve(Some(self.patience))
            .timeout_connect(Some(self.patience))
            .timeout_per_read(Some(self.patience))
            .http_status_as_error(false) // some are no reason to give up
            .build()
            .new_agent();
        let bar = bars::download(self.size).with_prefix("CIFAR-10");

        let mut reason = String::new();
        let mut from_start = false;
        for number in 1..=self.tries {
            if number > 1 {
                bar.println(format!("{reason}; try {number} of {}", self.tries));
                thread::sleep(self.patience / 10);
            }
            match self.try_once(&agent, from_start, part, path, &bar)? {
                Try::Whole => return Ok(()),
                Try::Broken(why) => (reason, from_start) = (why, false),
                Try::NoRest => (reason, from_start) = ("the server cannot go on where it stopped".to_owned(), true),
            }
        }
        let have = part.metadata().map_or(0, |part| part.len());
        let remedy = if have == 0 {
            "check the network, or name a mirror with --url".to_owned()
        } else {
            format!("run again to go on where it stopped, at {have} of {} bytes", self.size)
        };
        bail!("cannot fetch {}: {reason}, at the last of {} tries; {remedy}", self.url, self.tries)
    }

    /// Asks once for what is not in `part`, or for everything, and appends what comes.
    fn try_once(
        &self,
        agent: &ureq::Agent,
        from_start: bool,
        part: &mut File,
        path: &Path,
        bar: &ProgressBar,
    ) -> Result<Try> {
        let cannot_write = || format!("cannot write {}; make room, and run again to go on there", path.display());
        let mut have = part.seek(SeekFrom::End(0)).with_context(cannot_write)?;
        if have >= self.size {
            return Ok(Try::Whole);
        }
        let mut request = agent.get(&self.url);
        let with_range = have > 0 && !from_start;
        if with_range {
            request = request.header(RANGE, format!("bytes={have}-"));
        }
        let mut response = match request.call() {
            Ok(response) => response,
            Err(error) if is_passing(&error) => return Ok(Try::Broken(self.reason(error))),
            Err(error) => return Err(error).with_context(|| format!("cannot fetch {}", self.url)),
        };

        let header = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        match response.status().as_u16() {
            200 => {
                // Before anything is given up for it: a login page, say, has another length.
                ensure!(
                    header(CONTENT_LENGTH).and_then(|length| length.parse().ok()) == Some(self.size),
                    "{} is another file: it has {} bytes instead of {}; name a mirror with --url",
                    self.url,
                    header(CONTENT_LENGTH).unwrap_or("an unknown number of"),
                    self.size
                );
                part.set_len(0).and_then(|()| part.rewind()).with_context(cannot_write)?;
                have = 0;
            }
            206 if header(CONTENT_RANGE) == Some(&format!("bytes {have}-{}/{}", self.size - 1, self.size)) => {}
            206 | 416 if with_range => return Ok(Try::NoRest),
            408 | 429 | 500.. => return Ok(Try::Broken(format!("the server answers {}", response.status()))),
            _ => {
                bail!("cannot fetch {}: the server answers {}; name a mirror with --url", self.url, response.status())
            }
        }

        bar.set_position(have);
        bar.reset_eta();
        // A server that sends more than it announced is cut off, and the digest judges what came.
        let mut body = response.body_mut().as_reader().take(self.size - have);
        let mut buffer = vec![0; 1 << 16];
        loop {
            signals::check()?;
            match body.read(&mut buffer) {
                Ok(0) if body.limit() == 0 => return Ok(Try::Whole),
                Ok(0) => return Ok(Try::Broken(EARLY_END.to_owned())),
                Ok(length) => {
                    part.write_all(&buffer[..length]).with_context(cannot_write)?;
                    bar.inc(length as u64);
                }
                Err(error) => return Ok(Try::Broken(self.reason(error.into()))),
            }
        }
    }

    fn reason(&self, error: ureq::Error) -> String {
        match error {
            ureq::Error::Timeout(_) => format!("nothing came for {:?}", self.patience),
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => EARLY_END.to_owned(),
            ureq::Error::Io(error) => error.to_string(),
            error => error.to_string(),
        }
    }

    /// Removes the file at `path`, open as `part`, if it has another MD5.
    fn verify(&self, part: &mut File, path: &Path) -> Result<()> {
        let found = digest(part, path)?;
        if found != self.md5 {
            files::remove(path)?;
            bail!(
                "what came from {} is damaged or another file: its MD5 is {found} instead of {}; {} is removed, run again or \
                 name a mirror with --url",
                self.url,
                self.md5,
                path.display()
            );
        }
        Ok(())
    }
}

/// MD5 of `file`, the one at `path`, in hexadecimal digits.
fn digest(file: &mut File, path: &Path) -> Result<String> {
    let mut md5 = md5::Context::new();
    let read = file.rewind().and_then(|()| io::copy(file, &mut md5));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(format!("{:x}", md5.finalize()))
}

/// Whether the same request may well succeed in a moment.
fn is_passing(error: &ureq::Error) -> bool {
    use ureq::Error::{ConnectionFailed, HostNotFound, Io, Protocol, Timeout};
    matches!(error, Io(_) | Timeout(_) | ConnectionFailed | HostNotFound | Protocol(_))
}

/// Unpacks `part` beside the final folder, has `check` look at the result, and renames it into place.
fn unpack(part: &mut File, dir: &Path, check: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    // Always the same name, so that the next run finds what a killed one has left.
    let temporary = files::part(&dir.join(FOLDER));
    files::remove_folder(&temporary)?;
    let unpacked = temporary.join(FOLDER);
    let result = unpack_to(part, &temporary)
        .and_then(|()| check(&unpacked))
        .and_then(|()| files::publish_folder(&unpacked, &dir.join(FOLDER)));
    files::remove_folder(&temporary).ok(); // the error, if there is one, says more than a second one
    result
}

fn unpack_to(part: &mut File, folder: &Path) -> Result<()> {
    part.rewind()?;
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(part)));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.into_owned();
        let kind = entry.header().entry_type();
        let inside = name.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        ensure!(
            inside && !kind.is_symlink() && !kind.is_hard_link(),
            "its entry {} would lead out of the folder",
            name.display()
        );
        let target = folder.join(name);
        if kind.is_dir() {
            files::make_folder(&target)?;
        } else {
            files::make_folder(target.parent().unwrap_or(folder))?;
            files::copy_new(&target, &mut entry)?;
        }
    }
    Ok(())
}
