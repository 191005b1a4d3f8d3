"""The album: everything a handler asks of the world about photos, in one place."""

from collections.abc import Mapping
from typing import IO

from intake.gateways.photos.blobs import BlobStore, open_blobs
from intake.gateways.photos.cleaning import Cleaned, Cleaner
from intake.gateways.photos.fetching import Fetcher
from intake.gateways.photos.recognising import NoRecogniser, Recogniser, open_recogniser
from intake.settings import Settings

_THUMBNAIL = "-thumbnail"


class Album:
    """Cleans, keeps, shows and forgets photos, and fetches them from addresses."""

    def __init__(
        self, blobs: BlobStore, cleaner: Cleaner, fetcher: Fetcher, recogniser: Recogniser | None = None
    ) -> None:
        self._blobs, self._cleaner, self._fetcher = blobs, cleaner, fetcher
        self._recogniser = recogniser or NoRecogniser()

    async def clean(self, picture: bytes | IO[bytes]) -> Cleaned:
        """Make a picture anew. Raises Unusable."""
        return await self._cleaner.clean(picture)

    async def fetch(self, address: str) -> Cleaned:
        """Fetch a picture and make it anew. Raises Unusable or NotNow."""
        return await self._cleaner.clean(await self._fetcher.fetch(address))

    async def put(self, cleaned: Cleaned) -> None:
        """Keep a photo, the thumbnail first: who finds the photo finds both. Raises NotKept."""
        await self._blobs.put(cleaned.photo.photo_id + _THUMBNAIL, cleaned.thumbnail)
        await self._blobs.put(cleaned.photo.photo_id, cleaned.data)

    async def show(self, photo_id: str, *, thumbnail: bool = False) -> bytes | None:
        """Give a photo's bytes, or None. Raises NotKept."""
        return await self._blobs.get(photo_id + _THUMBNAIL if thumbnail else photo_id)

    async def see(self, picture: bytes) -> Mapping[str, float]:
        """Say what a photo shows, by label, and how sure."""
        return await self._recogniser.see(picture)

    async def forget(self, photo_id: str) -> None:
        """Delete a photo and its thumbnail. Raises NotKept."""
        await self._blobs.delete(photo_id)
        await self._blobs.delete(photo_id + _THUMBNAIL)


def open_album(settings: Settings) -> Album:
    """Open the album that the settings ask for; nothing is touched until the first photo comes."""
    key, secret = settings.photo_s3_key, settings.photo_s3_secret
    blobs = open_blobs(
        settings.photo_store, settings.photo_s3_endpoint, key, secret.get_secret_value() if secret else None
    )
    cleaner, fetcher = Cleaner(settings.photos_at_once), Fetcher(settings.photo_sources.split())
    return Album(blobs, cleaner, fetcher, open_recogniser(settings.photo_recogniser))
