"""Cleaning: real pictures in, nothing but pixels out; hostile ones refused within memory and time."""

import asyncio
import io
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image

from intake.gateways.photos import Cleaner, Unusable
from intake.gateways.photos.cleaning import WALL_SECONDS, WORKER
from intake.gateways.photos.jpeg import bare_size

sys.path.insert(0, str(Path(__file__).parent))
import pictures

FOREIGN = (pictures.CANARY, b"Exif", b"GPS", b"ICC_PROFILE", b"acsp", b"xmpmeta", b"http", b"PK\x03\x04", b"<script")
MEASURE = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-I", *sys.argv[1:]], stdin=sys.stdin, stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss // 1024, used.ru_utime + used.ru_stime)
"""


@pytest.mark.requirement("PHO-01")
@pytest.mark.parametrize("kind", pictures.FORMATS)
async def test_nothing_but_pixels_comes_out(kind: str) -> None:
    laden = pictures.laden(kind)
    assert pictures.CANARY in laden
    cleaned = await Cleaner().clean(laden)
    for data in (cleaned.data, cleaned.thumbnail):
        assert bare_size(data) is not None
        assert [foreign for foreign in FOREIGN if foreign in data] == []
    with Image.open(io.BytesIO(cleaned.data), formats=["JPEG"]) as shown:
        assert shown.size == (96, 64) == (cleaned.photo.width, cleaned.photo.height)
        assert not shown.getexif()
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
        red, blue = shown.getpixel((10, 30)), shown.getpixel((85, 30))
    assert red[0] > 200 > blue[0]  # type: ignore[index]
    print(f"\n{kind}: {len(laden)} bytes in, {len(cleaned.data)} out, 0 foreign")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(("turn", "red_at"), [(1, (0.1, 0.5)), (3, (0.9, 0.5)), (6, (0.5, 0.1)), (8, (0.5, 0.9))])
async def test_a_photo_is_upright(kind: str, turn: int, red_at: tuple[float, float]) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    cleaned = await Cleaner().clean(pictures.plain(kind, exif=exif))
    with Image.open(io.BytesIO(cleaned.data)) as shown:
        assert shown.size == ((96, 64) if turn in {1, 3} else (64, 96))
        pixel = shown.getpixel((int(red_at[0] * shown.width), int(red_at[1] * shown.height)))
    assert pixel[0] > 200 > pixel[2]  # type: ignore[index]


async def test_a_large_photo_becomes_smaller_and_its_thumbnail_small() -> None:
    cleaned = await Cleaner().clean(pictures.plain("JPEG", (5000, 2500)))
    assert (cleaned.photo.width, cleaned.photo.height) == (4096, 2048)
    assert bare_size(cleaned.thumbnail) == (320, 160)


async def test_the_same_picture_has_the_same_name() -> None:
    first, second = [await Cleaner().clean(pictures.laden("PNG")) for _ in range(2)]
    assert first.photo == second.photo


async def test_what_is_transparent_is_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    cleaned = await Cleaner().clean(out.getvalue())
    with Image.open(io.BytesIO(cleaned.data)) as shown:
        assert shown.getpixel((5, 5)) == (255, 255, 255)


async def test_too_many_bytes_are_refused_before_anything_looks_at_them() -> None:
    with pytest.raises(Unusable, match="20 MB") as refused:
        await Cleaner().clean(pictures.plain("JPEG") + bytes(20_000_000))
    assert refused.value.status == 413


@pytest.mark.timeout(300)
async def test_hostile_pictures_are_refused_or_leave_nothing_of_themselves(figure: Callable[[str], None]) -> None:
    corpus, cleaner, turns = pictures.hostile(), Cleaner(), asyncio.Semaphore(2)
    assert len(corpus) >= 80

    async def judged(name: str, data: bytes) -> tuple[str, float, str]:
        async with turns:
            started = time.perf_counter()
            return await outcome(cleaner, name, data), time.perf_counter() - started, name

    judgements = await asyncio.gather(*(judged(name, data) for name, data in corpus))
    came_of_it = Counter(said for said, _, _ in judgements)
    _, seconds, name = max(judgements, key=lambda one: one[1])
    slowest = f"slowest {name!r}, {seconds:.2f} s"
    figure(f"hostile pictures: {len(corpus)}, {dict(sorted(came_of_it.items()))}, crashed 0; {slowest}")
    assert set(came_of_it) == {"refused 413", "refused 415", "refused 422", "cleaned"}
    assert seconds < WALL_SECONDS


async def outcome(cleaner: Cleaner, name: str, data: bytes) -> str:
    try:
        cleaned = await cleaner.clean(data)
    except Unusable as why:
        return f"refused {why.status}" if str(why).endswith(".") else f"refused {name} without a sentence"
    for made in (cleaned.data, cleaned.thumbnail):
        assert bare_size(made) is not None, name
        assert [foreign for foreign in FOREIGN if foreign in made] == [], name
    return "cleaned"


@pytest.mark.parametrize("name", ["9000x9000", "39 million pixels", "text of 100 MB"])
def test_a_worker_stays_within_its_memory_and_time(name: str, tmp_path: Path) -> None:
    made = {"39 million pixels": lambda: pictures.plain("PNG", (7800, 5000))}
    given = dict(pictures.bombs()) if name not in made else {name: made[name]()}
    (data,) = (data for known, data in given.items() if name in known)
    (tmp_path / "picture").write_bytes(data)
    with (tmp_path / "picture").open("rb") as stdin:
        said = subprocess.check_output([sys.executable, "-c", MEASURE, str(WORKER), "40000000"], stdin=stdin)
    megabytes, seconds = said.split()
    assert int(megabytes) < 512
    assert float(seconds) < 5.5
    print(f"\n{name}: {len(data)} bytes in; peak {int(megabytes)} MB, {float(seconds):.2f} s of processor")


async def test_those_who_wait_for_their_turn_hold_no_memory() -> None:
    """Fourteen uploads of 19 MB at once grow this process by a few of them, not by all."""
    picture = pictures.plain("JPEG") + bytes(19_000_000)
    cleaner = Cleaner()
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(14)]
        for file in files:
            file.write(picture)
            file.seek(0)
        before = _forget_peak()
        cleaned = await asyncio.gather(*(cleaner.clean(file) for file in files))
    grown = _megabytes("VmHWM") - before
    assert len({one.photo.photo_id for one in cleaned}) == 1
    assert 10 < grown < 180
    print(f"\n14 uploads of 19 MB at once: this process grew by {grown} MB")


def _forget_peak() -> int:
    """Start this process's peak memory anew, and give what it has now in MB."""
    peak = Path("/proc/self/clear_refs")
    if not peak.exists():
        pytest.skip("this system does not tell a process's peak memory anew")
    peak.write_text("5")
    return _megabytes("VmRSS")


def _megabytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(f"{name}:"))


def test_a_worker_that_would_need_more_is_stopped() -> None:
    greedy = "import runpy; w = runpy.run_path({!r}); w['limit'](); bytearray(600_000_000)"
    ended = subprocess.run([sys.executable, "-c", greedy.format(str(WORKER))], capture_output=True, check=False)
    assert b"MemoryError" in ended.stderr


def test_a_worker_writes_no_file(tmp_path: Path) -> None:
    nosy = "import runpy; w = runpy.run_path({!r}); w['limit'](); open({!r}, 'w').write('x' * 100)"
    told = nosy.format(str(WORKER), str(tmp_path / "out"))
    subprocess.run([sys.executable, "-c", told], capture_output=True, check=False)
    assert (tmp_path / "out").stat().st_size == 0


def test_a_jpeg_with_anything_else_in_it_is_not_bare() -> None:
    bare = pictures.plain("JPEG")
    assert bare_size(bare) == (96, 64)
    comment = b"\xff\xfe\x00\x06abcd"
    others = (b"", b"\xff\xd8\xff\xd9", pictures.laden("JPEG"))
    for foul in (bare + b"x", bare[:2] + comment + bare[2:], bare[:-2], *others):
        assert bare_size(foul) is None
    assert json.dumps(bare_size(pictures.plain("JPEG", progressive=True))) == "[96, 64]"
