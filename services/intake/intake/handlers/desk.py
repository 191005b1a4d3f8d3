"""What every handler of the front desk is given: the city, and how links are made."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from chassis.choosing import open_choice
from chassis.gate import open_limiter
from chassis.limiting import Limiter
from chassis.links import sign, verify
from contracts.city import City
from contracts.intake import Photo
from intake.domain.places.locating import Places
from intake.gateways.codes import CodePost
from intake.gateways.gazetteer import open_places
from intake.gateways.knowledge import Knowledge
from intake.gateways.photos import Album, open_album
from intake.gateways.reader import Reader
from intake.handlers.public.listeners import Listeners
from intake.settings import Settings

PURPOSE = "manage"
_AUTHOR = "feedback author"
"""What survey knows the author of feedback by."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One city's front desk. `link_key` signs links; `web_base_url` is where residents follow a request."""

    city: City
    link_key: str
    web_base_url: str
    album: Album
    places: Places
    intake_base_url: str = ""
    codes: CodePost | None = None
    limiter: Limiter = field(default_factory=lambda: Limiter("none"))
    settings: Settings | None = None
    listeners: Listeners = field(default_factory=lambda: Listeners(0, 0))
    knowledge: Knowledge = field(default_factory=lambda: Knowledge(Settings.model_construct()))
    reader: Reader = field(kw_only=True)
    letters_due: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def open(cls, city: City, settings: Settings) -> Self:
        """Open the desk that the settings ask for."""
        key, places = settings.link_key.get_secret_value(), open_places(city, settings.gazetteer)
        machines, codes = settings.intake_base_url, CodePost(settings)
        limiter = open_limiter(settings)
        live, choice = Listeners(settings.live_connections, settings.live_connections_each), open_choice(settings)
        knowledge, reader = Knowledge(settings, choice), Reader(city, choice)
        album, web = open_album(settings), settings.web_base_url
        return cls(city, key, web, album, places, machines, codes, limiter, settings, live, knowledge,
                   reader=reader)  # fmt: skip

    def status_url(self, tracking_number: str) -> str:
        """Where everybody may follow a request."""
        return f"{self.web_base_url}/requests/{tracking_number}"

    def process_url(self, service_code: str) -> str | None:
        """Where the steps of the work on a service are shown, where anybody shows them."""
        known = self.city.onboarding.get(service_code)
        base = self.settings.process_base_url if self.settings else None
        return f"{base}/services/{service_code}/process.html" if base and known and known.process else None

    def manage_link(self, request_id: object, tracking_number: str, contact_ref: str) -> str:
        """Where this contact alone may write, cancel or dispute."""
        token = sign(self.link_key, PURPOSE, f"{request_id}:{contact_ref}")
        return f"{self.status_url(tracking_number)}?contact={contact_ref}&token={token}"

    def shown_photo(self, photo: Photo) -> dict[str, Any]:
        """Tell everybody where a photo is, and how large."""
        url = f"{self.web_base_url}/photos/{photo.photo_id}"
        size = {"width": photo.width, "height": photo.height}
        return {"photo_id": photo.photo_id, "url": url, "thumbnail_url": f"{url}/thumbnail", **size}

    def words_url(self, comment_ref: str | None) -> str | None:
        """Where an agency reads the masked words of a comment."""
        base = self.settings.survey_base_url if self.settings else ""
        return f"{base}/comments/{comment_ref}" if comment_ref else None

    def feedback_link(self, language: str, contact_ref: str | None = None, **known: str | None) -> str:
        """Where somebody says how it goes; a known contact need not say again who they are."""
        base = self.settings.survey_base_url if self.settings else ""
        if contact_ref:
            known |= {"contact": contact_ref, "token": sign(self.link_key, _AUTHOR, contact_ref)}
        return f"{base}/feedback/form?" + urlencode({name: v for name, v in {"lang": language, **known}.items() if v})

    def knows(self, request_id: object, contact_ref: str, token: str) -> bool:
        """Tell whether a link's token was made for this contact and request."""
        return verify(self.link_key, PURPOSE, f"{request_id}:{contact_ref}", token)


def wrapped(texts: Sequence[str]) -> str:
    """Write a list of codes or ids into one text column."""
    return " ".join(texts)


Facts = dict[str, Any]
