//! One class in a folder of classes: which files are its images.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};

use super::image_file::{EXTENSIONS, begins_image};
use super::labels::LABELS;
use super::unread::Unread;
use crate::files;

/// Names of what other programs leave beside images, besides those that begin with a dot: thumbnails of Windows and of Synology's
/// disks, what the archives of macOS bring along; and our own table.
const LEFT_BEHIND: [&str; 5] = ["Thumbs.db", "desktop.ini", "@eaDir", "__MACOSX", LABELS];

/// Folders with images that a message names; of the others it says how many there are.
const NAMED: usize = 3;

/// The images of one class.
pub(super) struct ClassFolder {
    /// In the class folder and in the folder in it, sorted.
    pub(super) images: Vec<PathBuf>,
    /// What is no image.
    pub(super) unread: Unread,
}

impl ClassFolder {
    /// Of the folder at `folder`.
    ///
    /// # Errors
    ///
    /// If it holds no image, a folder that is deeper down, or several folders of images, which may be the classes; or it cannot be
    /// read.
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let mut class = Self { images: Vec::new(), unread: Unread::default() };
        let mut folders = Vec::new();
        for path in visible(folder)? {
            if !path.is_dir() {
                class.add(path);
                continue;
            }
            let before = class.images.len();
            for file in visible(&path)? {
                ensure!(
                    !file.is_dir(),
                    "{} lies too deep: images are looked for in a class folder and in the folders there, so move its images up",
                    file.display()
                );
                class.add(file);
            }
            if class.images.len() > before {
                folders.push(path);
            }
        }
        if folders.len() > 1 {
            bail!(
                "{0} is a class folder, but holds folders of images itself ({1}): was {0} meant as the folder of the classes? If so, \
                 move these folders up; if all of their images are of one class, move the images up into {0}",
                folder.display(),
                names(&folders)
            );
        }
        let there = class.unread.kinds();
        ensure!(
            !class.images.is_empty(),
            "the class folder {} holds no image{}; add some ({}) or remove the folder",
            folder.display(),
            if there.is_empty() { String::new() } else { format!(", but {}", there.join(", ")) },
            EXTENSIONS.join(", ")
        );
        class.images.sort_unstable();
        Ok(class)
    }

    fn add(&mut self, path: PathBuf) {
        if is_image(&path) { self.images.push(path) } else { self.unread.add(&path) }
    }
}

/// What `folder` holds, sorted, without what is hidden or left behind by other programs.
pub(super) fn visible(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = files::list(folder)?;
    paths.retain(|path| {
        path.file_name().is_some_and(|name| {
            !name.as_encoded_bytes().starts_with(b".")
                && !LEFT_BEHIND.iter().any(|left| name.eq_ignore_ascii_case(left))
        })
    });
    Ok(paths)
}

/// By its name, or else by its first bytes. A file that is called an image and is none is a broken image, so that it is not passed
/// over; a file with another name that cannot be read is none.
pub(super) fn is_image(path: &Path) -> bool {
    let named =
        path.extension().is_some_and(|suffix| EXTENSIONS.iter().any(|image| suffix.eq_ignore_ascii_case(image)));
    named || files::beginning(path).is_ok_and(|first| begins_image(&first))
}

/// `cats, dogs`, or the first few and how many more.
fn names(folders: &[PathBuf]) -> String {
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut names: Vec<String> = folders.iter().take(NAMED).map(name).collect();
    if folders.len() > NAMED {
        names.push(format!("… {} in all", folders.len()));
    }
    names.join(", ")
}
