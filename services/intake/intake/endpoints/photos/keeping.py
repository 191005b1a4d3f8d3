"""Sending photos, adding them to a request, and looking at them."""

from contextlib import AsyncExitStack
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from intake import handlers
from intake.domain.policy import POLICY
from intake.endpoints.photos.uploads import read_uploads
from intake.endpoints.requests.residents import Link, known
from intake.handlers import Added, Desk
from intake.schemas import AddPhotos, PhotosTaken, SuggestedTypes, Uploaded

_FILE: Final = {"type": "string", "format": "binary"}
_FORM: Final = {"type": "object", "properties": {"photos": {"type": "array", "items": _FILE}}}
UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": _FORM}, "image/*": {"schema": _FILE}},
        "description": "JPEG, PNG, WEBP, HEIC, GIF or TIFF; 20 MB and 40 million pixels at the most.",
    }
}
PICTURE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"image/jpeg": {"schema": _FILE}}}}
SAFE: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "public, max-age=86400, immutable",
}
"""A photo never changes, but it may be erased: no cache keeps it longer than a day."""
PhotoId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Claim = Annotated[str | None, Query(max_length=100, description="Of an upload that no request has yet.")]


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for photos."""
    router = APIRouter(tags=["photos"])
    add = doors.command("POST /requests/photos", partial(handlers.add_photos, desk=desk))

    @router.post("/photos", status_code=201, responses={201: {"model": Uploaded}}, openapi_extra=UPLOAD)
    async def upload_photos(request: Request, caller: Caller) -> Response:
        """Send pictures before the report: each is made anew, without any metadata, and waits a day for it."""
        allow(POLICY, caller, "photo.upload")
        async with AsyncExitStack() as stack:
            files = await read_uploads(request, stack)
            kept = [await handlers.keep_upload(doors, desk, file, caller) for file in files]
        return json_response({"photos": kept}, 201)

    @router.post("/requests/{number}/photos", status_code=201, responses={201: {"model": PhotosTaken}})
    async def add_to_request(
        number: str, body: AddPhotos, caller: Caller, link: Link, key: IdempotencyKey = None
    ) -> Response:
        """Add photos to a request: for its requester, staff, and the agency that works on it."""
        request_id, principal = await known(doors, desk, number, caller, link)
        return await add(Added(request_id, body.photos), principal, key)

    @router.get("/photos/{photo_id}", responses=PICTURE)
    async def show_photo(photo_id: PhotoId, caller: Caller, claim: Claim = None) -> Response:
        """Look at a photo of a request, or at one's own upload by its claim."""
        allow(POLICY, caller, "photo.read")
        return _picture(await handlers.show_photo(doors, desk, photo_id, claim, thumbnail=False), photo_id)

    @router.get("/photos/{photo_id}/thumbnail", responses=PICTURE)
    async def show_thumbnail(photo_id: PhotoId, caller: Caller, claim: Claim = None) -> Response:
        """Look at a photo's small copy, 320 pixels at its longer side."""
        allow(POLICY, caller, "photo.read")
        return _picture(await handlers.show_photo(doors, desk, photo_id, claim, thumbnail=True), photo_id)

    @router.get("/photos/{photo_id}/suggestions", responses={200: {"model": SuggestedTypes}})
    async def suggest_types(photo_id: PhotoId, caller: Caller, claim: Claim = None) -> Response:
        """Suggest what to report from the photo alone; the resident picks, nothing is sent by itself."""
        allow(POLICY, caller, "photo.read")
        return json_response({"suggestions": await handlers.suggest_types(doors, desk, photo_id, claim)})

    return router


def _picture(data: bytes, photo_id: str) -> Response:
    named = {"content-disposition": f'inline; filename="{photo_id[:16]}.jpg"'}
    return Response(data, media_type="image/jpeg", headers={**SAFE, **named})
