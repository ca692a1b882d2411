//! Image files, one at a time: which bytes they become, and what is refused.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cutmix_core::{Stream, uniform_below};
use host::data::guard::guarded;
use host::data::image_file::decode;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::folder::tree;
use crate::program::{assert_fails, host};

/// A picture whose every pixel tells where it stands.
pub fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 11) as u8, (x * 3 + y * 5) as u8]))
}

pub fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

pub fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
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

fn header(width: u32, height: u32, depth: u8, color: u8, interlaced: u8) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, interlaced]].concat()
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

/// An image of one color.
fn plain(color: [u8; 3]) -> Vec<u8> {
    planes(&RgbImage::from_pixel(8, 8, Rgb(color)))
}

#[track_caller]
fn refusal(bytes: &[u8]) -> String {
    let message = format!("{:#}", decode(bytes, 8).expect_err("it was decoded"));
    assert!(!message.contains('\n'), "more than a line: {message}");
    message
}

#[test]
fn every_lossless_format_keeps_every_byte() {
    let picture = gradient(8, 8);
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP] {
        assert_eq!(decode(&encode(picture.clone(), format), 8).unwrap(), planes(&picture), "{format:?}");
    }
    // Few colors, which a GIF's palette holds as they are.
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
        let gray = image::ImageBuffer::<image::Luma<u16>, _>::from_pixel(8, 8, image::Luma([value]));
        assert_eq!(decode(&png(gray), 8).unwrap(), plain([near; 3]), "gray {value}");
        let color = image::ImageBuffer::<Rgb<u16>, _>::from_pixel(8, 8, Rgb([value, 0, 0xFFFF]));
        assert_eq!(decode(&png(color), 8).unwrap(), plain([near, 0, 255]), "color {value}");
    }
}

#[test]
fn gray_becomes_three_equal_planes() {
    let gray = image::GrayImage::from_fn(8, 8, |x, y| image::Luma([(x * 8 + y) as u8]));
    let expected: Vec<u8> = gray.as_raw().repeat(3);
    assert_eq!(decode(&png(gray), 8).unwrap(), expected);
}

#[test]
fn what_is_transparent_lies_on_white() {
    for alpha in 0..=255_u8 {
        let on_white = |value: u8| {
            ((f64::from(value) * f64::from(alpha) + 255.0 * (255.0 - f64::from(alpha))) / 255.0).round() as u8
        };
        let color = RgbaImage::from_pixel(8, 8, Rgba([0, 77, 200, alpha]));
        assert_eq!(decode(&png(color), 8).unwrap(), plain([0, 77, 200].map(on_white)), "alpha {alpha}");
        let gray = image::GrayAlphaImage::from_pixel(8, 8, image::LumaA([77, alpha]));
        assert_eq!(decode(&png(gray), 8).unwrap(), plain([on_white(77); 3]), "gray, alpha {alpha}");
    }
    // Rounded once: to 8 bits first, this value would be 0 and the mixture 254.
    let deep = image::ImageBuffer::<Rgba<u16>, _>::from_pixel(8, 8, Rgba([128, 0, 65_535, 258]));
    let value = |color: f64| ((color * 258.0 + 65_535.0 * (65_535.0 - 258.0)) / 65_535.0 / 257.0).round() as u8;
    assert_eq!(decode(&png(deep), 8).unwrap(), plain([value(128.0), value(0.0), 255]));
}

#[test]
fn a_palette_is_looked_up() {
    let palette = vec![10, 20, 30, 200, 100, 50, 1, 2, 3, 255, 255, 0];
    // Two bits a pixel; the third color is half transparent.
    let rows: Vec<u8> = (0..8).flat_map(|_| [0, 0b00_01_10_11, 0b11_10_01_00]).collect();
    let chunks = [
        (b"IHDR", header(8, 8, 2, 3, 0)),
        (b"PLTE", palette),
        (b"tRNS", vec![255, 255, 51]),
        (b"IDAT", stored(&rows)),
        (b"IEND", vec![]),
    ];
    let colors = [[10, 20, 30], [200, 100, 50], [204, 204, 205], [255, 255, 0]];
    let expected = RgbImage::from_fn(8, 8, |x, _| Rgb(colors[[0, 1, 2, 3, 3, 2, 1, 0][x as usize]]));
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
        |color: [u8; 3]| image::Frame::new(DynamicImage::from(RgbImage::from_pixel(8, 8, Rgb(color))).into_rgba8());
    let mut gif = Vec::new();
    image::codecs::gif::GifEncoder::new(&mut gif).encode_frames([frame([255, 0, 0]), frame([0, 0, 255])]).unwrap();
    assert_eq!(decode(&gif, 8).unwrap(), plain([255, 0, 0]));

    let rows = |color: [u8; 3]| stored(&[&[0][..], &color.repeat(8)].concat().repeat(8));
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
    let frame = |color: [u8; 3]| {
        let still = encode(RgbImage::from_pixel(8, 8, Rgb(color)), ImageFormat::WebP);
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
pub fn turned(picture: RgbImage, orientation: u8) -> Vec<u8> {
    let jpeg = encode(picture, ImageFormat::Jpeg);
    let tiff = [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[orientation][..], b"\0\0\0\0\0\0"].concat();
    // A preview among the data has an end marker of its own.
    let exif = [b"Exif\0\0", &tiff[..], b"\xFF\xD8\xFF\xD9"].concat();
    [&jpeg[..2], b"\xFF\xE1", &(exif.len() as u16 + 2).to_be_bytes(), &exif, &jpeg[2..]].concat()
}

/// From a quarter of what is shown, right or left and below or above, to the quarter of what is stored.
type Quarters = fn(bool, bool) -> (bool, bool);

/// Each quarter of the picture has a color of its own, so that each turn shows.
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

/// Weights of the `from` values in each of `side` values, from the definition: a triangle around the middle of the new value, as wide as
/// two values of the coarser of both, cut off at the edges and of sum 1.
fn triangle(from: u32, side: u32) -> Vec<Vec<f64>> {
    let scale = f64::from(from) / f64::from(side);
    let width = scale.max(1.0);
    (0..side)
        .map(|at| {
            let middle = (f64::from(at) + 0.5) * scale;
            let weight = |value: u32| (1.0 - ((f64::from(value) + 0.5 - middle) / width).abs()).max(0.0);
            let sum: f64 = (0..from).map(weight).sum();
            (0..from).map(|value| weight(value) / sum).collect()
        })
        .collect()
}

/// The middle square, resized by the definition in f64. Wide, high, larger, smaller, odd. Two roundings to bytes, one a direction, are off by
/// half each; weights in fixed point add less than half.
#[test]
fn the_middle_square_is_resized() {
    for (width, height, left, top, short) in [
        (64, 64, 0, 0, 64),
        (100, 40, 30, 0, 40),
        (40, 100, 0, 30, 40),
        (13, 8, 2, 0, 8),
        (5, 5, 0, 0, 5),
        (3, 1, 1, 0, 1),
        (9, 9, 0, 0, 9),
    ] {
        let picture = gradient(width, height);
        let weights = triangle(short, 8);
        let image = decode(&png(picture.clone()), 8).unwrap();
        for (at, value) in image.into_iter().enumerate() {
            let (channel, row, column) = (at / 64, at / 8 % 8, at % 8);
            let mut exact = 0.0;
            for (y, down) in (0..).zip(&weights[row]) {
                for (x, across) in (0..).zip(&weights[column]) {
                    exact += down * across * f64::from(picture.get_pixel(left + x, top + y).0[channel]);
                }
            }
            assert!((exact - f64::from(value)).abs() <= 1.5, "{width}×{height}, value {at}: {value} for {exact}");
        }
    }
}

/// Whatever vector instructions a processor has, the bytes are those that it comes to without any.
#[test]
#[allow(unsafe_code)] // The crate asks for it where instructions are chosen that may not be there; each is asked first whether it is.
fn vector_instructions_change_no_byte() {
    use fast_image_resize::images::{Image, ImageRef};
    use fast_image_resize::{CpuExtensions, FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

    let resize = |pixels: &[u8], from: u32, side: u32, instructions: CpuExtensions| {
        let source = ImageRef::new(from, from, pixels, PixelType::U8x3).unwrap();
        let mut resized = Image::new(side, side, PixelType::U8x3);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false);
        let mut scaler = Resizer::new();
        unsafe { scaler.set_cpu_extensions(instructions) };
        scaler.resize(&source, &mut resized, &options).unwrap();
        resized.into_vec()
    };
    #[cfg(target_arch = "x86_64")]
    let all = [CpuExtensions::Sse4_1, CpuExtensions::Avx2];
    #[cfg(target_arch = "aarch64")]
    let all = [CpuExtensions::Neon];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let all: [CpuExtensions; 0] = [];
    let mut word = 1_u32;
    let mut noise = || {
        word ^= word << 13;
        word ^= word >> 17;
        word ^= word << 5;
        word
    };
    for case in 0..200 {
        let [from, side] = [1 + noise() % 200, 8 + noise() % 100];
        // Noise, black and white alone, so that sums reach both ends, and a smooth picture.
        let pixels: Vec<u8> = (0..from * from * 3)
            .map(|at| match case % 3 {
                0 => noise() as u8,
                1 => (noise() % 2 * 255) as u8,
                _ => (at / 5) as u8,
            })
            .collect();
        let plain = resize(&pixels, from, side, CpuExtensions::None);
        for instructions in all.into_iter().filter(CpuExtensions::is_supported) {
            assert!(resize(&pixels, from, side, instructions) == plain, "{instructions:?}: {from} to {side}");
        }
        // And what the program does is that.
        let picture = RgbImage::from_raw(from, from, pixels).unwrap();
        let expected = RgbImage::from_raw(side, side, plain).unwrap();
        let mut square = vec![0; 3 * (side * side) as usize];
        host::data::image_file::write_resized(&picture, (side as u16).into(), &mut square);
        assert!(square == planes(&expected), "{from} to {side}");
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

/// Cut anywhere before its last pixel, a file is an error, and never a picture with a gray end.
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

/// Files of every format, and those of `hostile/images`.
fn seeds() -> Vec<Vec<u8>> {
    let formats = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::WebP];
    let mut files = Vec::new();
    for format in formats {
        files.push(encode(gradient(16, 16), format));
        files.push(encode(gradient(40, 9), format));
    }
    files
        .push(encode(RgbaImage::from_fn(16, 16, |x, y| Rgba([x as u8, y as u8, 9, (x * y) as u8])), ImageFormat::WebP));
    files.push(encode(DynamicImage::from(gradient(16, 16)).into_luma8(), ImageFormat::Jpeg));
    files.push(two_of_four_inks());
    files.push(bmp_with_alpha(&gradient(8, 8), |x, _| x as u8));
    let hostile = Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile/images");
    let mut paths: Vec<PathBuf> = fs::read_dir(hostile).unwrap().map(|entry| entry.unwrap().path()).collect();
    // What is as large as the limit takes seconds, and are looked at by themselves.
    paths.retain(|path| !["absurd", "bomb", "endless"].iter().any(|name| path.to_string_lossy().contains(name)));
    paths.sort_unstable();
    files.extend(paths.into_iter().map(|path| fs::read(path).unwrap()));
    files
}

/// `file` with a few bytes set, flipped, taken out, doubled or moved.
pub fn mutated(file: &[u8], rng: &mut Stream) -> Vec<u8> {
    let mut file = file.to_vec();
    for _ in 0..=uniform_below(6, rng) {
        let mut place = |file: &[u8]| uniform_below(file.len() as u32 + 1, rng) as usize;
        let (from, to) = (place(&file), place(&file));
        let end = (from + place(&file) % 16).min(file.len());
        match uniform_below(7, rng) {
            0 | 1 if from < file.len() => file[from] ^= 1 << uniform_below(8, rng),
            2 if from < file.len() => file[from] = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF][uniform_below(7, rng) as usize],
            3 => drop(file.drain(from..end)),
            4 => {
                let block = file[from..end].to_vec();
                file.splice(to..to, block);
            }
            5 if to + end - from <= file.len() => file.copy_within(from..end, to),
            6 if uniform_below(8, rng) == 0 => file.truncate(from),
            _ => {}
        }
    }
    file
}

/// Decodes mutated files until `more` says no: an image or one sentence comes of each, soon.
fn decode_mutated(seed: u64, mut more: impl FnMut(u64) -> bool) {
    let seeds = seeds();
    let (mut files, mut images) = (0, 0_u64);
    while more(files) {
        let mut rng = Stream::new(seed, 0, files);
        let file = mutated(&seeds[uniform_below(seeds.len() as u32, &mut rng) as usize], &mut rng);
        let started = Instant::now();
        match decode(&file, 8) {
            Ok(image) => {
                assert_eq!(image.len(), 192);
                images += 1;
            }
            Err(error) => {
                let message = format!("{error:#}");
                assert!(!message.contains(char::is_control) && message.len() < 400, "file {files}: {message}");
                if message.contains("broke down") {
                    println!("file {files}: {message}");
                }
            }
        }
        assert!(started.elapsed() < Duration::from_secs(10), "file {files} took {:?}", started.elapsed());
        files += 1;
    }
    println!("{images} of {files} files are still images");
    assert!(images > files / 20 && images < files / 2, "{images} of {files}: mutations that change nothing, or all");
}

#[test]
fn a_mutated_file_is_an_image_or_a_sentence() {
    decode_mutated(1, |files| files < 20_000);
}

/// `cargo test -p tests --test host -- --ignored mutated --nocapture`
#[test]
#[ignore = "ten minutes"]
fn mutated_for_ten_minutes() {
    let started = Instant::now();
    decode_mutated(2, |_| started.elapsed() < Duration::from_mins(10));
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

/// A BMP of 32 bits a pixel with a mask for alpha, all of whose alphas are as given: rows from below, blue first.
fn bmp_with_alpha(picture: &RgbImage, alpha: impl Fn(u32, u32) -> u8) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let pixels: Vec<u8> = (0..height)
        .rev()
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| {
            let [red, green, blue] = picture.get_pixel(x, y).0;
            [blue, green, red, alpha(x, y)]
        })
        .collect();
    let header = [108_u32, width, height].map(u32::to_le_bytes).concat();
    let planes_and_bits = [1_u16, 32].map(u16::to_le_bytes).concat();
    // Bit fields; size, resolution, palette; the masks of red, green, blue, alpha; the rest of version 4, sRGB.
    let fields = [3, pixels.len() as u32, 2835, 2835, 0, 0, 0xFF_0000, 0xFF00, 0xFF, 0xFF00_0000, 0x7352_4742];
    let info = [header, planes_and_bits, fields.map(u32::to_le_bytes).concat(), vec![0; 48]].concat();
    assert_eq!(info.len(), 108);
    let file = [14 + 108 + pixels.len() as u32, 0, 14 + 108].map(u32::to_le_bytes).concat();
    [b"BM", &file[..], &info, &pixels].concat()
}

/// Many programs leave the fourth byte at 0, and viewers show such a picture as it is. One visible pixel, and alpha is meant.
#[test]
fn a_bmp_without_any_alpha_is_opaque() {
    let picture = gradient(8, 8);
    assert_eq!(decode(&bmp_with_alpha(&picture, |_, _| 0), 8).unwrap(), planes(&picture));
    assert_eq!(decode(&bmp_with_alpha(&picture, |_, _| 255), 8).unwrap(), planes(&picture));
    let seen = decode(&bmp_with_alpha(&picture, |x, y| if (x, y) == (3, 2) { 255 } else { 0 }), 8).unwrap();
    let expected =
        RgbImage::from_fn(8, 8, |x, y| if (x, y) == (3, 2) { *picture.get_pixel(3, 2) } else { Rgb([255; 3]) });
    assert_eq!(seen, planes(&expected));
    // A PNG means what it says.
    let clear = RgbaImage::from_pixel(8, 8, Rgba([1, 2, 3, 0]));
    assert_eq!(decode(&png(clear), 8).unwrap(), plain([255; 3]));
}

/// A progressive JPEG of two components that says it is of four inks: zune-jpeg looks for the third one and panics.
fn two_of_four_inks() -> Vec<u8> {
    let segment =
        |marker: u8, data: &[u8]| [&[0xFF, marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat();
    let counts = |counts: [u8; 3]| [&counts[..], &[0; 13]].concat();
    [
        b"\xFF\xD8".to_vec(),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x02"),
        segment(0xDB, &[&[0][..], &[1; 64]].concat()),
        segment(0xC2, &[8, 0, 8, 0, 8, 2, 1, 0x11, 0, 2, 0x11, 0]),
        segment(0xC4, &[&[0x00][..], &counts([1, 1, 1]), &[0, 10, 11]].concat()),
        segment(0xC4, &[&[0x10][..], &counts([1, 0, 0]), &[0]].concat()),
        segment(0xDA, &[2, 1, 0, 2, 0, 0, 0, 0]),
        vec![0; 200],
        b"\xFF\xD9".to_vec(),
    ]
    .concat()
}

#[test]
fn a_panic_in_a_decoder_is_a_sentence() {
    let message = refusal(&two_of_four_inks());
    assert!(message.contains("2 color components"), "{message}");
    // Whatever panics: the code that is guarded need not be a decoder's.
    let message = |work: fn() -> u8| format!("{:#}", guarded(|| Ok(work())).unwrap_err());
    assert!(message(|| panic!("three\nlines\nof it")).contains("three lines of it"));
    assert!(message(|| std::panic::panic_any(1)).contains("no reason was given"));
    assert_eq!(guarded(|| Ok(7)).unwrap(), 7);
}

/// It is named, and left out, as any other; the program does not show a panic.
#[test]
fn a_file_on_which_a_decoder_panics_is_left_out() {
    let (good, bad) = (png(gradient(8, 8)), two_of_four_inks());
    let folder = tree(&[
        ("data/train/cat/a.png", &good),
        ("data/train/cat/b.jpg", &bad),
        ("data/train/dog/a.png", &good),
        ("data/test/cat/a.png", &good),
    ]);
    let preview = ["preview", "--data", "data", "--out", "grid.png"];
    let output = host(&preview, folder.path());
    assert_fails(&output, &["b.jpg", "--skip-bad"]);
    let output = host(&[&preview[..], &["--skip-bad"]].concat(), folder.path());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && message.contains("b.jpg"), "{message}");
    assert!(!message.contains("panicked") && !message.contains("RUST_BACKTRACE"), "{message}");
    assert_eq!(message.lines().count(), 2, "{message}");
}
