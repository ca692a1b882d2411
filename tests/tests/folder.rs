//! Images in folders: what is read, in which order, as which bytes, and what is refused.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use host::data::folder::{self, decode};
use host::data::{self, Dataset, Split};
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use tempfile::{TempDir, tempdir};

/// A picture whose every pixel tells where it stands.
fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 11) as u8, (x * 3 + y * 5) as u8]))
}

fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    encode(image, ImageFormat::Png)
}

/// A PNG chunk by chunk, for what the crate does not write.
fn png_of(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in chunks {
        file.extend((data.len() as u32).to_be_bytes());
        let body = [&name[..], data].concat();
        let mut crc = !0_u32;
        for byte in &body {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            }
        }
        file.extend(body);
        file.extend((!crc).to_be_bytes());
    }
    file
}

fn header(width: u32, height: u32, depth: u8, colour: u8, interlaced: u8) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, interlaced]].concat()
}

/// A zlib stream of one stored block.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let length = bytes.len() as u16;
    let head = [0x78, 0x01, 0x01];
    [&head[..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes, &(b << 16 | a).to_be_bytes()].concat()
}

/// What `decode` must return for a picture that needs no resizing: its red plane, its green plane, its blue plane.
fn planes(image: &RgbImage) -> Vec<u8> {
    (0..3).flat_map(|channel| image.pixels().map(move |pixel| pixel.0[channel])).collect()
}

/// An image of one colour.
fn plain(colour: [u8; 3]) -> Vec<u8> {
    planes(&RgbImage::from_pixel(8, 8, Rgb(colour)))
}

#[track_caller]
fn refusal(bytes: &[u8]) -> String {
    let message = format!("{:#}", decode(bytes, 8).expect_err("it was decoded"));
    assert!(!message.contains('\n'), "more than a line: {message}");
    message
}

/// A folder with `DIR/NAME` for every pair of a name and a file's bytes.
fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// A grey image that says which one it is.
fn numbered(number: u8) -> Vec<u8> {
    png(RgbImage::from_pixel(8, 8, Rgb([number; 3])))
}

fn load(dir: &Path) -> Split {
    let (split, skipped) = folder::load(dir, 8, false).unwrap();
    assert!(skipped.is_empty(), "{skipped:?}");
    split
}

fn error(dir: &Path, skip_bad: bool) -> String {
    let message = format!("{:#}", folder::load(dir, 8, skip_bad).expect_err("it was loaded"));
    assert!(!message.contains('\n'), "more than a line: {message}");
    message
}

/// (first byte, class) of each image.
fn contents(data: &Dataset) -> Vec<(u8, u16)> {
    (0..data.len()).map(|index| (data.image(index)[0], data.label(index))).collect()
}

mod program;

use program::host;

#[test]
fn every_lossless_format_keeps_every_byte() {
    let picture = gradient(8, 8);
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP] {
        assert_eq!(decode(&encode(picture.clone(), format), 8).unwrap(), planes(&picture), "{format:?}");
    }
    // Few colours, which a GIF's palette holds as they are.
    let few = RgbImage::from_fn(8, 8, |x, y| Rgb([(x * 32) as u8, (y / 4 * 200) as u8, 9]));
    let gif = encode(DynamicImage::from(few.clone()).into_rgba8(), ImageFormat::Gif);
    assert_eq!(decode(&gif, 8).unwrap(), planes(&few));
    // Loses little of a smooth picture.
    let smooth = RgbImage::from_fn(8, 8, |x, y| Rgb([(100 + 4 * x) as u8, (90 + 4 * y) as u8, 120]));
    let jpeg = decode(&encode(smooth.clone(), ImageFormat::Jpeg), 8).unwrap();
    let worst = jpeg.iter().zip(planes(&smooth)).map(|(have, want)| have.abs_diff(want)).max().unwrap();
    assert!(worst <= 12, "a JPEG is {worst} off");
}

/// Each value to the nearest, by a formula that has no part in the code: 8 bits are 16 bits ÷ 257.
#[test]
fn sixteen_bits_are_rounded_to_the_nearest() {
    let values = [0, 1, 128, 129, 255, 256, 257, 385, 386, 0x7FFF, 0x8000, 0xFF00, 0xFF7E, 0xFF7F, 0xFFFE, 0xFFFF];
    for value in values {
        let near = (f64::from(value) / 257.0).round() as u8;
        let grey = image::ImageBuffer::<image::Luma<u16>, _>::from_pixel(8, 8, image::Luma([value]));
        assert_eq!(decode(&png(grey), 8).unwrap(), plain([near; 3]), "grey {value}");
        let colour = image::ImageBuffer::<Rgb<u16>, _>::from_pixel(8, 8, Rgb([value, 0, 0xFFFF]));
        assert_eq!(decode(&png(colour), 8).unwrap(), plain([near, 0, 255]), "colour {value}");
    }
}

#[test]
fn grey_becomes_three_equal_planes() {
    let grey = image::GrayImage::from_fn(8, 8, |x, y| image::Luma([(x * 8 + y) as u8]));
    let expected: Vec<u8> = grey.as_raw().repeat(3);
    assert_eq!(decode(&png(grey), 8).unwrap(), expected);
}

#[test]
fn what_is_transparent_lies_on_white() {
    for alpha in 0..=255_u8 {
        let on_white = |value: u8| {
            ((f64::from(value) * f64::from(alpha) + 255.0 * (255.0 - f64::from(alpha))) / 255.0).round() as u8
        };
        let colour = RgbaImage::from_pixel(8, 8, Rgba([0, 77, 200, alpha]));
        assert_eq!(decode(&png(colour), 8).unwrap(), plain([0, 77, 200].map(on_white)), "alpha {alpha}");
        let grey = image::GrayAlphaImage::from_pixel(8, 8, image::LumaA([77, alpha]));
        assert_eq!(decode(&png(grey), 8).unwrap(), plain([on_white(77); 3]), "grey, alpha {alpha}");
    }
    // Rounded once: to 8 bits first, this value would be 0 and the mixture 254.
    let deep = image::ImageBuffer::<Rgba<u16>, _>::from_pixel(8, 8, Rgba([128, 0, 65_535, 258]));
    let value = |colour: f64| ((colour * 258.0 + 65_535.0 * (65_535.0 - 258.0)) / 65_535.0 / 257.0).round() as u8;
    assert_eq!(decode(&png(deep), 8).unwrap(), plain([value(128.0), value(0.0), 255]));
}

#[test]
fn a_palette_is_looked_up() {
    let palette = vec![10, 20, 30, 200, 100, 50, 1, 2, 3, 255, 255, 0];
    // Two bits a pixel; the third colour is half transparent.
    let rows: Vec<u8> = (0..8).flat_map(|_| [0, 0b00_01_10_11, 0b11_10_01_00]).collect();
    let chunks = [
        (b"IHDR", header(8, 8, 2, 3, 0)),
        (b"PLTE", palette),
        (b"tRNS", vec![255, 255, 51]),
        (b"IDAT", stored(&rows)),
        (b"IEND", vec![]),
    ];
    let colours = [[10, 20, 30], [200, 100, 50], [204, 204, 205], [255, 255, 0]];
    let expected = RgbImage::from_fn(8, 8, |x, _| Rgb(colours[[0, 1, 2, 3, 3, 2, 1, 0][x as usize]]));
    assert_eq!(decode(&png_of(&chunks), 8).unwrap(), planes(&expected));
}

/// Adam7: seven passes, each with rows of its own.
#[test]
fn an_interlaced_png_is_put_together() {
    let picture = gradient(8, 8);
    let mut rows = Vec::new();
    for (left, top, right, down) in
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    {
        for y in (top..8).step_by(down) {
            rows.push(0);
            rows.extend((left..8).step_by(right).flat_map(|x| picture.get_pixel(x, y).0));
        }
    }
    let chunks = [(b"IHDR", header(8, 8, 8, 2, 1)), (b"IDAT", stored(&rows)), (b"IEND", vec![])];
    assert_eq!(decode(&png_of(&chunks), 8).unwrap(), planes(&picture));
}

#[test]
fn of_an_animation_the_first_frame_counts() {
    let frame =
        |colour: [u8; 3]| image::Frame::new(DynamicImage::from(RgbImage::from_pixel(8, 8, Rgb(colour))).into_rgba8());
    let mut gif = Vec::new();
    image::codecs::gif::GifEncoder::new(&mut gif).encode_frames([frame([255, 0, 0]), frame([0, 0, 255])]).unwrap();
    assert_eq!(decode(&gif, 8).unwrap(), plain([255, 0, 0]));

    let rows = |colour: [u8; 3]| stored(&[&[0][..], &colour.repeat(8)].concat().repeat(8));
    let control = |number: u32| {
        let sides = [number, 8, 8, 0, 0].map(u32::to_be_bytes).concat();
        [&sides[..], &[0, 1, 0, 10, 0, 0]].concat()
    };
    let apng = png_of(&[
        (b"IHDR", header(8, 8, 8, 2, 0)),
        (b"acTL", [2_u32, 0].map(u32::to_be_bytes).concat()),
        (b"fcTL", control(0)),
        (b"IDAT", rows([1, 200, 3])),
        (b"fcTL", control(1)),
        (b"fdAT", [&2_u32.to_be_bytes()[..], &rows([9, 9, 9])].concat()),
        (b"IEND", vec![]),
    ]);
    assert_eq!(decode(&apng, 8).unwrap(), plain([1, 200, 3]));
}

/// A frame of an animated WebP, and the file of two of them, put together from two still ones.
#[test]
fn of_an_animated_webp_the_first_frame_counts() {
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let padding = vec![0; data.len() % 2];
        [&name[..], &(data.len() as u32).to_le_bytes(), data, &padding].concat()
    };
    let frame = |colour: [u8; 3]| {
        let still = encode(RgbImage::from_pixel(8, 8, Rgb(colour)), ImageFormat::WebP);
        // After RIFF, its length and WEBP: the picture's own chunk. 24-bit numbers: place, sides less one, duration;
        // then that the frame replaces what is below.
        chunk(b"ANMF", &[&[0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 100, 0, 0, 2][..], &still[12..]].concat())
    };
    let body = [
        b"WEBP".to_vec(),
        chunk(b"VP8X", &[2, 0, 0, 0, 7, 0, 0, 7, 0, 0]),
        chunk(b"ANIM", &[0; 6]),
        frame([4, 5, 6]),
        frame([70, 80, 90]),
    ]
    .concat();
    assert_eq!(decode(&chunk(b"RIFF", &body), 8).unwrap(), plain([4, 5, 6]));
}

/// A JPEG with its orientation in an EXIF segment, after the segment that begins it.
fn turned(picture: RgbImage, orientation: u8) -> Vec<u8> {
    let jpeg = encode(picture, ImageFormat::Jpeg);
    let tiff = [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[orientation][..], b"\0\0\0\0\0\0"].concat();
    // A preview among the data has an end marker of its own.
    let exif = [b"Exif\0\0", &tiff[..], b"\xFF\xD8\xFF\xD9"].concat();
    [&jpeg[..2], b"\xFF\xE1", &(exif.len() as u16 + 2).to_be_bytes(), &exif, &jpeg[2..]].concat()
}

/// From a quarter of what is shown, right or left and below or above, to the quarter of what is stored.
type Quarters = fn(bool, bool) -> (bool, bool);

/// Each quarter of the picture has a colour of its own, so that each turn shows.
#[test]
fn a_photograph_is_turned_as_its_camera_says() {
    let quarter = |right: bool, below: bool| match (right, below) {
        (false, false) => [255, 0, 0],
        (true, false) => [0, 255, 0],
        (false, true) => [0, 0, 255],
        (true, true) => [255, 255, 255],
    };
    let stored = RgbImage::from_fn(32, 32, |x, y| Rgb(quarter(x >= 16, y >= 16)));
    // Exif 2.3, tag 0x0112: which side of the stored picture is shown on top, and which on the left.
    let shown: [Quarters; 8] = [
        |x, y| (x, y),
        |x, y| (!x, y),
        |x, y| (!x, !y),
        |x, y| (x, !y),
        |x, y| (y, x),
        |x, y| (y, !x),
        |x, y| (!y, !x),
        |x, y| (!y, x),
    ];
    for (orientation, from) in (1..).zip(shown) {
        let image = decode(&turned(stored.clone(), orientation), 32).unwrap();
        for (right, below) in [(false, false), (true, false), (false, true), (true, true)] {
            let at = usize::from(below) * 16 * 32 + usize::from(right) * 16 + 7 * 32 + 7;
            let (x, y) = from(right, below);
            let want = quarter(x, y);
            for (channel, want) in want.into_iter().enumerate() {
                let have = image[channel * 1024 + at];
                assert!(have.abs_diff(want) < 40, "orientation {orientation}, {right} {below}: {have} for {want}");
            }
        }
    }
}

/// One block of each of four inks, as Adobe's programs store them, that is inverted: full magenta and yellow are red.
#[test]
fn a_cmyk_jpeg_becomes_rgb() {
    let segment =
        |marker: u8, data: &[u8]| [&[0xFF, marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat();
    // Codes of the DC table: 0 for difference 0, 10 for 10 bits, 110 for 11 bits; of the AC table: 0 for the end.
    let counts = |counts: [u8; 3]| [&counts[..], &[0; 13]].concat();
    // 255 is 1016 above the middle, 10 bits; 0 is 1024 below it, 11 bits.
    let [full, none] = ["1011111110000", "110011111111110"];
    let mut bits = [full, none, none, full].concat();
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    let byte = |at: usize| u8::from_str_radix(&bits[at..at + 8], 2).unwrap();
    // A zero follows 0xFF, so that it begins no marker.
    let data = (0..bits.len()).step_by(8).flat_map(|at| if byte(at) == 0xFF { vec![0xFF, 0] } else { vec![byte(at)] });
    let components: Vec<u8> = (1..=4).flat_map(|id| [id, 0x11, 0]).collect();
    let jpeg = [
        b"\xFF\xD8".to_vec(),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"),
        segment(0xDB, &[&[0][..], &[1; 64]].concat()),
        segment(0xC0, &[&[8, 0, 8, 0, 8, 4][..], &components].concat()),
        segment(0xC4, &[&[0x00][..], &counts([1, 1, 1]), &[0, 10, 11]].concat()),
        segment(0xC4, &[&[0x10][..], &counts([1, 0, 0]), &[0]].concat()),
        segment(0xDA, &[4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]),
        data.collect(),
        b"\xFF\xD9".to_vec(),
    ]
    .concat();
    assert_eq!(decode(&jpeg, 8).unwrap(), plain([255, 0, 0]));
}

/// The middle square, by the crate's own crop and resize of the whole picture. Wide, high, larger, smaller, odd.
#[test]
fn the_middle_square_is_resized() {
    for (width, height, left, top, short) in [
        (64, 64, 0, 0, 64),
        (100, 40, 30, 0, 40),
        (40, 100, 0, 30, 40),
        (13, 8, 2, 0, 8),
        (5, 5, 0, 0, 5),
        (3, 1, 1, 0, 1),
    ] {
        let picture = gradient(width, height);
        let square = imageops::crop_imm(&picture, left, top, short, short).to_image();
        let expected = imageops::resize(&square, 8, 8, FilterType::Triangle);
        assert_eq!(decode(&png(picture), 8).unwrap(), planes(&expected), "{width}×{height}");
    }
}

/// Eight by eight pixels to one is a mean, so that no pixel is left out: a filter as wide as the image is small.
#[test]
fn shrinking_looks_at_every_pixel() {
    let checks = RgbImage::from_fn(64, 64, |x, y| Rgb([((x + y) % 2 * 200) as u8; 3]));
    let small = decode(&png(checks), 8).unwrap();
    assert!(small.iter().all(|value| value.abs_diff(100) <= 2), "{small:?}");
}

#[test]
fn what_is_no_image_is_refused() {
    assert!(refusal(b"").contains("empty"));
    assert!(refusal(b"Dear reader, this is no picture.").contains("no image format"));
    // A TIFF, which is an image, but of no format that is read.
    let tiff = refusal(b"II*\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert!(tiff.to_lowercase().contains("tiff") && tiff.contains("not"), "{tiff}");
}

/// Cut anywhere before its last pixel, a file is an error, and never a picture with a grey end.
#[test]
fn the_beginning_of_an_image_is_refused() {
    let noise = RgbImage::from_fn(24, 24, |x, y| {
        Rgb([(x * 97 + y * 61) as u8, (x * y * 13) as u8, ((x * 31) ^ (y * 7)) as u8])
    });
    for (format, ending) in [
        // The check sum of the data and the end chunk; GIF's end of data and of file.
        (ImageFormat::Png, 4 + 4 + 12),
        (ImageFormat::Jpeg, 0),
        (ImageFormat::Bmp, 0),
        (ImageFormat::Gif, 3),
        (ImageFormat::WebP, 2),
    ] {
        let whole = encode(DynamicImage::from(noise.clone()), format);
        assert!(decode(&whole, 8).is_ok(), "{format:?}");
        for length in 0..whole.len() - ending {
            assert!(decode(&whole[..length], 8).is_err(), "{format:?}: {length} of {} bytes were read", whole.len());
        }
    }
    let exif = turned(noise, 6);
    for length in 0..exif.len() {
        assert!(decode(&exif[..length], 8).is_err(), "JPEG with a preview: {length} of {} bytes", exif.len());
    }
    // What follows the end is no part of the picture.
    assert_eq!(decode(&[&exif[..], b"trailer"].concat(), 8).unwrap(), decode(&exif, 8).unwrap());
}

/// Whatever the bytes, decoding ends, with an image or with a sentence.
#[test]
fn damage_never_panics() {
    let picture = gradient(16, 16);
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::WebP] {
        let whole = encode(DynamicImage::from(picture.clone()), format);
        for at in 0..whole.len() {
            for value in [0x00, 0xFF, whole[at] ^ 0x55] {
                let mut damaged = whole.clone();
                damaged[at] = value;
                if let Ok(image) = decode(&damaged, 8) {
                    assert_eq!(image.len(), 192);
                }
            }
        }
    }
}

#[test]
fn an_absurd_size_is_refused() {
    let huge = png_of(&[(b"IHDR", header(200_000, 100_000, 8, 2, 0)), (b"IDAT", stored(&[0; 100])), (b"IEND", vec![])]);
    let message = refusal(&huge);
    assert!(message.contains("512 MiB"), "{message}");

    let mut jpeg = encode(gradient(8, 8), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    let message = refusal(&jpeg);
    assert!(message.contains("65535×65535") && message.contains("512 MiB"), "{message}");

    let mut gif = encode(DynamicImage::from(gradient(8, 8)), ImageFormat::Gif);
    gif[6..10].fill(0xFF);
    let message = refusal(&gif);
    assert!(message.contains("65535×65535"), "{message}");

    let mut bmp = encode(gradient(8, 8), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&60_000_i32.to_le_bytes());
    bmp[22..26].copy_from_slice(&60_000_i32.to_le_bytes());
    let message = refusal(&bmp);
    assert!(message.contains("512 MiB"), "{message}");
}

#[test]
fn classes_and_images_come_in_the_order_of_their_names() {
    let images: Vec<Vec<u8>> = (0..12).map(numbered).collect();
    let names = [
        "train/cat/b.png",
        "train/cat/a.PNG",
        "train/cat/more/a.png",
        "train/cat/c.JPEG", // which is a PNG
        "train/Zebra/1.bmp",
        "train/Zebra/10.png",
        "train/Zebra/9.png",
        "train/ant/x.png",
        "train/ant/é.png",
        "test/cat/t.png",
        "test/Zebra/images/t.png",
        "test/Zebra/images/u.png",
    ];
    let files: Vec<(&str, &[u8])> = names.into_iter().zip(images.iter().map(Vec::as_slice)).collect();
    let folder = tree(&files);
    let split = load(folder.path());
    assert_eq!(split.classes, ["Zebra", "ant", "cat"], "capital letters come first");
    // The first of each class, then the second of each: so the first so many are of all classes.
    let expected = [(4, 0), (7, 1), (1, 2), (5, 0), (8, 1), (0, 2), (6, 0), (3, 2), (2, 2)];
    assert_eq!(contents(&split.train), expected);
    assert_eq!(contents(&split.test), [(10, 0), (9, 2), (11, 0)], "a class that the test lacks is no matter");
    assert_eq!(split.train.shape(), split.test.shape());
    assert_eq!((split.train.shape().width(), split.train.shape().channels()), (8, 3));
}

#[test]
fn what_is_no_image_by_name_or_hidden_is_passed_over() {
    let image = numbered(5);
    let folder = tree(&[
        ("train/cat/a.png", &image),
        ("train/cat/Thumbs.db", b"x"),
        ("train/cat/.DS_Store", b"x"),
        ("train/cat/._a.png", b"x"),
        ("train/cat/.ipynb_checkpoints/a.png", b"x"),
        ("train/cat/boxes.txt", b"x"),
        ("train/cat/png", b"x"),
        ("train/.git/a.png", b"x"),
        ("train/loose.png", b"x"),
        ("test/cat/a.png", &image),
        ("test/.hidden/a.png", b"x"),
        ("README.md", b"x"),
    ]);
    let split = load(folder.path());
    assert_eq!(split.classes, ["cat"]);
    assert_eq!((contents(&split.train), contents(&split.test)), (vec![(5, 0)], vec![(5, 0)]));
}

#[test]
fn folders_that_are_not_as_they_must_be_are_named() {
    let image = numbered(5);
    let whole: [(&str, &[u8]); 3] =
        [("train/ant/a.png", &image), ("train/cat/a.png", &image), ("test/cat/a.png", &image)];
    let with = |more: &[(&str, &[u8])]| tree(&[&whole[..], more].concat());
    assert!(folder::load(with(&[]).path(), 8, false).is_ok());

    let message = error(with(&[("test/dog/a.png", &image)]).path(), true);
    assert!(message.contains("the class dog"), "{message}");
    let message = error(with(&[("train/empty/list.txt", b"x")]).path(), true);
    assert!(message.contains("train/empty holds no image") && message.contains("jpeg"), "{message}");
    let message = error(with(&[("test/ant/list.txt", b"x")]).path(), true);
    assert!(message.contains("test/ant holds no image"), "{message}");
    let message = error(with(&[("train/cat/a/b/c.png", &image)]).path(), true);
    assert!(message.contains("train/cat/a/b lies too deep"), "{message}");
    let message = error(tree(&[("train/a.png", &image), ("test/cat/a.png", &image)]).path(), true);
    assert!(message.contains("train holds no class folder"), "{message}");
    let message = error(tree(&whole[..2]).path(), true);
    assert!(message.contains("cannot read the folder") && message.contains("test"), "{message}");
}

#[test]
fn the_first_broken_file_is_named_or_all_are_left_out() {
    let image = numbered(5);
    let cut = &image[..image.len() / 2];
    let folder = tree(&[
        ("train/ant/1.png", &image),
        ("train/ant/2.png", b"only text"),
        ("train/ant/3.jpg", b""),
        ("train/cat/1.png", cut),
        ("train/cat/2.png", &numbered(6)),
        ("test/cat/1.png", &numbered(7)),
        ("test/cat/2.png", cut),
    ]);
    let message = error(folder.path(), false);
    assert!(message.contains("train/ant/2.png is no whole image") && message.contains("--skip-bad"), "{message}");

    let (split, skipped) = folder::load(folder.path(), 8, true).unwrap();
    assert_eq!(contents(&split.train), [(5, 0), (6, 1)]);
    assert_eq!(contents(&split.test), [(7, 1)]);
    let names = ["train/ant/2.png", "train/ant/3.jpg", "train/cat/1.png", "test/cat/2.png"];
    assert_eq!(skipped.len(), names.len());
    for (line, name) in skipped.iter().zip(names) {
        assert!(line.contains(name), "no {name} in {line}");
    }

    fs::write(folder.path().join("train/cat/2.png"), cut).unwrap();
    let message = error(folder.path(), true);
    assert!(message.contains("no image of class cat is whole"), "{message}");
}

/// More images than are decoded at a time, of sizes that take different times.
#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = tempdir().unwrap();
    for (part, images) in [("train", 1100), ("test", 3)] {
        for number in 0..images {
            let class = folder.path().join(part).join(format!("class {}", number % 3));
            fs::create_dir_all(&class).unwrap();
            let side = if number % 2 == 0 { 9 } else { 90 };
            let mut picture = gradient(side, side);
            picture.put_pixel(0, 0, Rgb([number as u8; 3]));
            fs::write(class.join(format!("{number:04}.png")), png(picture)).unwrap();
        }
    }
    fs::write(folder.path().join("train/class 1/0500 bad.png"), "bad").unwrap();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (split, skipped) = pool.install(|| folder::load(folder.path(), 8, true)).unwrap();
        assert_eq!((split.train.len(), skipped.len()), (1100, 1));
        (split.train, split.test, skipped)
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(7));
    assert!((0..1098).all(|index| one.0.label(index) == (index % 3) as u16), "the classes do not take turns");
}

#[test]
fn the_kind_of_data_is_recognised() {
    let image = numbered(5);
    let folder = tree(&[("train/cat/a.png", &image), ("test/cat/a.png", &image)]);
    let (split, _) = data::load(folder.path(), 16, false).unwrap();
    assert_eq!(split.train.shape().width(), 16);

    let cifar: Vec<u8> = [&[3][..], &[9; 3072]].concat();
    let names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
    let names = names.map(|name| format!("cifar-10-batches-bin/{name}.bin"));
    let folder = tree(&names.each_ref().map(|name| (name.as_str(), cifar.as_slice())));
    for dir in [folder.path(), &folder.path().join("cifar-10-batches-bin")] {
        let (split, _) = data::load(dir, 32, false).unwrap();
        assert_eq!((split.train.len(), split.classes.len()), (5, 10));
    }
    let error = |dir: &Path, side: u16| format!("{:#}", data::load(dir, side, false).unwrap_err());
    assert!(error(folder.path(), 64).contains("leave out --size 64"));

    let empty = tempdir().unwrap();
    for dir in [empty.path(), &empty.path().join("nowhere")] {
        let message = error(dir, 32);
        assert!(message.contains("data_batch_1.bin") && message.contains("train/"), "{message}");
        assert!(message.contains(&dir.display().to_string()), "{message}");
    }
    for side in [0, 1, 7, 1025, u16::MAX] {
        let message = error(empty.path(), side);
        assert!(message.contains(&format!("--size {side}")) && message.contains("8 to 1024"), "{message}");
    }
}

/// From the command line to the scores: two colours, which even two epochs tell apart from nothing at all.
#[test]
fn a_folder_of_images_trains() {
    let folder = tempdir().unwrap();
    for (part, images) in [("train", 12), ("test", 4)] {
        for number in 0..images {
            for (class, colour) in [("red", [200, 10, 10]), ("blue", [10, 10, 200])] {
                let dir = folder.path().join("pictures").join(part).join(class);
                fs::create_dir_all(&dir).unwrap();
                let picture = RgbImage::from_pixel(30 + number, 20, Rgb(colour));
                fs::write(dir.join(format!("{number:02}.jpg")), encode(picture, ImageFormat::Jpeg)).unwrap();
            }
        }
    }
    fs::write(folder.path().join("pictures/test/red/notes.png"), "notes").unwrap();
    let flags = ["train", "--data", "pictures", "--depth", "8", "--epochs", "1", "--device", "cpu", "--out", "run"];
    let broken = host(&flags, folder.path());
    let message = String::from_utf8_lossy(&broken.stderr);
    assert!(!broken.status.success() && message.contains("red/notes.png"), "{message}");
    assert!(!folder.path().join("run").exists(), "a run folder was left behind");

    let output = host(&[&flags[..], &["--skip-bad", "--size", "12"]].concat(), folder.path());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    assert!(
        message.contains("left out, since --skip-bad was given: 1\n") && message.contains("red/notes.png"),
        "{message}"
    );
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("24 training and 8 test images, 2 classes"), "{text}");
    let config = host::run_dir::config(&folder.path().join("run")).unwrap();
    assert_eq!((config.size, config.skip_bad), (12, true));

    for (size, word) in [("7", "8 to 1024"), ("1025", "8 to 1024"), ("-3", "--size")] {
        let output = host(&[&flags[..], &[&format!("--size={size}")]].concat(), folder.path());
        assert!(String::from_utf8_lossy(&output.stderr).contains(word), "{size}");
    }
    let output = host(&["train", "--size", "16"], folder.path());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--data"), "the embedded set has its own size");
}

/// Every side that is allowed and small, odd ones too, goes through the network's two halvings.
#[test]
fn the_network_takes_every_side() {
    use burn::tensor::{Device, Tensor};
    let device = Device::flex();
    let network = host::model::ResNet::new(8, 5, 0.9, &device).unwrap();
    for side in (8..=41).chain([63, 96, 127, 224]) {
        let logits = network.forward(Tensor::<4>::ones([1, 3, side, side], &device));
        assert_eq!(logits.dims(), [1, 5], "side {side}");
        assert!(logits.into_data().try_into_vec::<f32>().unwrap().iter().all(|logit| logit.is_finite()), "side {side}");
    }
}
