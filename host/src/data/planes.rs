//! Channels first and channels last.

/// Planes, one channel after the other, as pixels of `channels` values each.
#[must_use]
pub fn interleaved(planes: &[u8], channels: usize) -> Vec<u8> {
    transposed(planes, planes.len() / channels)
}

/// Pixels of `channels` values each as planes, one channel after the other.
#[must_use]
pub fn planar(pixels: &[u8], channels: usize) -> Vec<u8> {
    transposed(pixels, channels)
}

/// Pixels of three values each as `planes`, one channel after the other. A number that the compiler knows makes this several times as fast, and it is
/// done to every image.
pub(super) fn write_planes(pixels: &[u8], planes: &mut [u8]) {
    let (pixels, _) = pixels.as_chunks::<3>();
    let (red, others) = planes.split_at_mut(pixels.len());
    let (green, blue) = others.split_at_mut(pixels.len());
    for (((pixel, red), green), blue) in pixels.iter().zip(red).zip(green).zip(blue) {
        [*red, *green, *blue] = *pixel;
    }
}

/// Rows of `columns` values, column after column.
fn transposed(values: &[u8], columns: usize) -> Vec<u8> {
    (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns)).copied().collect()
}
