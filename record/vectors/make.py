#!/usr/bin/env python3
"""Writes the records of this folder after FORMAT.md, with nothing but Python's own CRC-32: for readers and writers in other languages to be tested
against, and for ours, which did not make them. A file a record: lines of hexadecimal digits, comments behind #."""

import struct
import zlib
from pathlib import Path


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def framed(fields):
    data = fields + zlib.crc32(fields).to_bytes(4, "little")
    out = bytearray([0])
    for run in data.split(b"\0"):
        while len(run) >= 254:
            out += bytes([255]) + run[:254]
            run = run[254:]
        out += bytes([len(run) + 1]) + run
    return bytes(out) + b"\0"


def record(seed, epoch, index, sides, layout, partner, box, classes, content=0, pixels=b"", zero_point=b""):
    width, height, _ = sides
    x0, y0, x1, y1 = box
    total = width * height
    kept = total - (x1 - x0) * (y1 - y0)
    fields = bytes([1 if content <= 2 else 2]) + b"".join(map(number, [seed, epoch, index, *sides])) + bytes([layout])
    fields += b"".join(map(number, [partner, *box, kept, total, *classes])) + bytes([content])
    return framed(fields + zero_point + (number(len(pixels)) + pixels if content else b""))


def write(name, what, data):
    lines = [data[at : at + 32].hex(" ") for at in range(0, len(data), 32)]
    Path(__file__).with_name(name + ".hex").write_text(f"# {what}\n" + "\n".join(lines) + "\n")


small = dict(seed=42, epoch=0, index=7, sides=(3, 2, 1), layout=0, partner=5, box=(1, 0, 3, 1), classes=(3, 4))
write("plan", "a plan for 3x2 pixels", record(**small))
write("bytes", "the sample of FORMAT.md: 3x2 bytes, abc above def", record(**small, content=1, pixels=b"abcdef"))
colors = b"".join(value.to_bytes(2, "little") for value in [0x1234, 0, 0xF800, 0x07E0, 0x001F, 0xFFFF])
write("rgb565", "3x2 pixels of RGB565, two of them with bytes that are zero", record(**small, content=2, pixels=colors))
whole = dict(small, index=5, partner=5, box=(0, 0, 0, 0), classes=(4, 4))
write("unmixed", "a frame as the camera saw it, all of its bytes zero", record(**whole, content=1, pixels=bytes(6)))
large = dict(seed=2**64 - 1, epoch=2**32 - 1, index=2**32 - 1, partner=2**32 - 1, classes=(2**16 - 1, 2**16 - 1))
write("largest-numbers", "all numbers as large as they can be", record(**large, sides=(65535, 32767, 1), layout=1, box=(65534, 32766, 65535, 32767)))
planes = dict(small, sides=(4, 3, 3), layout=1, box=(0, 1, 2, 3))
write("planes", "4x3 pixels of three planes", record(**planes, content=1, pixels=bytes(range(1, 37))))
swapped = b"".join(value.to_bytes(2, "big") for value in [0x1234, 0, 0xF800, 0x07E0, 0x001F, 0xFFFF])
write("rgb565-high-byte-first", "the pixels of rgb565 with the high byte first", record(**small, content=3, pixels=swapped))
write("bgr", "4x3 pixels of blue, green, red", record(**dict(planes, layout=0), content=4, pixels=bytes(range(1, 37))))
pairs = dict(small, sides=(4, 2, 1), box=(2, 0, 4, 1))
write("yuyv", "4x2 pixels in pairs Y U Y V", record(**pairs, content=5, pixels=bytes(range(1, 17))))
quantized = bytes(value & 0xFF for value in [-128, -1, 0, 1, 100, 127])
write("i8", "3x2 quantized values with the zero point -128", record(**small, content=6, zero_point=b"\x80", pixels=quantized))
deep = [0, 1, 255, 256, 0x7FFF, 0xFFFF]
write("u16", "3x2 numbers of 16 bits", record(**small, content=7, pixels=struct.pack("<6H", *deep)))
write("u16-high-byte-first", "the same with the high byte first", record(**small, content=8, pixels=struct.pack(">6H", *deep)))
window = dict(small, sides=(4, 1, 3), box=(1, 0, 3, 1))
samples = [0, 1, -1, 100, -32768, 32767, 2, 3, 4, -5, -6, -7]
write("i16", "a window of 4 samples of 3 channels", record(**window, content=9, pixels=struct.pack("<12h", *samples)))
write("f32", "the same as floats", record(**window, content=10, pixels=struct.pack("<12f", *samples)))
for width in range(200, 260):
    row = dict(small, sides=(width, 1, 1), box=(0, 0, 0, 0), partner=7, classes=(3, 3))
    data = record(**row, content=1, pixels=b"\x07" * width)
    if data[-2] == 1:
        write("whole-block", "a frame that ends with a whole block of COBS, and so with a byte 1", data)
