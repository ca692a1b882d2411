//! Channels first and channels last.

/// Planes, one channel after the other, as pixels of `channels` values each.
#[must_use]
pub fn interleaved(planes: &[u8], channels: usize) -> Vec<u8> {
    transposed(planes, planes.len() / channels)
}

/// Pixels of `channels` values each as planes, one channel after the other.
#[must_use]
pub fn planar(pixels: &[u8], channels: usize) -> Vec<u8> {
    if channels == 3 {
        // A number that the compiler knows makes this several times as fast, and it is done to every image.
        let (pixels, _) = pixels.as_chunks::<3>();
        let mut planes = Vec::with_capacity(3 * pixels.len());
        for channel in 0..3 {
            planes.extend(pixels.iter().map(|pixel| pixel[channel]));
        }
        return planes;
    }
    transposed(pixels, channels)
}

/// Rows of `columns` values, column after column.
fn transposed(values: &[u8], columns: usize) -> Vec<u8> {
    (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns)).copied().collect()
}
