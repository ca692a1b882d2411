//! Floats of 16 bits by their bits, since not every target has them: IEEE 754's binary16, and bfloat16, the upper half of an f32.

/// Exactly.
pub(crate) fn f16_to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let rest = u32::from(bits & 0x7FFF);
    let magnitude = match rest >> 10 {
        // Subnormal: so many units of 2⁻²⁴, an f32's product of two of its own.
        0 => (rest as f32 * f32::from_bits((127 - 24) << 23)).to_bits(),
        0x1F => 0x7F80_0000 | (rest & 0x3FF) << 13,
        _ => (rest << 13) + ((127 - 15) << 23),
    };
    f32::from_bits(sign | magnitude)
}

/// To the nearest, ties to even; beyond the greatest to infinity. A NaN stays one, and is quiet.
pub(crate) fn f32_to_f16(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16) as u16 & 0x8000;
    let rest = bits & 0x7FFF_FFFF;
    if rest > 0x7F80_0000 {
        return sign | 0x7E00 | (rest >> 13) as u16 & 0x3FF;
    }
    // Below 2⁻¹⁴: adding ½ lines up the bits of f16's subnormals with the last of an f32, and rounds as an f32 does.
    if rest < (127 - 14) << 23 {
        let aligned = f32::from_bits(rest) + 0.5;
        return sign | (aligned.to_bits() - 0.5_f32.to_bits()) as u16;
    }
    let even = rest >> 13 & 1;
    let rounded = (rest + 0xFFF + even) >> 13;
    let magnitude = rounded.saturating_sub((127 - 15) << 10).min(0x7C00);
    sign | magnitude as u16
}

/// Exactly.
pub(crate) fn bf16_to_f32(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// To the nearest, ties to even. A NaN stays one, and is quiet.
pub(crate) fn f32_to_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        return (bits >> 16) as u16 | 0x40;
    }
    let even = bits >> 16 & 1;
    (bits.wrapping_add(0x7FFF + even) >> 16) as u16
}
