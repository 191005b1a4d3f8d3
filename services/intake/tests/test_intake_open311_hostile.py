"""What a hostile or broken client may send: every answer is one of the standard's, well formed, and never a 5xx."""

import io
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlencode
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from chassis.testing import Bench
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from hostile_words import WORDS, XML

BenchFactory = Callable[..., Awaitable[Bench]]
V2 = "/open311/v2"
FORM = "application/x-www-form-urlencoded"
GOOD = {"service_code": "graffiti-removal", "address_string": "100 W 1st St", "description": "Paint."}
NAMES = (
    "service_code", "description", "lat", "long", "address_string", "address_id", "email", "phone", "first_name",
    "last_name", "device_id", "account_id", "media_url", "locale", "token", "jurisdiction_id", "attribute[x]",
    "attribute[x][]", "attribute[]", "attribute[[x]]", "attribute", "api_key",
)  # fmt: skip
QUERIES = (
    "service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size", "bbox",
    "extensions", "updated_after", "updated_before", "locale", "jurisdiction_id",
)  # fmt: skip
PATHS = (
    "requests", "requests/%00", "requests/..%2f..%2fetc", "tokens/%00", "tokens/%ff%fe", "services/%00",
    "services/%E2%80%AE", "requests/" + "9" * 5000, "requests/00000000-0000-0000-0000-000000000000", "discovery",
    "servicerequestupdates", "a" * 8000, "%2e%2e", "services/x.y.z", "requests/.json",
)  # fmt: skip
RAW: tuple[tuple[str, bytes], ...] = (
    (FORM, b"\xff\xfe\xfd"),
    (FORM, b"description=%ff%fe&service_code=other"),
    (FORM, "service_code=other&description=ñ".encode("latin-1")),
    (FORM, "service_code=other&description=x".encode("utf-16")),
    (FORM + "; charset=utf-7", b"description=+ADw-script+AD4-"),
    (FORM + "; charset=nonsense", b"description=x"),
    (FORM, b"&".join(b"a%d=1" % n for n in range(5000))),
    (FORM, b"=" * 10_000),
    (FORM, b"attribute[x" + b"[" * 5000 + b"=1"),
    ("application/json", b'{"service_code": "other"}'),
    ("application/json", b"[" * 100_000),
    *(("text/xml", document) for document in XML),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=b", b""),
    ("multipart/form-data; boundary=b", b"--b\r\nnonsense"),
    ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
    ("multipart/form-data; boundary=" + "b" * 500, b"--b\r\n"),
    ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 200_000),
    ("multipart/form-data; charset=utf-16; boundary=b",
     b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--b--\r\n'),
    ("multipart/form-data; boundary=b", b"".join(
        b'--b\r\nContent-Disposition: form-data; name="media[]"; filename="%d"\r\n\r\nx\r\n' % n for n in range(40)
    ) + b"--b--\r\n"),
    ("", b"x=1"), ("nonsense", b"x=1"), (";;;", b"x=1"),
)  # fmt: skip


def calls(key: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every hostile call: each word in each field and filter, each path, and bodies that are no forms."""
    for n, word in enumerate(WORDS):
        fmt = "json" if n % 2 else "xml"
        for name in NAMES:
            body = urlencode(GOOD | {"api_key": key} | {name: word}).encode()
            yield "POST", f"{V2}/requests.{fmt}", {"content": body, "headers": {"Content-Type": FORM}}
        for name in QUERIES:
            query = f"{name}={quote_from_bytes(word.encode('utf-8', 'surrogatepass'))[:60_000]}"
            yield "GET", f"{V2}/requests.{fmt}?{query}", {}
            yield "GET", f"{V2}/servicerequestupdates.{fmt}?{query}", {}
    for path in PATHS:
        for method in ("GET", "POST", "DELETE"):
            yield method, f"{V2}/{path}.xml", {}
    for query in ("%ff=%fe", "a=%00", "&" * 3000, "a=1&" * 3000, "start_date=9999-12-31T23:59:59-14:00"):
        yield "GET", f"{V2}/requests.xml?{query}", {}
    for kind, body in RAW:
        yield "POST", f"{V2}/requests.json?api_key={key}", {"content": body, "headers": {"Content-Type": kind}}
        yield "POST", f"{V2}/servicerequestupdates.xml", {"content": body, "headers": {"Content-Type": kind}}


@pytest.mark.requirement("CH-13")
async def test_no_hostile_call_is_answered_with_a_5xx_or_with_nonsense(
    bench_factory: BenchFactory, figure: Callable[[str], None]
) -> None:
    bench = await bench_factory(build, Settings)
    asked = {"owner": "A hostile app", "rate": 60_000}
    key = (await bench.http.post("/open311/keys", json=asked, headers=bench.token("operator"))).json()["api_key"]
    seen: Counter[int] = Counter()
    for method, path, parts in calls(key):
        answer = await bench.http.request(method, path, **parts)
        seen[answer.status_code] += 1
        assert answer.status_code in {200, 400, 403, 404}, (path[:200], str(parts)[:200], answer.text[:500])
        read = json.loads if answer.headers["content-type"].startswith("application/json") else ET.fromstring
        read(answer.content)
        assert "set-cookie" not in answer.headers
    figure(f"hostile calls at Open311: {seen.total()}, by status {dict(sorted(seen.items()))}, 5xx: 0")
    await bench.quiet()


async def test_a_picture_needs_a_good_key_and_must_be_one(bench_factory: BenchFactory) -> None:
    bench = await bench_factory(build, Settings)
    asked = {"owner": "App"}
    key = (await bench.http.post("/open311/keys", json=asked, headers=bench.token("operator"))).json()["api_key"]
    for api_key, status in (("nonsense", 403), (key, 400)):
        files = {"media[]": ("x.jpg", b"<svg onload=alert(1)>", "image/jpeg")}
        answer = await bench.http.post(f"{V2}/requests.json", data=GOOD | {"api_key": api_key}, files=files)
        assert answer.status_code == status, answer.text
    assert not bench.published("request.created")


@pytest.mark.requirement("PHO-01")
async def test_a_picture_in_the_form_is_kept_and_shown(bench_factory: BenchFactory, tmp_path: Path) -> None:
    bench = await bench_factory(build, Settings, photo_store=str(tmp_path))
    asked = {"owner": "App"}
    key = (await bench.http.post("/open311/keys", json=asked, headers=bench.token("operator"))).json()["api_key"]
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "PNG")
    files = {"media": ("x.png", picture.getvalue(), "image/png")}
    made = await bench.http.post(f"{V2}/requests.json", data=GOOD | {"api_key": key}, files=files)
    assert made.status_code == 200, made.text
    shown = (await bench.http.get(f"{V2}/requests/{made.json()[0]['service_request_id']}.json")).json()
    assert "/photos/" in shown[0]["media_url"]


async def test_the_openapi_document_names_every_open311_call_and_its_errors(bench_factory: BenchFactory) -> None:
    bench = await bench_factory(build, Settings)
    document = (await bench.http.get("/openapi.json")).json()
    paths = {path: calls for path, calls in document["paths"].items() if path.startswith(("/open311/v2", "/open311/i"))}
    assert len(paths) == 10
    for calls in paths.values():
        assert all({"200", "400", "403", "404"} <= set(call["responses"]) for call in calls.values())
