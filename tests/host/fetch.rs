//! `host fetch` against servers that break, lie and stall, with a small archive made here.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use host::data::cifar::load;
use host::data::download::Archive;
use tempfile::{TempDir, tempdir};

const FOLDER: &str = "cifar-10-batches-bin";
const PART: &str = "cifar-10-binary.tar.gz.part";
const FILES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

/// Two records of CIFAR-10, which hardly compress: the archive is about as long as what is in it.
fn records(seed: u32) -> Vec<u8> {
    let mut word = seed + 1;
    let mut byte = || {
        word ^= word << 13;
        word ^= word >> 17;
        word ^= word << 5;
        word as u8
    };
    (0..2 * 3073).map(|at| if at % 3073 == 0 { 7 } else { byte() }).collect()
}

fn files(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    (0..).zip(names).map(|(seed, name)| (format!("{FOLDER}/{name}"), records(seed))).collect()
}

/// A tar.gz, with entry names as they are, however wicked.
fn pack(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, &bytes[..]).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn good() -> Vec<u8> {
    pack(&files(&FILES))
}

/// `bytes` at `url`. A busy machine's server must not seem to stall, so the tests of that have less patience.
fn archive(bytes: &[u8], url: &str) -> Archive {
    Archive {
        url: url.to_owned(),
        md5: format!("{:x}", md5::compute(bytes)),
        size: bytes.len() as u64,
        file_size: 2 * 3073,
        patience: Duration::from_secs(2),
        tries: 3,
    }
}

/// What a server says to one request, and whether it then closes the connection or falls silent.
struct Answer {
    bytes: Vec<u8>,
    stalls: bool,
}

/// A status line, headers, and a body that need not agree with them.
fn answer(head: &str, body: &[u8]) -> Answer {
    let head = format!("HTTP/1.1 {}\r\nConnection: close\r\n\r\n", head.replace('\n', "\r\n"));
    Answer { bytes: [head.as_bytes(), body].concat(), stalls: false }
}

/// The whole, announced as `announced` bytes.
fn whole(announced: usize, body: &[u8]) -> Answer {
    answer(&format!("200 OK\nContent-Length: {announced}"), body)
}

/// The rest of `bytes` from `start` on.
fn rest(bytes: &[u8], start: usize) -> Answer {
    let (last, size) = (bytes.len() - 1, bytes.len());
    let length = size - start;
    answer(
        &format!("206 Partial Content\nContent-Range: bytes {start}-{last}/{size}\nContent-Length: {length}"),
        &bytes[start..],
    )
}

fn stalling(answer: Answer) -> Answer {
    Answer { stalls: true, ..answer }
}

/// Gives one answer a connection; when there are no more, connections are refused.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/archive", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            let mut answers = answers.into_iter().peekable();
            let mut listener = Some(listener);
            while let Some(answer) = answers.next() {
                let (mut stream, _) = listener.as_ref().expect("it listens while there are answers").accept().unwrap();
                if answers.peek().is_none() {
                    listener = None; // before the client can come again
                }
                seen.lock().unwrap().push(head(&mut stream));
                stream.write_all(&answer.bytes).ok(); // a client may have heard enough
                if answer.stalls {
                    stream.read_exact(&mut [0]).ok(); // until the client hangs up
                }
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// From which byte on each request wanted the archive; 0 without a Range.
    fn starts(&self) -> Vec<usize> {
        let start = |request: &String| {
            let range = request.lines().find_map(|line| line.strip_prefix("range: bytes="));
            range.map_or(0, |range| range.strip_suffix('-').unwrap().parse().unwrap())
        };
        self.requests().iter().map(start).collect()
    }
}

fn head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// An address where nobody listens.
fn nowhere() -> String {
    Server::new(Vec::new()).url
}

/// A folder in which an earlier run left `part`.
fn after(part: &[u8]) -> TempDir {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join(PART), part).unwrap();
    dir
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The data are there, whole, and nothing else is.
#[track_caller]
fn assert_whole(dir: &Path) {
    assert_eq!(names(dir), [FOLDER]);
    for (name, bytes) in files(&FILES) {
        assert!(fs::read(dir.join(&name)).unwrap() == bytes, "{name} differs");
    }
    assert_eq!(load(dir).unwrap().train.len(), 10);
}

#[track_caller]
fn error(archive: &Archive, dir: &Path, words: &[&str]) -> String {
    let message = format!("{:#}", archive.fetch(dir).expect_err("it succeeded"));
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
    assert!(!message.contains('\n'), "{message}");
    message
}

#[test]
fn a_download_is_unpacked_and_not_done_twice() {
    let bytes = good();
    let server = Server::new(vec![whole(bytes.len(), &bytes)]);
    let parent = tempdir().unwrap();
    let dir = parent.path().join("new/folder");
    assert!(archive(&bytes, &server.url).fetch(&dir).unwrap());
    assert_whole(&dir);
    assert_eq!(server.starts(), [0]);
    assert!(server.requests()[0].starts_with("GET /archive HTTP/1.1\r\n"));
    for dir in [&dir, &dir.join(FOLDER)] {
        assert!(!archive(&bytes, &nowhere()).fetch(dir).unwrap(), "fetched again");
    }
    assert_whole(&dir);
}

#[test]
fn a_broken_download_goes_on_where_it_stopped() {
    let bytes = good();
    let server = Server::new(vec![whole(bytes.len(), &bytes[..10_000]), rest(&bytes, 10_000)]);
    let dir = tempdir().unwrap();
    assert!(archive(&bytes, &server.url).fetch(dir.path()).unwrap());
    assert_whole(dir.path());
    assert_eq!(server.starts(), [0, 10_000]);

    let moved = answer("302 Found\nLocation: /elsewhere\nContent-Length: 0", b"");
    let server = Server::new(vec![moved, rest(&bytes, 10_000)]);
    let dir = after(&bytes[..10_000]);
    assert!(archive(&bytes, &server.url).fetch(dir.path()).unwrap());
    assert_whole(dir.path());
    assert_eq!(server.starts(), [10_000, 10_000]);
}

#[test]
fn the_next_run_goes_on_too() {
    let bytes = good();
    let server = Server::new(vec![
        whole(bytes.len(), &bytes[..10_000]),
        answer("503 Service Unavailable\nContent-Length: 4", b"busy"),
        rest(&bytes[..20_000], 10_000), // a server with another, shorter file: nothing of it is taken
        rest(&bytes, 10_000),
    ]);
    let dir = tempdir().unwrap();
    let once = Archive { tries: 1, ..archive(&bytes, &server.url) };
    for words in [["connection ended early", "run again"], ["503 Service Unavailable", "run again"]] {
        error(&once, dir.path(), &[&words[..], &[&server.url, "10000 of"]].concat());
        assert!(fs::read(dir.path().join(PART)).unwrap() == bytes[..10_000]);
        assert_eq!(names(dir.path()), [PART]);
    }
    error(&once, dir.path(), &["cannot go on", "run again"]);
    assert!(once.fetch(dir.path()).unwrap());
    assert_whole(dir.path());
    assert_eq!(server.starts(), [0, 10_000, 10_000, 10_000]);
}

#[test]
fn a_stalled_server_is_left() {
    let bytes = good();
    let server = Server::new(vec![
        stalling(Answer { bytes: Vec::new(), stalls: true }),
        stalling(whole(bytes.len(), &bytes[..5_000])),
        rest(&bytes, 5_000),
    ]);
    let dir = tempdir().unwrap();
    let patience = Duration::from_millis(700);
    assert!(Archive { patience, ..archive(&bytes, &server.url) }.fetch(dir.path()).unwrap());
    assert_whole(dir.path());
    assert_eq!(server.starts(), [0, 0, 5_000]);

    let server = Server::new(vec![stalling(whole(bytes.len(), &bytes[..5_000]))]);
    let dir = tempdir().unwrap();
    let once = Archive { tries: 1, patience, ..archive(&bytes, &server.url) };
    error(&once, dir.path(), &["nothing came for 700ms", "run again", "5000 of"]);
}

/// The part is somebody else's, so that keeping any byte of it would show.
#[test]
fn a_server_that_cannot_resume_sends_everything_again() {
    let bytes = good();
    let size = bytes.len();
    let everything = || whole(size, &bytes);
    let ranged = |range: &str| answer(&format!("206 Partial Content\nContent-Range: {range}"), &bytes[7_000..]);
    let last = size - 1;
    for (answers, starts) in [
        (vec![everything()], &[7_000][..]),
        (vec![answer("416 Range Not Satisfiable\nContent-Length: 0", b""), everything()], &[7_000, 0]),
        (vec![ranged(&format!("bytes 0-{last}/{size}")), everything()], &[7_000, 0]),
        (vec![ranged(&format!("bytes 7000-{last}/{}", size + 1)), everything()], &[7_000, 0]),
        (vec![ranged("words 7000-"), everything()], &[7_000, 0]),
        (vec![answer("206 Partial Content", &bytes[7_000..]), everything()], &[7_000, 0]),
    ] {
        let server = Server::new(answers);
        let dir = after(&[b'x'; 7_000]);
        assert!(archive(&bytes, &server.url).fetch(dir.path()).unwrap());
        assert_whole(dir.path());
        assert_eq!(server.starts(), starts);
    }
}

#[test]
fn a_file_of_another_length_is_refused_before_anything_is_given_up() {
    let bytes = good();
    for (head, length) in [
        ("200 OK\nContent-Length: 12".to_owned(), "12 bytes"),
        (format!("200 OK\nContent-Length: {}", bytes.len() + 1), "bytes instead of"),
        ("200 OK".to_owned(), "an unknown number of bytes"),
    ] {
        let server = Server::new(vec![answer(&head, &bytes)]);
        let dir = after(&bytes[..7_000]);
        error(&archive(&bytes, &server.url), dir.path(), &[&server.url, length, "--url"]);
        assert!(fs::read(dir.path().join(PART)).unwrap() == bytes[..7_000], "the part is lost");
        assert_eq!(server.starts(), [7_000]);
    }
}

#[test]
fn a_server_that_lies_about_the_length_is_seen_through() {
    let bytes = good();
    let long = [&bytes[..], &[0; 5_000]].concat();
    for answers in [
        vec![whole(bytes.len(), &long)],
        vec![whole(bytes.len(), &bytes[..9_000]), rest(&bytes, 9_000)],
        // The rest is longer and shorter than its Content-Length, which its Content-Range contradicts.
        vec![
            whole(bytes.len(), &bytes[..9_000]),
            answer(
                &format!(
                    "206 OK\nContent-Range: bytes 9000-{}/{}\nContent-Length: 99999",
                    bytes.len() - 1,
                    bytes.len()
                ),
                &long[9_000..],
            ),
        ],
        vec![
            whole(bytes.len(), &bytes[..9_000]),
            answer(
                &format!("206 OK\nContent-Range: bytes 9000-{}/{}\nContent-Length: 6", bytes.len() - 1, bytes.len()),
                &bytes[9_000..],
            ),
            rest(&bytes, 9_006),
        ],
    ] {
        let server = Server::new(answers);
        let dir = tempdir().unwrap();
        assert!(archive(&bytes, &server.url).fetch(dir.path()).unwrap());
        assert_whole(dir.path());
    }
}

#[test]
fn a_wrong_file_is_removed_and_never_unpacked() {
    let bytes = good();
    let mut wrong = bytes.clone();
    wrong[bytes.len() / 2] ^= 1;
    let server = Server::new(vec![whole(wrong.len(), &wrong), whole(bytes.len(), &bytes)]);
    let dir = tempdir().unwrap();
    let archive = archive(&bytes, &server.url);
    let found = format!("{:x}", md5::compute(&wrong));
    error(&archive, dir.path(), &[&server.url, &found, &archive.md5, "is removed", "run again"]);
    assert!(names(dir.path()).is_empty());
    assert!(archive.fetch(dir.path()).unwrap());
    assert_whole(dir.path());

    for wrong in [wrong, [&bytes[..], b"x"].concat()] {
        let dir = after(&wrong);
        error(&archive, dir.path(), &["is removed"]);
        assert!(names(dir.path()).is_empty());
    }
}

#[test]
fn a_refusal_is_named_at_once_and_leaves_nothing() {
    let bytes = good();
    let server = Server::new(vec![answer("404 Not Found\nContent-Length: 4", b"gone"), whole(bytes.len(), &bytes)]);
    let dir = tempdir().unwrap();
    error(&archive(&bytes, &server.url), dir.path(), &[&server.url, "404 Not Found", "--url"]);
    assert_eq!(server.starts(), [0]);
    assert!(names(dir.path()).is_empty());

    let url = nowhere();
    error(&archive(&bytes, &url), dir.path(), &[&url, "refused", "3 tries", "--url"]);
    assert!(names(dir.path()).is_empty());
    assert!(!error(&archive(&bytes, "no address"), dir.path(), &["cannot fetch no address"]).contains("tries"));

    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    error(&archive(&bytes, &url), &file, &["cannot make the folder", "file"]);
}

#[test]
fn a_busy_server_is_asked_again() {
    let bytes = good();
    let busy = || answer("429 Too Many Requests\nContent-Length: 0", b"");
    let server = Server::new(vec![busy(), answer("gibberish", b""), whole(bytes.len(), &bytes)]);
    let dir = tempdir().unwrap();
    assert!(archive(&bytes, &server.url).fetch(dir.path()).unwrap());
    assert_whole(dir.path());
}

#[test]
fn entries_that_lead_out_of_the_folder_are_refused() {
    let parent = tempdir().unwrap();
    let outside = parent.path().join("outside");
    let mut wicked: Vec<Vec<u8>> =
        ["../../outside".to_owned(), format!("{FOLDER}/../../../outside"), outside.to_str().unwrap().to_owned()]
            .map(|name| pack(&[files(&FILES), vec![(name, b"evil".to_vec())]].concat()))
            .into();
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        tar.append_link(&mut header, format!("{FOLDER}/link"), &outside).unwrap();
        wicked.push(tar.into_inner().unwrap().finish().unwrap());
    }
    for bytes in wicked {
        let dir = parent.path().join("dir");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join(PART), &bytes).unwrap();
        error(&archive(&bytes, &nowhere()), &dir, &[PART, "would lead out of the folder"]);
        assert!(!outside.exists());
        assert_eq!(names(&dir), [PART]);
        fs::remove_dir_all(&dir).unwrap();
    }
}

#[test]
fn an_archive_that_lacks_a_file_is_refused() {
    let mut short = files(&FILES);
    short[3].1.pop();
    for (bytes, file) in [(pack(&files(&FILES[..5])), "test_batch.bin"), (pack(&short), "data_batch_4.bin")] {
        let dir = after(&bytes);
        error(&archive(&bytes, &nowhere()), dir.path(), &[PART, file, "6146 bytes"]);
        assert_eq!(names(dir.path()), [PART]);
    }
    let noise = records(1);
    let dir = after(&noise);
    error(&archive(&noise, &nowhere()), dir.path(), &["cannot unpack", "it is kept"]);
    assert_eq!(names(dir.path()), [PART]);
}

/// What a killed run leaves: the whole archive, and a folder that is half unpacked.
#[test]
fn a_killed_run_is_taken_up() {
    let bytes = good();
    let dir = after(&bytes);
    let half = dir.path().join(format!("{FOLDER}.part")).join(FOLDER);
    fs::create_dir_all(&half).unwrap();
    fs::write(half.join(FILES[0]), "half").unwrap();
    fs::write(half.join("other"), "").unwrap();
    assert!(archive(&bytes, &nowhere()).fetch(dir.path()).unwrap());
    assert_whole(dir.path());
    assert_eq!(names(&dir.path().join(FOLDER)), FILES);
}

#[test]
fn what_somebody_else_has_there_is_left_alone() {
    let bytes = good();
    let dir = tempdir().unwrap();
    let folder = dir.path().join(FOLDER);
    fs::create_dir(&folder).unwrap();
    error(&archive(&bytes, &nowhere()), dir.path(), &[FOLDER, "data_batch_1.bin", "another folder"]);
    for file in FILES {
        fs::write(folder.join(file), &records(1)[..if file == FILES[2] { 3073 } else { 6146 }]).unwrap();
    }
    error(&archive(&bytes, &nowhere()), dir.path(), &[FOLDER, "data_batch_3.bin", "another folder"]);
    assert_eq!(names(dir.path()), [FOLDER]);

    let dir = after(b"part");
    let lock = File::open(dir.path().join(PART)).unwrap();
    lock.lock().unwrap();
    error(&archive(&bytes, &nowhere()), dir.path(), &["another process", PART]);
    assert_eq!(fs::read(dir.path().join(PART)).unwrap(), b"part");
}

/// An archive that a browser got, under any name: the same checks, and it stays where it is.
#[test]
fn an_archive_that_is_there_is_unpacked() {
    let bytes = good();
    let downloads = tempdir().unwrap();
    let file = downloads.path().join("cifar-10-binary.tar (1).gz");
    fs::write(&file, &bytes).unwrap();
    let parent = tempdir().unwrap();
    let dir = parent.path().join("new/folder");
    let archive = archive(&bytes, &nowhere());
    assert!(archive.take(&file, &dir).unwrap());
    assert_whole(&dir);
    assert!(fs::read(&file).unwrap() == bytes, "the archive was touched");
    assert!(!archive.take(&file, &dir).unwrap(), "unpacked again");

    let other = parent.path().join("other");
    let refused = |bytes: &[u8], words: &[&str]| {
        fs::write(&file, bytes).unwrap();
        let message = format!("{:#}", archive.take(&file, &other).expect_err("it was unpacked"));
        for word in [&["(1).gz", "MD5", &archive.md5], words].concat() {
            assert!(message.contains(word), "no {word:?} in: {message}");
        }
        assert!(!message.contains('\n') && !other.exists(), "{message}");
        assert!(fs::read(&file).unwrap() == bytes, "the archive was touched");
    };
    refused(&bytes[..bytes.len() / 2], &["damaged"]);
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut tar).unwrap();
    refused(&tar, &["unpacked from its .gz"]);
    let error = archive.take(&downloads.path().join("nothing"), &other).unwrap_err();
    assert!(format!("{error:#}").contains("cannot read"), "{error:#}");
}

/// The program, as its user meets it; it wants the real archive, so no answer of ours can satisfy it.
fn program(shell: &str, dir: &Path, url: &str) -> Command {
    let mut command = Command::new("sh");
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_host-under-test"));
    command.args(["-c", &format!("{shell} exec \"$@\""), "sh"]).arg(binary).args(["fetch", "cifar10"]).arg(dir);
    command.args(["--url", url]);
    command
}

#[track_caller]
fn assert_fails(command: &mut Command, words: &[&str]) {
    let output = command.output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with("error: ") && message.lines().count() == 1, "{message}");
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}

/// A limit on the length of files stands for the full disk: writing fails in the same way.
#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    let size = Archive::cifar10().size as usize;
    let server = Server::new(vec![whole(size, &[0; 1 << 20])]);
    let dir = tempdir().unwrap();
    assert_fails(
        &mut program("trap '' XFSZ; ulimit -f 64;", dir.path(), &server.url),
        &["cannot write", PART, "make room", "run again"],
    );
    let length = fs::metadata(dir.path().join(PART)).unwrap().len();
    assert!([64 * 512, 64 * 1024].contains(&length), "{length}"); // a shell's block has one size or the other
}

#[cfg(unix)]
#[test]
fn the_program_fails_with_a_sentence() {
    let server = Server::new(vec![answer("404 Not Found\nContent-Length: 0", b"")]);
    let dir = tempdir().unwrap();
    assert_fails(&mut program("", dir.path(), &server.url), &[&server.url, "404 Not Found", "--url"]);

    let archive = dir.path().join("download.gz");
    fs::write(&archive, good()).unwrap();
    let mut from = Command::new(env!("CARGO_BIN_EXE_host-under-test"));
    from.args(["fetch", "cifar10"]).arg(dir.path()).arg("--from").arg(&archive);
    assert_fails(&mut from, &["download.gz", "MD5", "c32a1d4ab5d03f1284b67883e8d13530"]);

    let proxy = Server::new(vec![answer("403 Forbidden\nContent-Length: 0", b"")]);
    let mut command = program("", dir.path(), "http://mirror.invalid/archive");
    command.env_remove("NO_PROXY").env_remove("no_proxy").env("ALL_PROXY", proxy.url.trim_end_matches("/archive"));
    assert_fails(&mut command, &["http://mirror.invalid/archive", "proxy"]);
    assert!(proxy.requests()[0].starts_with("CONNECT mirror.invalid:80 "), "{:?}", proxy.requests());
}
