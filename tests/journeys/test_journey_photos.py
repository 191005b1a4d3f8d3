"""Photos on the real platform: with the report, added later, by the crew; nothing but pixels is kept or shown."""

import io
import os
from typing import Any

import pytest
from people import Life
from PIL import Image
from town import Town, eventually

from contracts.intake import Evidence
from contracts.vocabulary import Disposition, EvidenceKind


def picture(canary: str) -> bytes:
    """Take a picture as a telephone does, with words and a place beside its pixels."""
    exif = Image.Exif()
    exif[0x010E] = canary
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 3.0, 8.1), 29: canary})
    out = io.BytesIO()
    shade = tuple(os.urandom(3))
    Image.new("RGB", (640, 480), (shade[0], shade[1], shade[2])).save(out, "JPEG", exif=exif, comment=canary.encode())
    return out.getvalue()


def upload(town: Town, data: bytes) -> dict[str, Any]:
    """Send a picture, as the web page does."""
    files = {"photos": ("IMG_0311.jpg", data, "image/jpeg")}
    answer = town.ask("POST", town.url("intake", "/photos"), files=files)
    assert answer.status_code == 201, answer.text
    photo: dict[str, Any] = answer.json()["photos"][0]
    return photo


@pytest.mark.requirement("PHO-01", "PHO-04", "PHO-05")
def test_photos_go_from_the_resident_to_the_crew_and_from_the_crew_to_the_resident(town: Town) -> None:
    canary = f"canary-{os.urandom(12).hex()}"
    first, later, done = (upload(town, picture(canary)) for _ in range(3))
    life = Life(town)
    with town.agencies_asleep():
        life.report(photos=[first["claim"]])
        agency = life.assigned()
        notice, _ = life.notice(agency, "assigned")
        assert [photo["photo_id"] for photo in notice["photos"]] == [first["photo_id"]]
        life.through_link("photos", photos=[later["claim"], "http://127.0.0.1:9/inside.jpg"])
        notice, _ = life.notice(agency, "amended")
        assert [photo["photo_id"] for photo in notice["photos"]] == [first["photo_id"], later["photo_id"]]
        life.until_entry("photo_refused")
        number = life.taken["tracking_number"]
        address, body = town.url("intake", f"/requests/{number}/photos"), {"photos": [done["claim"]]}
        assert town.ask("POST", address, json=body, role="agency", agency=agency).status_code == 201
        shows = (Evidence(kind=EvidenceKind.PHOTO, reference=done["photo_id"]),)
        life.finish(agency, disposition=Disposition.FIXED, evidence=shows)
        shown = life.until(status="closed")
    assert shown["evidence"][0]["reference"] == done["photo_id"]
    photos = {photo["photo_id"]: photo["url"] for photo in shown["photos"]}
    assert set(photos) == {one["photo_id"] for one in (first, later, done)}
    seen = [town.ask("GET", url) for url in photos.values()]
    assert all(answer.headers["x-content-type-options"] == "nosniff" for answer in seen)
    assert not any(canary.encode() in answer.content for answer in seen)
    kept = [path for path in (town.place.run / "photos").rglob("*") if path.is_file()]
    assert len(kept) >= 6
    assert not any(canary.encode() in path.read_bytes() for path in kept)


@pytest.mark.requirement("PHO-01")
def test_a_photo_waits_through_the_death_of_intake(town: Town) -> None:
    photo = upload(town, picture("x"))
    town.until_back("intake", town.kill("intake"))
    life = Life(town).report(photos=[photo["claim"]])
    shown = eventually(lambda: life.view().get("photos"), "the photo in the public view")
    assert town.ask("GET", shown[0]["thumbnail_url"]).status_code == 200
