"""The doors of survey: the form behind its link, and results for staff."""

from fastapi import APIRouter

from chassis.gate import Gate
from chassis.http import Doors
from contracts.city import City
from survey.endpoints import feedback, forms, results, spoken, staff


def routes(doors: Doors, city: City, gate: Gate, link_key: str) -> APIRouter:
    """Make the routes of survey."""
    router = APIRouter()
    router.include_router(forms.routes(doors, city, link_key))
    router.include_router(spoken.routes(doors, city))
    router.include_router(results.routes(doors, city))
    router.include_router(staff.routes(doors, city))
    router.include_router(feedback.routes(doors, city, gate, link_key))
    return router
