"""The cleaning of one picture, alone in a process with little memory and time: bytes in, two new JPEGs out.

Run by path with nothing but Pillow at hand. Reads a picture from stdin; writes a line of JSON, then the JPEGs it names
by their lengths: {"width", "height", "photo", "thumbnail"}, or {"refused": why}.
"""

import io
import json
import resource
import sys
import warnings
from typing import Final

from PIL import Image

MEMORY: Final = 512 * 1024 * 1024
CPU_SECONDS: Final = 5
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "HEIF")
LONGEST_SIDE: Final = 4096
THUMBNAIL: Final = 320
QUALITY, THUMBNAIL_QUALITY = 85, 80
WHITE: Final = (255, 255, 255)
ORIENTATION: Final = 0x0112
TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its EXIF orientation."""


class Refused(Exception):  # noqa: N818 - it says what was decided
    """The picture is not kept; the message is the reason's code."""


def limit() -> None:
    """Give up what the work does not need: memory, time, files, and a core dump of somebody's picture."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def clean(data: bytes, most_pixels: int) -> tuple[Image.Image, Image.Image]:
    """Decode the first frame, make it no larger than is kept, turn it upright, and copy its pixels alone."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        if picture.width * picture.height > most_pixels:
            raise Refused("too_many_pixels")
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture.load()
        turn = TURNS.get(picture.getexif().get(ORIENTATION, 1))  # asked now: loading has turned a TIFF already
        small = _flat(_small(picture, LONGEST_SIDE))
    kept = _bare(small.transpose(turn) if turn else small)
    return kept, _small(kept, THUMBNAIL)


def _small(picture: Image.Image, side: int) -> Image.Image:
    if max(picture.size) <= side:
        return picture
    whole = picture if picture.mode in {"L", "RGB", "RGBA"} else picture.convert(_mode(picture))
    scale = side / max(whole.size)
    size = (max(1, round(whole.width * scale)), max(1, round(whole.height * scale)))
    return whole.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _mode(picture: Image.Image) -> str:
    return "RGBA" if picture.has_transparency_data else "RGB"


def _flat(picture: Image.Image) -> Image.Image:
    """Lay what is transparent on white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    whole = picture.convert("RGBA")
    ground = Image.new("RGB", whole.size, WHITE)
    ground.paste(whole, mask=whole.getchannel("A"))
    return ground


def _bare(picture: Image.Image) -> Image.Image:
    """Copy the pixels into a picture that has never seen the file: no comment or profile can come along."""
    return Image.frombytes("RGB", picture.size, picture.tobytes())


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """Write a JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def answer(data: bytes, most_pixels: int) -> bytes:
    """Clean a picture and write the answer."""
    kept, small = clean(data, most_pixels)
    photo, thumbnail = jpeg(kept, QUALITY), jpeg(small, THUMBNAIL_QUALITY)
    head = {"width": kept.width, "height": kept.height, "photo": len(photo), "thumbnail": len(thumbnail)}
    return json.dumps(head).encode() + b"\n" + photo + thumbnail


def main() -> None:
    """Clean what comes on stdin. Whatever goes wrong in a decoder, the picture is what is refused."""
    limit()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = most_pixels = int(sys.argv[1])
    if "HEIF" in sys.argv[2:]:
        from pillow_heif import register_heif_opener  # noqa: PLC0415 - a large library that few pictures need

        register_heif_opener(thumbnails=False, decode_threads=1)
    try:
        said = answer(sys.stdin.buffer.read(), most_pixels)
    except Refused as why:
        said = json.dumps({"refused": str(why)}).encode()
    except MemoryError:
        said = b'{"refused": "too_large"}'
    except (OSError, ValueError, SyntaxError, ArithmeticError, LookupError, TypeError, AttributeError, RuntimeError):
        said = b'{"refused": "not_decodable"}'
    except Image.DecompressionBombError:
        said = b'{"refused": "too_many_pixels"}'
    sys.stdout.buffer.write(said)


if __name__ == "__main__":
    main()
