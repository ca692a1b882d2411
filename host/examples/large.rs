//! Memory, and time to the first step, against the number of images: `cargo run -p host --example large -- DIR`, on Linux.
//!
//! Makes folders of JPEG files of 256×256 pixels in DIR, 1,000 to 100,000 of them, and trains on them at 224×224 with the program `host`, which has to be built: as
//! it comes, and with `--no-cache`, which holds all images in memory, where that would take less than 4 GB. A run is stopped after half a minute of training.
//! DIR needs 22 GB; it is left as it is, so that a second call finds the images. Prints a table, then how fast batches come from memory and from the cache, and draws
//! `large.png` in DIR.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, process};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use cutmix_core::{CutMix, Stream, uniform_below};
use host::data::Source;
use host::pipeline::{Loader, Loaders};
use host::settings::{Augmentation, CachePlace, CacheSettings, Recipe, Size};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use rayon::prelude::*;

const NUMBERS: [usize; 5] = [1_000, 4_000, 10_000, 30_000, 100_000];
const CLASSES: usize = 10;
const SIDE: u32 = 256;

/// More is not tried with `--no-cache`: twice a gigabyte of pixels.
const HELD: usize = 10_000;

/// How long a run is watched after its first step.
const WATCHED: Duration = Duration::from_secs(30);

/// What a start took.
struct Start {
    images: usize,
    kind: Kind,
    /// Until the first step was taken and saved.
    seconds: f64,
    /// The most memory that the program had, in megabytes.
    megabytes: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    First,
    Second,
    NoCache,
}

impl Kind {
    const fn title(self) -> &'static str {
        match self {
            Self::First => "first start",
            Self::Second => "second start",
            Self::NoCache => "--no-cache",
        }
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder] = &arguments[..] else { bail!("name one folder for the images, with 22 GB of room") };
    let folder = std::path::absolute(folder)?;
    let program = env::current_exe()?.parent().and_then(Path::parent).context("target/debug/examples")?.join("host");
    ensure!(program.is_file(), "{} is not there; build it with: cargo build -p host", program.display());
    let mut starts = Vec::new();
    println!("  images  start           first step after   memory at most");
    for images in NUMBERS {
        let data = folder.join(images.to_string());
        make(&data, images).with_context(|| data.display().to_string())?;
        let cache = folder.join("cache");
        drop(fs::remove_dir_all(cache.join(images.to_string())));
        let cache = cache.join(images.to_string());
        for kind in [Kind::First, Kind::Second, Kind::NoCache] {
            if kind == Kind::NoCache && images > HELD {
                continue;
            }
            let start = watch(&program, &data, &cache, images, kind)?;
            let Start { seconds, megabytes, .. } = start;
            println!("{images:>8}  {:<14} {seconds:>15.1} s {megabytes:>13.0} MB", kind.title());
            starts.push(start);
        }
    }
    println!("\n  images  batches of 32 with CutMix, 224×224, images a second    in memory  from the cache");
    for images in NUMBERS.into_iter().filter(|&images| images <= HELD) {
        let [memory, file] = speeds(&folder.join(images.to_string()), &folder.join("cache").join(images.to_string()))?;
        println!("{images:>8} {memory:>61.0} {file:>15.0}  {:.2}", file / memory);
    }
    draw(&starts, &folder.join("large.png"))
}

/// Images a second of an epoch's batches, as the training loop gets them, held in memory and read from the cache, which the system holds: the median of five
/// rounds, in turns.
fn speeds(data: &Path, cache: &Path) -> Result<[f64; 2]> {
    let loader = |in_memory| -> Result<Loader> {
        let mut settings = Recipe::Strong.settings().data;
        settings.size = Size::square(224);
        settings.validation = 0.0;
        settings.path = Some(data.to_owned());
        settings.cache = CacheSettings { place: CachePlace::In(cache.to_owned()), in_memory };
        let split = Source::open(&settings, 42)?.split(0.0, settings.stretch, 42)?;
        Ok(Loaders::new(&split, true).train)
    };
    let loaders = [loader(1 << 20)?, loader(0)?];
    let mixing = CutMix::new(1.0)?.into();
    let mut rounds = [Vec::new(), Vec::new()];
    for round in 0..6 {
        for (loader, times) in loaders.iter().zip(&mut rounds) {
            let begun = Instant::now();
            for batch in loader.batches(loader.epoch(Some(&mixing), Augmentation::default(), 42, round), 32) {
                black_box(batch?);
            }
            // The first round is to warm up.
            if round > 0 {
                times.push(loader.images() as f64 / begun.elapsed().as_secs_f64());
            }
        }
    }
    Ok(rounds.map(|mut times| {
        times.sort_unstable_by(f64::total_cmp);
        times[times.len() / 2]
    }))
}

/// Writes so many images of which no two are the same, unless they are there.
fn make(data: &Path, images: usize) -> Result<()> {
    let done = data.join("done");
    if done.exists() {
        return Ok(());
    }
    for part in ["train", "test"] {
        (0..CLASSES).try_for_each(|class| fs::create_dir_all(data.join(format!("{part}/{class}"))))?;
    }
    (0..images + CLASSES).into_par_iter().try_for_each(|number| {
        let rng = &mut Stream::new(1, 0, number as u64);
        let mut draw = || uniform_below(256, rng) as u8;
        let corners: [[u8; 3]; 4] = std::array::from_fn(|_| std::array::from_fn(|_| draw()));
        let noise: Vec<u8> = (0..64).map(|_| draw() / 8).collect();
        let image = RgbImage::from_fn(SIDE, SIDE, |x, y| {
            let between = |channel: usize| {
                let [a, b, c, d] = corners.map(|corner| u32::from(corner[channel]));
                (((SIDE - x) * a + x * b) * (SIDE - y) + ((SIDE - x) * c + x * d) * y) / (SIDE * SIDE)
            };
            let noise = u32::from(noise[(x / 4 * 7 + y / 4 * 13) as usize % 64]);
            Rgb([0, 1, 2].map(|channel| (between(channel) + noise).min(255) as u8))
        });
        let part = if number < images { "train" } else { "test" };
        let path = data.join(format!("{part}/{}/{number:06}.jpg", number % CLASSES));
        let mut file = BufWriter::new(File::create(path)?);
        JpegEncoder::new_with_quality(&mut file, 85).encode_image(&image)?;
        Ok::<(), anyhow::Error>(file.flush()?)
    })?;
    fs::write(done, "")?;
    Ok(())
}

/// Trains until the first step is saved, and half a minute more.
fn watch(program: &Path, data: &Path, cache: &Path, images: usize, kind: Kind) -> Result<Start> {
    let run = env::temp_dir().join(format!("large-{}", process::id()));
    drop(fs::remove_dir_all(&run));
    let mut command = Command::new(program);
    command.args(["train", "--size", "224", "--depth", "8", "--batch-size", "8", "--epochs", "1", "--device", "cpu"]);
    command.args(["--set", "checkpoint-steps=1"]).arg("--data").arg(data).arg("--out").arg(&run);
    match kind {
        Kind::NoCache => command.arg("--no-cache"),
        Kind::First | Kind::Second => command.arg("--cache").arg(cache),
    };
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let first = run.join("seed-42/cutmix/step-000000001.checkpoint");
    let (mut first_step, mut most) = (None, 0.0);
    while first_step.is_none_or(|at: Instant| at.elapsed() < WATCHED) {
        if let Some(status) = child.try_wait()? {
            ensure!(first_step.is_some(), "the training ended before its first step: {status}");
            break;
        }
        most = f64::max(most, memory(&child)?);
        if first_step.is_none() && first.exists() {
            first_step = Some(Instant::now());
        }
        sleep(Duration::from_millis(5));
    }
    let seconds = first_step.context("no first step")?.duration_since(begun).as_secs_f64();
    drop(child.kill());
    child.wait()?;
    fs::remove_dir_all(&run)?;
    Ok(Start { images, kind, seconds, megabytes: most })
}

/// The most memory that a process had so far, in megabytes; 0 where it has ended.
fn memory(child: &Child) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let Some(peak) = peak else { return Ok(0.0) };
    let kibibytes: f64 = peak.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}

fn draw(starts: &[Start], path: &Path) -> Result<()> {
    const FONT: &str = "embedded";
    const WIDTH: u32 = 1280;
    const HEIGHT: u32 = 480;
    let colors = [
        (Kind::NoCache, RGBColor(213, 94, 0)),
        (Kind::First, RGBColor(0, 158, 115)),
        (Kind::Second, RGBColor(0, 114, 178)),
    ];
    register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT).map_err(|_| anyhow!("no font"))?;
    let mut pixels = vec![0; (WIDTH * HEIGHT * 3) as usize];
    {
        let canvas = BitMapBackend::with_buffer(&mut pixels, (WIDTH, HEIGHT)).into_drawing_area();
        canvas.fill(&WHITE)?;
        let (left, right) = canvas.split_horizontally(WIDTH / 2);
        let seconds: fn(&Start) -> f64 = |start| start.seconds;
        let megabytes: fn(&Start) -> f64 = |start| start.megabytes;
        for (area, title, value) in [(left, "memory at most, MB", megabytes), (right, "first step after, s", seconds)] {
            let most = starts.iter().map(value).fold(0.0, f64::max) * 1.1;
            let least = starts.iter().map(value).fold(f64::INFINITY, f64::min) * 0.7;
            let mut chart = ChartBuilder::on(&area)
                .margin(16)
                .x_label_area_size(44)
                .y_label_area_size(64)
                .caption(title, (FONT, 22))
                .build_cartesian_2d((900.0..110_000.0_f64).log_scale(), (least..most).log_scale())?;
            chart
                .configure_mesh()
                .x_desc("training images of 224×224")
                .label_style((FONT, 16))
                .axis_desc_style((FONT, 18))
                .draw()?;
            for (kind, color) in colors {
                let points =
                    starts.iter().filter(|start| start.kind == kind).map(|start| (start.images as f64, value(start)));
                let line = LineSeries::new(points, color.stroke_width(3)).point_size(4);
                chart
                    .draw_series(line)?
                    .label(kind.title())
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color.stroke_width(3)));
            }
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperLeft)
                .label_font((FONT, 18))
                .background_style(WHITE.mix(0.8))
                .border_style(BLACK)
                .draw()?;
        }
        canvas.present()?;
    }
    let image = RgbImage::from_raw(WIDTH, HEIGHT, pixels).context("a picture of another size")?;
    let name: PathBuf = path.into();
    Ok(image.save(name)?)
}
