//! Arrays as files that `numpy` reads.

/// The bytes of `array` as a file of format 1.0 (`numpy.lib.format`), in C order: `kind` as `numpy` writes it, `<i2` say, and the length of each axis.
#[must_use]
pub fn encode(kind: &str, axes: &[usize], array: &[u8]) -> Vec<u8> {
    let shape = match axes {
        [only] => format!("({only},)"),
        axes => format!("({})", axes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    // The magic, the version and the header's length take 10 bytes; the array begins at a multiple of 64.
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    header = format!("{header:<width$}\n", width = padded - 1);
    [b"\x93NUMPY\x01\x00", &(padded as u16).to_le_bytes()[..], header.as_bytes(), array].concat()
}
