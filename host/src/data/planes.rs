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

/// Rows of `columns` values, column after column.
fn transposed(values: &[u8], columns: usize) -> Vec<u8> {
    (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns)).copied().collect()
}
