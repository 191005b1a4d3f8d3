"""The doors of survey: the form behind its link, and results for staff."""

from fastapi import APIRouter

from chassis.http import Doors
from contracts.city import City
from survey.endpoints import feedback, forms, staff


def routes(doors: Doors, city: City, link_key: str) -> APIRouter:
    """Make the routes of survey."""
    router = APIRouter()
    router.include_router(forms.routes(doors, city, link_key))
    router.include_router(staff.routes(doors, city))
    router.include_router(feedback.routes(doors, city, link_key))
    return router


__all__ = ["routes"]
