//! The images that somebody names: files, folders of them, or a list.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::class_folder::{is_image, visible};
use super::unread::Unread;
use crate::terminal::console::complain;

/// The image files that `paths` name. Of a folder these are all images in it and in its folders, in the order of their names, and how
/// many other files there are is said on standard error; `-` stands for a path a line of `list`. Any other path is taken as it is.
///
/// # Errors
///
/// If a folder holds no image or cannot be read, or `list` is not UTF-8 or names nothing.
pub fn image_files(paths: &[PathBuf], list: &mut impl BufRead) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            let before = files.len();
            for line in list.by_ref().lines() {
                let line = line.context("cannot read the list of images on standard input")?;
                if !line.is_empty() {
                    add(Path::new(&line), &mut files)?;
                }
            }
            ensure!(files.len() > before, "standard input names no image; give it a path a line");
        } else {
            add(path, &mut files)?;
        }
    }
    Ok(files)
}

fn add(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let before = files.len();
    let mut unread = Unread::default();
    walk(path, files, &mut unread)?;
    unread.lines(path).iter().for_each(|line| complain(line));
    ensure!(files.len() > before, "the folder {} holds no image", path.display());
    files[before..].sort_unstable();
    Ok(())
}

/// A link to a folder is not followed, since it may lead round in a circle.
fn walk(folder: &Path, files: &mut Vec<PathBuf>, unread: &mut Unread) -> Result<()> {
    for path in visible(folder)? {
        if path.is_dir() {
            if !path.is_symlink() {
                walk(&path, files, unread)?;
            }
        } else if is_image(&path) {
            files.push(path);
        } else {
            unread.add(&path);
        }
    }
    Ok(())
}
