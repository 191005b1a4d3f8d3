"""Geocoding without a network: addresses read, streets found, numbers placed between their neighbours."""

from intake.domain.geocoding.addresses import Street, Written, read_address
from intake.domain.geocoding.gazetteer import Gazetteer, Row
from intake.domain.geocoding.geometry import Spot, metres
from intake.domain.geocoding.interface import Candidate, Geocoder, Near, NoGeocoder

__all__ = [
    "Candidate", "Gazetteer", "Geocoder", "Near", "NoGeocoder", "Row", "Spot", "Street", "Written", "metres",
    "read_address",
]  # fmt: skip
