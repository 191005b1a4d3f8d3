"""Where everything is: the discovery document, and the list of what can be asked for."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from chassis.errors import not_found
from chassis.http import Doors
from intake.domain.open311.views import definition_view, service_view
from intake.endpoints.open311.context import language_of, read
from intake.endpoints.open311.documents import documented
from intake.endpoints.open311.errors import Open311Route
from intake.endpoints.open311.rendering import MEDIA, rendered
from intake.handlers import Desk

CHANGESET: Final = "2026-11-20T00:00:00Z"
"""When these doors last changed."""

_SPECIFICATIONS: Final = (
    ("http://wiki.open311.org/GeoReport_v2", "/open311/v2"),
    ("http://wiki.open311.org/Inquiry_v1", "/open311/inquiry/v1"),
)


def routes(_doors: Doors, desk: Desk) -> APIRouter:
    """Open discovery and the service list."""
    router = APIRouter(route_class=Open311Route)

    @router.get("/open311/discovery.{fmt}", **documented("open311_discovery"))
    @router.get("/open311/v2/discovery.{fmt}", **documented("open311_discovery_v2"))
    async def discover(request: Request, fmt: str) -> Response:
        """Tell where each interface is, and how to get a key."""
        read(request, fmt, desk.city)
        return rendered("discovery", discovery(desk, str(request.base_url)), fmt)

    @router.get("/open311/v2/services.{fmt}", **documented("open311_services", "locale"))
    async def list_services(request: Request, fmt: str) -> Response:
        """List what can be asked for."""
        language = language_of(read(request, fmt, desk.city), desk.city)
        services = [service for service in desk.city.services.values() if service.enabled]
        return rendered("services", [service_view(service, desk.city, language) for service in services], fmt)

    @router.get("/open311/v2/services/{service_code}.{fmt}", **documented("open311_definition", "locale"))
    async def define_service(request: Request, service_code: str, fmt: str) -> Response:
        """Show what is asked for one service."""
        language = language_of(read(request, fmt, desk.city), desk.city)
        service = desk.city.services.get(service_code)
        if service is None or not service.enabled:
            raise not_found("service_code of this name")
        return rendered("service_definition", definition_view(service, language), fmt)

    return router


def discovery(desk: Desk, asked_at: str) -> dict[str, Any]:
    """Say where each interface is; without an address of our own, where it was asked."""
    profile, base = desk.city.profile, (desk.intake_base_url or asked_at).rstrip("/")
    reach = f"{profile.name}, telephone {profile.phone}" if profile.phone else profile.name
    return {
        "changeset": CHANGESET,
        "contact": reach,
        "key_service": f"API keys are given by the operators of {reach}.",
        "endpoints": [
            {
                "specification": specification,
                "url": base + path,
                "changeset": CHANGESET,
                "type": "production",
                "formats": [media.partition(";")[0] for media in MEDIA.values()],
            }
            for specification, path in _SPECIFICATIONS
        ],
    }
