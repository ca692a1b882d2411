//! Colors of a camera's pixels, with 8 bits each.

/// RGB565: black stays black, and white white.
pub const fn of_rgb565(pixel: u16) -> [u8; 3] {
    let [red, green, blue] = [pixel >> 11, pixel >> 5 & 0x3F, pixel & 0x1F];
    [(red << 3 | red >> 2) as u8, (green << 2 | green >> 4) as u8, (blue << 3 | blue >> 2) as u8]
}

/// Two pixels that share their color, Y U Y V: as JPEG has it (JFIF, from ITU-R BT.601, in the full range), to the nearest step.
pub fn of_yuyv([first, u, second, v]: [u8; 4]) -> [[u8; 3]; 2] {
    // In 65,536ths.
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    let (red, green, blue) = (91_881 * v, -22_554 * u - 46_802 * v, 116_130 * u);
    [first, second]
        .map(|y| [red, green, blue].map(|color| (i32::from(y) + ((color + 32_768) >> 16)).clamp(0, 255) as u8))
}
