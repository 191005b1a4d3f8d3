"""Pictures made at run time: honest ones that carry secrets beside their pixels, and hostile ones."""

import io
import random
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin
from pillow_heif import register_heif_opener

register_heif_opener()
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "GIF", "TIFF")
CANARY = b"canary-7f3a-nobody-may-see-this"


def plain(kind: str, size: tuple[int, int] = (96, 64), **options: Any) -> bytes:
    """Make a picture whose left half is red and right half is blue."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def laden(kind: str) -> bytes:
    """Make a picture with everything beside its pixels that the format can carry, and bytes after its end."""
    exif = Image.Exif()
    text = CANARY.decode()
    exif[0x010E] = exif[0x9286] = exif[0x010F] = exif[0x0110] = text
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 3.0, 8.1), 3: "W", 4: (118.0, 14.0, 37.2), 29: text})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + CANARY
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + CANARY + b"</x:xmpmeta>"
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text)
    info.add_itxt("XML:com.adobe.xmp", xmp.decode())
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[700] = text, xmp
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"exif": exif, "icc_profile": profile, "xmp": xmp, "comment": CANARY},
        "PNG": {"exif": exif, "icc_profile": profile, "pnginfo": info},
        "WEBP": {"exif": exif, "icc_profile": profile, "xmp": xmp},
        "HEIF": {"exif": exif.tobytes(), "xmp": xmp},
        "GIF": {"comment": CANARY, "xmp": xmp},
        "TIFF": {"tiffinfo": tags, "icc_profile": profile},
    }
    return plain(kind, **options[kind]) + CANARY


def png(
    width: int, height: int, *more: tuple[bytes, bytes], rows: bytes | None = None, packed: bytes | None = None
) -> bytes:
    """Write a one-bit PNG by hand, with chunks of any kind after its head."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = packed or zlib.compress(bytes((width + 7) // 8 + 1) * height if rows is None else rows, 9)
    parts = ((b"IHDR", head), *more, (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _resized(picture: bytes, mark: bytes, offset: int, size: bytes) -> bytes:
    """Lie about a picture's size in its head."""
    at = picture.index(mark) + offset
    return picture[:at] + size + picture[at + len(size) :]


def frames(kind: str, count: int) -> bytes:
    """Make a picture that moves."""
    pictures = [Image.new("RGB", (64, 64), (n % 256, 90, 0)) for n in range(count)]
    out = io.BytesIO()
    pictures[0].save(out, kind, save_all=True, append_images=pictures[1:])
    return out.getvalue()


def strangers() -> Iterator[tuple[str, bytes]]:
    """Things that are no pictures at all."""
    entities = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'
    heads = {
        "empty": b"", "one byte": b"\xff", "text": b"hello", "html": b"<html><script>alert(1)</script>",
        "svg": b"<svg/>",
        "svg with entities": entities, "zip": b"PK\x03\x04" + bytes(64), "pdf": b"%PDF-1.7\n", "elf": b"\x7fELF\x02",
        "exe": b"MZ" + bytes(60), "bmp": b"BM" + bytes(60), "ico": b"\x00\x00\x01\x00\x01\x00", "psd": b"8BPS\x00\x01",
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n", "wav": b"RIFF\x24\x00\x00\x00WAVEfmt ", "gzip": b"\x1f\x8b\x08",
        "mp4": b"\x00\x00\x00\x18ftypmp42" + bytes(12), "avif": b"\x00\x00\x00\x18ftypavif" + bytes(12),
        "jpeg 2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jxl": b"\xff\x0a" + bytes(20), "gif 88": b"GIF88a" + bytes(20),
        "wmf": b"\xd7\xcd\xc6\x9a" + bytes(20), "fits": b"SIMPLE  =", "tga": bytes(18), "pcx": b"\x0a\x05\x01\x08",
    }  # fmt: skip
    yield from heads.items()


@cache
def bombs() -> Sequence[tuple[str, bytes]]:
    """Small files that ask for much."""
    return tuple(_bombs())


def _bombs() -> Iterator[tuple[str, bytes]]:
    nothing = zlib.compress(bytes(100_000_000), 1)
    jpeg, gif, webp = plain("JPEG"), plain("GIF"), plain("WEBP", lossless=True)
    vp8l = webp.index(b"VP8L") + 9
    yield "png 9000x9000", png(9000, 9000)
    yield "png one pixel too many", png(8001, 5000)
    yield "png of nothing", png(0, 0)
    yield "png that is a line", png(40_000_001, 1, rows=b"")
    yield "png that says 2^31", png(2**31 - 1, 2**31 - 1, rows=b"")
    yield "png with a text of 100 MB", png(8, 8, (b"zTXt", b"a\x00\x00" + nothing))
    yield "png with a profile of 100 MB", png(8, 8, (b"iCCP", b"a\x00\x00" + nothing))
    yield "png with 100 MB behind its pixels", png(8, 8, packed=nothing)
    yield "jpeg that says 65500x65500", _resized(jpeg, b"\xff\xc0", 5, struct.pack(">HH", 65_500, 65_500))
    yield "jpeg without height", _resized(jpeg, b"\xff\xc0", 5, bytes(2))
    yield "gif that says 65535x65535", gif[:6] + b"\xff\xff\xff\xff" + gif[10:]
    yield "gif of 400 frames", frames("GIF", 400)
    yield "gif with a frame larger than its screen", _resized(gif, b"\x2c", 5, b"\xff\xff\xff\xff")
    yield "webp that says 16384x16384", webp[:vp8l] + b"\xff\xff\xff\x0f" + webp[vp8l + 4 :]
    yield "apng", frames("PNG", 40)
    yield "tiff whose directory leads to itself", b"II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00"
    yield "tiff that says 2^31", _tiff(2**31 - 1)
    yield "tiff of 7000x7000", _tiff(7000)
    yield "heif that is only a head", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
    yield "jpeg that is a script", b"\xff\xd8\xff\xe0<script>alert(1)</script>"
    yield "jpeg that is only a head", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"


def _tiff(side: int) -> bytes:
    tags = ((256, side), (257, side), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, side), (279, 16))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(tags)) + entries + bytes(4)


def broken() -> Iterator[tuple[str, bytes]]:
    """Pictures cut short, bent, and grown together with something else."""
    dice = random.Random(311)
    for kind in FORMATS:
        whole = plain(kind)
        yield f"{kind} cut in half", whole[: len(whole) // 2]
        yield f"{kind} without its last bytes", whole[:-7]
        yield f"{kind} and a zip", laden(kind) + b"PK\x03\x04" + CANARY
        yield f"{kind} and a page", plain(kind) + b"<html><script>" + CANARY
        yield f"{kind} bent", _bent(whole, dice, 12)
        yield f"{kind} bent badly", _bent(whole, dice, 60)


def _bent(data: bytes, dice: random.Random, count: int) -> bytes:
    bent = bytearray(data)
    for at in dice.choices(range(12, len(bent)), k=count):
        bent[at] = dice.randrange(256)
    return bytes(bent)


def hostile() -> Sequence[tuple[str, bytes]]:
    """List the whole corpus."""
    return (*strangers(), *bombs(), *broken())
