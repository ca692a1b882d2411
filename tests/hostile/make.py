#!/usr/bin/env python3
"""Writes every file of this folder that README.md lists, so that nobody has to trust a binary: the same bytes each time.

Python's standard library is all it takes. Compressed data are stored, or packed here by hand, since zlib's differ from version to version.
"""

import json
import struct
import zlib
from pathlib import Path

HERE = Path(__file__).parent


def write(name, content):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


# Images


def png(*chunks):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in chunks)


def header(width, height, depth=8, colour=2):
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)


def stored(data):
    """A zlib stream of stored blocks."""
    blocks = [data[at : at + 65535] for at in range(0, len(data), 65535)] or [b""]
    body = b"".join(
        struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks
    )
    return b"\x78\x01" + body + struct.pack(">I", zlib.adler32(data))


def bits(text):
    """Bytes of bits, the first of each in its lowest place, as deflate and WebP have them."""
    text += "0" * (-len(text) % 8)
    return bytes(int(text[at : at + 8][::-1], 2) for at in range(0, len(text), 8))


def zeros(repeats):
    """A zlib stream of 1 + 258 × repeats zeros: two bits for each 258, which is as much as deflate can do.

    One block with codes of its own. Code lengths: literal 0 and the end in 2 bits, length 258 in 1 bit, distance 1 in 1 bit.
    """
    order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    lengths = {18: 1, 1: 2, 2: 2}  # lengths of the codes for the lengths: 18 is a long run of zeros
    number = lambda value, width: format(value, f"0{width}b")[::-1]
    run = lambda count: "0" + number(count - 11, 7)  # symbol 18, its code is 0
    one, two = "10", "11"
    head = "1" + number(2, 2) + number(286 - 257, 5) + number(0, 5) + number(19 - 4, 4)
    head += "".join(number(lengths.get(symbol, 0), 3) for symbol in order)
    head += two + run(138) + run(117) + two + run(28) + one + one  # 0; 1–255; 256; 257–284; 285; distance 1
    body = "10" + ("0" + "0") * repeats + "11"  # literal 0; length 258 at distance 1; the end
    count = 1 + 258 * repeats
    adler = (count % 65521) << 16 | 1
    return b"\x78\x01" + bits(head + body) + struct.pack(">I", adler)


def rows(width, height):
    """Rows of RGB, each pixel of which tells where it stands."""
    return b"".join(b"\0" + bytes(c for x in range(width) for c in (x * 7, y * 11, x * 3 + y * 5)) for y in range(height))


def segment(marker, data):
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg(width, height, data, scans=1):
    """A gray JPEG, whose only Huffman codes are 0: no difference, or the end of a block. Of several scans it is a progressive one."""
    code = lambda table: segment(0xC4, bytes([table]) + b"\1" + bytes(15) + b"\0")
    frame = segment(0xC0 if scans == 1 else 0xC2, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")
    file = b"\xFF\xD8" + segment(0xDB, b"\0" + b"\1" * 64) + frame + code(0x00) + code(0x10)
    if scans == 1:
        file += segment(0xDA, b"\1\1\0\0\x3F\0") + data
    else:
        file += segment(0xDA, b"\1\1\0\0\0\0") + data
        file += b"".join(segment(0xDA, b"\1\1\0\1\x3F\0") + data for _ in range(scans - 1))
    return file + b"\xFF\xD9"


def gif(width, height, data=b""):
    """Two colours; `data` follow the palette."""
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xFF\xFF\xFF" + data + b";"


def gif_frame(width, height, codes):
    return struct.pack("<BHHHHB", 0x2C, 0, 0, width, height, 0) + b"\2" + bytes([len(codes)]) + codes + b"\0"


def bmp(width, height, pixels, offset=54):
    size = 54 + len(pixels)
    return b"BM" + struct.pack("<IIIIiiHHIIiiII", size, 0, offset, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0) + pixels


def webp(width, height):
    """One colour, in no bits at all a pixel."""
    number = lambda value, width: format(value, f"0{width}b")[::-1]
    code = "1000"  # one symbol, of one bit, which is 0
    data = b"\x2F" + bits(number(width - 1, 14) + number(height - 1, 14) + "0000" + "000" + code * 5)
    data += bytes(len(data) % 2)
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def images():
    whole = png(header(16, 16), (b"IDAT", stored(rows(16, 16))), (b"IEND", b""))
    write("harmless/picture.png", whole)
    image = lambda name, content: write(f"images/{name}", content)
    image("empty.png", b"")
    image("one-byte.jpg", b"\xFF")
    image("text.png", "Dear reader, this is no picture.\n")
    image("web-page.jpg", "<!DOCTYPE html>\n<title>404</title>\n<p>The picture that you asked for is not here.\n")
    image("tiff.png", b"II*\0\x08\0\0\0" + bytes(12))
    image("cut-off.png", whole[: len(whole) // 2])
    image("wrong-checksum.png", whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])
    image("absurd-size.png", png(header(65535, 65535), (b"IDAT", stored(bytes(100))), (b"IEND", b"")))
    image("zero-width.png", png(header(0, 16), (b"IDAT", stored(b"")), (b"IEND", b"")))
    image("bomb.png", png(header(20000, 20000, colour=0), (b"IDAT", zeros(16000)), (b"IEND", b"")))
    image("no-palette.png", png(header(16, 16, colour=3), (b"IDAT", stored(bytes(17 * 16))), (b"IEND", b"")))
    image("chunk-too-long.png", whole[:33] + b"\x7F\xFF\xFF\xFF" + whole[37:])
    image("cut-off.jpg", jpeg(64, 64, bytes(8))[:-6])
    image("no-picture.jpg", b"\xFF\xD8\xFF\xD9")
    image("absurd-size.jpg", jpeg(65535, 65535, bytes(8)))
    image("zero-height.jpg", jpeg(16, 0, bytes(8)))
    image("endless-scans.jpg", jpeg(6000, 6000, bytes(8), scans=200))
    image("zero-width.gif", gif(0, 16, gif_frame(0, 16, b"\x0C\x0A")))
    image("no-frame.gif", gif(16, 16))
    image("absurd-size.gif", gif(65535, 65535, gif_frame(65535, 65535, b"\x0C\x0A")))
    image("no-such-code.gif", gif(16, 16, gif_frame(16, 16, b"\xFC\xFF\xFF\xFF")))
    image("absurd-size.bmp", bmp(60000, 60000, bytes(48)))
    image("negative-width.bmp", bmp(-16, 16, bytes(48)))
    image("pixels-past-the-end.bmp", bmp(16, 16, bytes(48), offset=0x7FFFFFFF))
    image("absurd-size.webp", webp(16383, 16383))
    image("cut-off.webp", webp(64, 64)[:-4])


# Captures


def number(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def cobs(data):
    out, block = b"", b""
    for byte in data:
        if byte:
            block += bytes([byte])
        if not byte or len(block) == 254:
            out, block = out + bytes([len(block) + 1]) + block, b""
    return out + bytes([len(block) + 1]) + block


def record(
    index=0, side=(8, 8), channels=1, partner=None, box=(0, 0, 0, 0), kept=None, classes=(0, 0), pixels=None, length=None, version=1, layout=0, content=1
):
    """A record as cutmix-record writes it; without pixels, a plan."""
    total = side[0] * side[1]
    kept = total - (box[2] - box[0]) * (box[3] - box[1]) if kept is None else kept
    fields = [7, 0, index, *side, channels, layout, index if partner is None else partner, *box, kept, total, *classes]
    data = bytes([version]) + b"".join(map(number, fields))
    if pixels is None:
        data += b"\0"
    else:
        data += number(content) + number(len(pixels) if length is None else length) + pixels
    return b"\0" + cobs(data + struct.pack("<I", zlib.crc32(data))) + b"\0"


def frame(index, **more):
    return record(index, pixels=bytes(index * 31 + at & 0xFF for at in range(64)), classes=(index % 2,) * 2, **more)


def noise(count):
    """xorshift32 by Marsaglia."""
    word, out = 1, b""
    for _ in range(count):
        word ^= word << 13 & 0xFFFFFFFF
        word ^= word >> 17
        word ^= word << 5 & 0xFFFFFFFF
        out += bytes([word & 0xFF])
    return out


def captures():
    good = b"".join(frame(index) for index in range(10))
    write("harmless/capture.bin", good)
    write("harmless/plans.bin", record(0, partner=1, box=(1, 1, 4, 4), classes=(0, 1)))
    capture = lambda name, content: write(f"captures/{name}", content)
    one = frame(0)
    capture("empty.bin", b"")
    capture("only-zeros.bin", bytes(1024))
    capture("only-ones.bin", b"\xFF" * 1024)
    capture("random.bin", noise(2048))
    capture("text.bin", "Dear reader, this is no capture.\n")
    capture("one-flipped-bit.bin", one[:40] + bytes([one[40] ^ 1]) + one[41:])
    capture("cut-off.bin", one[:-20])
    capture("length-too-long.bin", record(pixels=bytes(64), length=2**32 - 1))
    capture("length-too-short.bin", record(pixels=bytes(64), length=63))
    data = b"\1" + b"\xFF" * 64
    capture("number-without-end.bin", b"\0" + cobs(data + struct.pack("<I", zlib.crc32(data))) + b"\0")
    capture("huge-frame.bin", record(side=(46340, 46340), pixels=bytes(64)))
    capture("too-many-pixels.bin", record(side=(65535, 65535), kept=2**32 - 1 - 65535 * 2, pixels=bytes(64)))
    capture("zero-width.bin", record(side=(0, 8), pixels=b""))
    capture("box-outside.bin", record(box=(4, 4, 12, 8), kept=32, pixels=bytes(64)))
    capture("box-inside-out.bin", record(box=(6, 6, 2, 2), kept=48, pixels=bytes(64)))
    capture("wrong-lambda.bin", record(box=(0, 0, 4, 4), kept=64, pixels=bytes(64)))
    capture("newer-version.bin", record(version=3, pixels=bytes(64)))
    capture("two-channels.bin", b"".join(record(index, channels=2, pixels=bytes(128)) for index in range(10)))
    capture("half-pair.bin", record(box=(1, 0, 4, 4), version=2, content=5, pixels=bytes(128)))
    capture("new-content-in-old-version.bin", record(content=5, pixels=bytes(128)))
    capture("two-shapes.bin", good + record(10, side=(4, 4), pixels=bytes(16)))
    capture("plans-only.bin", record(0, partner=1, box=(1, 1, 4, 4)))

    plans = lambda name, content: write(f"plans/{name}", content)
    plans("empty.bin", b"")
    plans("random.bin", noise(1024))
    plans("no-such-frame.bin", record(2**64 - 1, partner=1, box=(1, 1, 4, 4)))
    plans("no-such-partner.bin", record(0, partner=2**32 - 1, box=(1, 1, 4, 4)))
    plans("another-class.bin", record(0, partner=1, box=(1, 1, 4, 4), classes=(65535, 1)))
    plans("huge-frame.bin", record(0, side=(46340, 46340), partner=1, box=(1, 1, 4, 4)))
    plans("box-outside.bin", record(0, partner=1, box=(1, 1, 4, 65535), kept=0))
    plans("other-layout.bin", record(0, partner=1, box=(1, 1, 4, 4), layout=1, classes=(0, 1)))
    plans("samples-only.bin", good)


# Tables


def labels():
    columns = "file,source,partner,class_a,class_b,lambda,kept,total,x0,y0,x1,y1\n"

    def table(name, line, file="a/hostile.png", class_a="a", class_b="b", kept="192", total="256", box="0,0,8,8"):
        head = f"{file},s.png,p.png,{class_a},{class_b},0.75,{kept},{total},{box}\n"
        write(f"labels/{name}", columns + (head if line is None else line))

    table("box-outside.csv", None, box="8,8,24,16", kept="128")
    table("box-inside-out.csv", None, box="8,8,0,0")
    table("box-without-end.csv", None, box="0,0,65535,65535", kept="1")
    table("wrong-kept.csv", None, kept="200")
    table("wrong-total.csv", None, total="1024", kept="960")
    table("negative-kept.csv", None, kept="-64")
    table("number-too-large.csv", None, box="0,0,8,99999999999999999999")
    table("not-a-number.csv", None, kept="many")
    table("empty-value.csv", None, kept="")
    table("missing-value.csv", "a/hostile.png,s.png,p.png,a,b,0.75,192,256,0,0,8\n")
    table("unclosed-quote.csv", '"a/hostile.png,s.png,p.png,a,b,0.75,192,256,0,0,8,8\n')
    table("another-class.csv", None, class_a="b")
    table("file-above.csv", None, file="../../../outside.png")
    table("no-such-file.csv", None, file="a/none.png")
    table("class-above.csv", None, class_b="../../b")
    table("class-of-a-root.csv", None, class_b="/etc")
    table("class-with-nul.csv", None, class_b="b\0c")
    table("class-with-escape.csv", None, class_b="\x1b[2Jb")
    table("class-of-two-lines.csv", None, class_b='"b\nc"')
    table("class-without-name.csv", None, class_b="")
    write("labels/not-utf8.csv", columns.encode() + b"a/hostile.png,s.png,p.png,a,\xFF\xFE,0.75,192,256,0,0,8,8\n")
    # Of two lines for one file, which counts?
    line = "a/hostile.png,s.png,p.png,a,{},0.75,192,256,0,0,8,8\n"
    write("labels/one-file-twice.csv", columns + line.format("b") + line.format("c"))

    columns = "file,number,seed,epoch,partner,class_a,class_b,lambda,kept,total,x0,y0,x1,y1\n"

    def frames(name, file="0/picture.png", index="0", class_a="0"):
        write(f"frames/{name}", columns + f"{file},{index},7,0,0,{class_a},{class_a},1.0,256,256,0,0,0,0\n")

    frames("file-above.csv", file="../../outside.png")
    frames("file-above-with-backslashes.csv", file="..\\..\\outside.png")
    frames("file-of-a-root.csv", file="/etc/hostname")
    frames("file-with-nul.csv", file="0/pic\0ture.png")
    frames("file-without-name.csv", file="")
    frames("folder-as-file.csv", file="0")
    frames("no-such-file.csv", file="0/none.png")
    frames("number-too-large.csv", index="18446744073709551616")
    frames("class-too-large.csv", class_a="65536")
    write("frames/other-columns.csv", "name,price\nx,1\n")
    write("frames/not-utf8.csv", columns.encode() + b"0/\xFF\xFE.png,0,7,0,0,0,0,1.0,256,256,0,0,0,0\n")
    write("frames/empty.csv", "")
    picture = "0/picture.png,{},7,0,0,{},0,1.0,256,256,0,0,0,0\n"
    write("frames/one-number-twice.csv", columns + picture.format(0, 0) + picture.format(0, 1))


# Settings


def settings():
    toml = lambda name, content: write(f"settings/{name}", content)
    toml("not-toml.toml", "epochs = = 3\n")
    toml("text.toml", "Dear reader, these are no settings.\n")
    toml("not-utf8.toml", b"epochs = 3 # \xFF\xFE\n")
    toml("nul.toml", "epochs = 3\n\0\n")
    toml("unclosed.toml", 'arms = ["cutmix"\n')
    toml("unknown-key.toml", "epocs = 3\n")
    toml("key-with-escape.toml", '"\\u001b[2Jepochs" = 3\n')
    toml("wrong-type.toml", 'epochs = "many"\n')
    toml("table-as-value.toml", "[epochs]\nmany = true\n")
    toml("no-such-value.toml", 'optimizer = "lion"\n')
    toml("value-of-two-lines.toml", 'optimizer = """li\non"""\n')
    toml("value-with-escape.toml", 'schedule = "\\u001b[2J"\n')
    toml("key-twice.toml", "epochs = 3\nepochs = 4\n")
    toml("deeply-nested.toml", "epochs = " + "[" * 4000 + "\n")
    toml("deep-key.toml", "a" + ".a" * 4000 + " = 1\n")
    toml("too-large.toml", "epochs = 4294967296\n")
    toml("beyond-64-bits.toml", "seed = 99999999999999999999\n")
    toml("negative.toml", "batch-size = -1\n")
    toml("not-a-number.toml", "learning-rate = nan\n")
    toml("infinite.toml", "alpha = inf\n")
    toml("no-epochs.toml", "epochs = 0\n")
    toml("absurd-depth.toml", "depth = 9223372036854775802\n")
    toml("absurd-side.toml", "size = 65535\n")
    toml("absurd-repeat.toml", "repeat = 4294967296\n")


# Weights


def safetensors(tensors, data=b"", length=None):
    text = tensors if isinstance(tensors, bytes) else json.dumps(tensors, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(*offsets, shape=(4,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def weights():
    floats = struct.pack("<4f", 1, 2, 3, 4)
    for place in ["model.safetensors", "initial.safetensors"]:
        file = lambda name, content: write(f"run/{place}/{name}.safetensors", content)
        file("empty", b"")
        file("another-network", safetensors({"classifier.weight": tensor(0, 16)}, floats))
        file("header-of-2-to-the-63", safetensors({"a": tensor(0, 16)}, floats, length=2**63))
        file("header-too-long", safetensors({"a": tensor(0, 16)}, floats, length=1000))
        file("cut-off", safetensors({"a": tensor(0, 16)}, floats)[:-8])
        file("overlapping", safetensors({"a": tensor(0, 16), "b": tensor(8, 24)}, floats * 2))
        file("past-the-end", safetensors({"a": tensor(0, 2**40, shape=(2**38,))}, floats))
        file("overflowing-shape", safetensors({"a": tensor(0, 16, shape=(2**32, 2**32, 2**32))}, floats))
        file("shape-without-its-data", safetensors({"a": tensor(0, 16, shape=(5,))}, floats))
        file("no-such-type", safetensors({"a": tensor(0, 16, dtype="F31")}, floats))
        file("not-json", safetensors(b"{not JSON}"))
        file("not-utf8", safetensors(b'{"\xFF\xFE":{}}'))
        file("deeply-nested", safetensors(b'{"a":' + b"[" * 4000))
        file("pickle", b"\x80\x04cos\nsystem\n(S'echo'\ntR.")


# CIFAR-10


def cifar():
    one = lambda label, image: bytes([label]) + image
    image = bytes(at & 0xFF for at in range(3072))
    write("harmless/batch.bin", one(3, image))
    file = lambda name, content: write(f"cifar/{name}", content)
    file("empty.bin", b"")
    file("cut-off.bin", one(3, image)[:-1])
    file("one-byte-more.bin", one(3, image) + b"\0")
    file("label-10.bin", one(10, image))
    file("label-255.bin", one(255, image))
    file("text.bin", "Dear reader, this is no batch of images.\n")


# Shards


def shards():
    """Tar files, header by header: Python's own module does not write most of these."""

    def entry(name, content, kind=b"0", length=None, link=b"", checksum=None):
        length = len(content) if length is None else length
        # Eleven octal digits, or from the highest bit on a binary number.
        size = b"%011o\0" % length if 0 <= length < 8**11 else b"\x80" + (length % 2**88).to_bytes(11, "big")
        fields = [name.encode().ljust(100, b"\0"), b"0000644\0", b"0000000\0", b"0000000\0", size, b"00000000000\0", b" " * 8]
        header = b"".join(fields) + kind + link.ljust(100, b"\0") + b"ustar\x0000" + b"\0" * 247
        header = header[:148] + b"%06o\0 " % (sum(header) if checksum is None else checksum) + header[156:]
        return header + content + b"\0" * (-len(content) % 512)

    picture = (HERE / "harmless/picture.png").read_bytes()
    good = entry("1.png", picture) + entry("1.cls", b"0") + entry("2.png", picture) + entry("2.cls", b"1")
    end = b"\0" * 1024
    file = lambda name, content: write(f"shards/{name}.tar", content)
    file("empty", b"")
    file("nothing-in-it", end)
    file("text", "Dear reader, this is no archive of images. " * 30)
    file("cut-off", (good + end)[: len(entry("1.png", picture)) + 256])
    file("no-end", good)
    file("wrong-checksum", good + entry("3.png", picture, checksum=0) + end)
    file("absurd-length", good + entry("3.png", picture, length=2**63 - 1) + end)
    file("longest-length", good + entry("3.png", picture, length=2**64 - 1) + end)
    file("root", good + entry("/3.png", picture) + entry("/3.cls", b"1") + end)
    file("above", good + entry("../3.png", picture) + entry("../3.cls", b"1") + end)
    file("twice", good + entry("./1.png", picture) + entry("./1.cls", b"1") + end)
    file("link", good + entry("3.png", b"", kind=b"2", link=b"/etc/passwd") + entry("3.cls", b"1") + end)
    file("device", good + entry("3.png", b"", kind=b"3") + entry("3.cls", b"1") + end)
    file("no-class", good + entry("3.png", picture) + end)
    file("word-for-class", good + entry("3.png", picture) + entry("3.cls", b"cat") + end)
    file("negative-class", good + entry("3.png", picture) + entry("3.cls", b"-1") + end)
    file("class-too-large", good + entry("3.png", picture) + entry("3.cls", b"18446744073709551616") + end)
    file("endless-class", good + entry("3.png", picture) + entry("3.cls", b"0" * 3000) + end)
    file("escape", good + entry("\x1b[2J.png", picture) + end)
    file("text-for-image", good + entry("3.png", b"no picture") + entry("3.cls", b"1") + end)


# What else a run folder holds


CLASSES = ["cat", "elephant", "frog", "lion", "panda", "penguin", "pig", "rabbit"]  # of the embedded set
BURN = "0.22.1"  # as host/src/training/burn_internals.rs has it


def run():
    def checkpoint(name, payload, version=f"3, Burn {BURN}", checksum=None):
        checksum = zlib.crc32(payload) if checksum is None else checksum
        write(f"run/checkpoint/{name}.checkpoint", f"cutmix checkpoint {version}, crc32 {checksum:08x}\n".encode() + payload)

    begun = {
        "epoch": 0, "step": 1, "total_steps": 1, "images": 16, "sums": [0, 0], "training_seconds": 0.0, "seconds": 0.0, "metrics": [],
    }  # fmt: skip
    head = lambda **more: json.dumps({"position": begun, "bytes": [64, 64, 0, 0], **more}).encode() + b"\n"
    write("run/checkpoint/empty.checkpoint", b"")
    write("run/checkpoint/random.checkpoint", noise(1024))
    write("run/checkpoint/one-line.checkpoint", f"cutmix checkpoint 3, Burn {BURN}, crc32 00000000")
    checkpoint("wrong-checksum", head() + noise(128), checksum=0)
    checkpoint("no-header", noise(4)[:3])
    checkpoint("not-json", b"{not JSON}\n" + noise(128))
    checkpoint("deeply-nested", b'{"surprise":' + b"[" * 4000 + b"\n")
    checkpoint("model-past-the-end", head(bytes=[2**64 - 1, 64, 0, 0]) + noise(128))
    checkpoint("best-past-the-end", head(bytes=[64, 32, 16, 17]) + noise(128))
    checkpoint("negative-length", head(bytes=[-1, 64, 0, 0]) + noise(128))
    checkpoint("another-version", head() + noise(128), version="9, Burn 9.9.9")
    checkpoint("random-records", head() + noise(128))
    checkpoint("no-records", head(bytes=[0, 0, 0, 0]))
    checkpoint("step-past-the-end", head(position=begun | {"step": 2**64 - 1, "total_steps": 2**64 - 1}) + noise(128))
    checkpoint("images-past-the-end", head(position=begun | {"images": 2**64 - 1}) + noise(128))
    checkpoint("epoch-past-the-end", head(position=begun | {"epoch": 2**32 - 1}) + noise(128))

    result = {
        "test": {"loss": 2.0, "accuracy": 0.25}, "confusion": [[4 * (r == c) for c in range(8)] for r in range(8)],
        "seconds": 1.0, "images_per_second": 100.0,
    }  # fmt: skip
    file = lambda name, content: write(
        f"run/result.json/{name}.json", json.dumps(content) if isinstance(content, dict) else content
    )
    file("empty", b"")
    file("not-json", "{not JSON}")
    file("not-utf8", b'{"\xFF\xFE": 1}')
    file("deeply-nested", '{"surprise":' + "[" * 4000)
    file("null", "null")
    file("missing-value", {"test": result["test"]})
    file("number-too-large", json.dumps(result).replace("2.0", "1e999"))
    file("infinite-loss", json.dumps(result).replace("2.0", "1e300"))
    file("no-confusion", result | {"confusion": []})
    file("confusion-of-other-classes", result | {"confusion": [[1, 2], [3, 4]]})
    file("ragged-confusion", result | {"confusion": [[0] * (9 if row == 3 else 8) for row in range(8)]})
    file("overflowing-confusion", result | {"confusion": [[2**32 - 1] * 8] * 8})
    file("best-epoch-past-the-end", result | {"epochs": 2, "best_epoch": 3})
    file("an-epoch-too-few", result | {"epochs": 1})
    file("accuracy-of-two", result | {"test": {"loss": 2.0, "accuracy": 2.0}})

    data = {
        "classes": CLASSES, "size": [32, 32], "normalization": {"mean": [0.5] * 3, "deviation": [0.25] * 3},
        "train_images": 48, "validation_images": 0, "test_images": 32, "train_crc32": 0,
    }  # fmt: skip
    file = lambda name, content: write(
        f"run/data.json/{name}.json", json.dumps(content) if isinstance(content, dict) else content
    )
    scale = lambda mean, deviation: {"normalization": {"mean": mean, "deviation": deviation}}
    file("empty", b"")
    file("not-json", "{not JSON}")
    file("deeply-nested", '{"surprise":' + "[" * 4000)
    file("null", "null")
    file("no-classes", data | {"classes": []})
    file("no-size", data | {"size": [0, 0]})
    file("absurd-size", data | {"size": [65535, 65535]})
    file("no-channels", data | scale([], []))
    file("one-channel", data | scale([0.5], [0.25]))
    file("channels-that-differ", data | scale([0.5] * 3, [0.25] * 2))
    file("no-deviation", data | scale([0.5] * 3, [0.0] * 3))
    file("infinite-mean", json.dumps(data | scale([0.5] * 3, [0.25] * 3)).replace("0.5", "1e300"))
    file("class-with-escape", data | {"classes": [*CLASSES[:7], "\x1b[2J"]})

    scores = {"arm": "cutmix", "epoch": 1, "train": {"loss": 2.0, "accuracy": 0.25}, "validation": {"loss": 2.0, "accuracy": 0.25}}
    file = lambda name, content: write(
        f"run/metrics.jsonl/{name}.jsonl", content if isinstance(content, (bytes, str)) else "".join(json.dumps(line) + "\n" for line in content)
    )
    file("empty", b"")
    file("not-json", "{not JSON}\n")
    file("not-utf8", b'{"\xFF\xFE": 1}\n')
    file("deeply-nested", '{"surprise":' + "[" * 4000 + "\n")
    file("cut-off", json.dumps(scores)[:-10])
    file("an-epoch-too-few", [scores])
    file("an-epoch-twice", [scores, scores])
    file("epoch-past-the-end", [scores, scores | {"epoch": 2**32 - 1}])
    file("infinite-loss", json.dumps(scores).replace("2.0", "1e300") + "\n" + json.dumps(scores | {"epoch": 2}) + "\n")
    file("negative-accuracy", [scores, scores | {"epoch": 2, "train": {"loss": 2.0, "accuracy": -1.0}}])

    columns = "image,class,predicted\n"
    file = lambda name, content: write(f"run/predictions.csv/{name}.csv", content)
    file("empty", b"")
    file("other-columns", "name,price\nx,1\n")
    file("missing-value", columns + "0,bear\n")
    file("not-a-number", columns + "first,bear,bear\n")
    file("not-utf8", columns.encode() + b"0,\xFF\xFE,bear\n")
    file("number-too-large", columns + "18446744073709551616,bear,bear\n")
    file("other-images", columns + "0,bear,bear\n")
    file("no-such-image", columns + "4000000000,bear,cat\n")


# Masks and objects, of an image of 16×16 pixels


def scenes():
    gray = lambda pixels=bytes(256), **more: png(header(16, 16, colour=0), (b"IDAT", stored(b"".join(b"\0" + pixels[at : at + 16] for at in range(0, 256, 16)))), (b"IEND", b""))
    whole = gray()
    write("harmless/mask.png", whole)
    mask = lambda name, content: write(f"masks/{name}.png", content)
    rows_of = lambda value: stored((b"\0" + bytes([value]) * 16) * 16)
    mask("empty", b"")
    mask("text", "Dear reader, this is no mask.\n")
    mask("jpeg", jpeg(16, 16, bytes(8)))
    mask("cut-off", whole[: len(whole) // 2])
    mask("wrong-checksum", whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])
    mask("other-size", png(header(8, 32, colour=0), (b"IDAT", stored(bytes(9 * 32))), (b"IEND", b"")))
    mask("absurd-size", png(header(65535, 65535, colour=0), (b"IDAT", stored(bytes(100))), (b"IEND", b"")))
    mask("too-few-rows", png(header(16, 16, colour=0), (b"IDAT", stored(bytes(17 * 8))), (b"IEND", b"")))
    mask("no-palette", png(header(16, 16, colour=3), (b"IDAT", rows_of(0)), (b"IEND", b"")))
    mask("number-past-the-palette", png(header(16, 16, colour=3), (b"PLTE", bytes(6)), (b"IDAT", rows_of(2)), (b"IEND", b"")))
    mask("colors-beside-numbers", png(header(16, 16), (b"IDAT", stored(rows(16, 16))), (b"IEND", b"")))

    yolo = lambda name, content: write(f"yolo/{name}.txt", content)
    yolo("not-utf8", b"0 0.5 0.5 \xFF\xFE 0.5\n")
    yolo("too-few-numbers", "0 0.5 0.5 0.5\n")
    yolo("outline", "0 0.1 0.1 0.9 0.1 0.9 0.9\n")
    yolo("class-too-large", "18446744073709551616 0.5 0.5 0.5 0.5\n")
    yolo("negative-class", "-1 0.5 0.5 0.5 0.5\n")
    yolo("pixels-for-shares", "0 8 8 4 4\n")
    yolo("not-a-number", "0 0.5 NaN 0.5 0.5\n")
    yolo("infinite", "0 0.5 0.5 1e999 0.5\n")
    yolo("escape", "\x1b[2J 0.5 0.5 0.5 0.5\n")

    image = lambda name, number: {"id": number, "file_name": f"{name}.png", "width": 16, "height": 16}
    good = {"images": [image("picture", 1), image("another", 2)], "annotations": [], "categories": [{"id": 1, "name": "x"}]}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}
    coco = lambda name, content: write(f"coco/{name}.json", json.dumps(content) if isinstance(content, dict) else content)
    coco("empty", b"")
    coco("not-json", "{not JSON}")
    coco("not-utf8", b'{"images": "\xFF\xFE"}')
    coco("deeply-nested", '{"surprise":' + "[" * 4000)
    coco("null", "null")
    coco("no-images", good | {"images": []})
    coco("no-such-image", good | {"annotations": [box | {"image_id": 3}]})
    coco("no-such-category", good | {"annotations": [box | {"category_id": 2}]})
    coco("negative-width", good | {"annotations": [box | {"bbox": [1, 2, -3, 4]}]})
    coco("infinite-box", json.dumps(good | {"annotations": [box]}).replace("[1, 2, 3, 4]", "[1, 2, 1e999, 4]"))
    coco("box-of-three-numbers", good | {"annotations": [box | {"bbox": [1, 2, 3]}]})
    coco("other-size", good | {"images": [image("picture", 1) | {"width": 17}, image("another", 2)]})
    coco("image-elsewhere", good | {"images": [*good["images"], image("../outside", 3)]})
    coco("name-with-escape", good | {"images": [*good["images"], image("\x1b[2J", 3)]})
    coco("one-id-twice", good | {"images": [image("picture", 1), image("another", 1)]})


for make in [images, captures, labels, settings, weights, cifar, shards, run, scenes]:
    make()
