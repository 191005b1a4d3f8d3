"""Pictures that agencies' systems send back: fetched there, and kept by the city, which gives a claim for each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple, Protocol

import httpx2
import orjson

from adapters.domain.news import News
from adapters.domain.pictures import MOST, MOST_BYTES, NotNow, Unusable, kind_of
from adapters.gateways.calling import TIMEOUT

_CREATED: Final = 201
_CLAIM: Final = re.compile(r"[0-9a-f]{64}\.")
"""What the city's door gave an agency that brought a picture there itself."""


class Source(Protocol):
    """Where the pictures of one agency's system are."""

    async def picture(self, name: str) -> bytes:
        """Fetch a picture by what the system calls it. Raises Unusable or NotNow."""


class Brought(NamedTuple):
    """News whose pictures are kept now, and those that could not be had: what each is called, and why."""

    news: News
    missed: Sequence[tuple[str, str]]


class Pictures:
    """Brings pictures from agencies' systems to the city's own door for them."""

    def __init__(self, sources: Mapping[str, Source], door: str) -> None:
        self._sources, self._door = sources, door.rstrip("/")
        self._client = httpx2.AsyncClient(timeout=TIMEOUT, trust_env=False)

    async def bring(self, agency: str, news: News) -> Brought:
        """Keep what the news shows; a picture that came from the city itself stays where it is.

        Raises NotNow when one cannot be had just now, for which the news may wait.
        """
        claims, missed = [name for name in news.photos if _CLAIM.match(name)], list[tuple[str, str]]()
        theirs = [name for name in news.photos if not _CLAIM.match(name) and not name.startswith(f"{self._door}/")]
        for name in theirs[:MOST]:
            try:
                claims.append(await self._keep(await self._sources[agency].picture(name)))
            except Unusable as why:
                missed.append((name, str(why)))
        missed += [(name, f"A piece of news shows {MOST} pictures at the most.") for name in theirs[MOST:]]
        left = tuple(name for name, _ in missed)
        return Brought(replace(news, photos=left, claims=tuple(claims)), missed)

    async def _keep(self, data: bytes) -> str:
        if len(data) > MOST_BYTES:
            raise Unusable(f"It is larger than {MOST_BYTES // 1_000_000} MB.")
        headers = {"content-type": kind_of(data)}
        try:
            answer = await self._client.post(f"{self._door}/photos", content=data, headers=headers)
        except (httpx2.HTTPError, OSError) as error:
            raise NotNow(f"the city's own door for pictures did not answer ({type(error).__name__})") from error
        if answer.status_code in {413, 415, 422}:
            raise Unusable("It cannot be decoded safely as a picture.")
        if answer.status_code != _CREATED:
            raise NotNow(f"the city's own door for pictures answered HTTP {answer.status_code}")
        return str(orjson.loads(answer.content)["photos"][0]["claim"])

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()
