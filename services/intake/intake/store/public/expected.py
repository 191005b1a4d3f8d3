"""What may be promised at the door: of a service, and of the area in which it is asked for."""

from collections.abc import Collection, Mapping, Sequence

from chassis.sql import Row
from chassis.transaction import Reads


async def forecasts_of(reads: Reads, services: Sequence[str]) -> Mapping[str, Row]:
    """Read the city-wide forecast of each service."""
    rows = await reads.sql(
        "SELECT service_code, words, target_words, basis FROM forecast"
        " WHERE service_code = ANY($1::text[]) AND area = '*'",
        sorted(set(services)),
    )
    return {row["service_code"]: row for row in rows}


async def forecasts_at(reads: Reads, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Row]:
    """Read what may be promised of a service in an area: the area's own forecast where it has one, else the city's."""
    rows = await reads.sql(
        "SELECT g.service_code, g.area AS asked, coalesce(own.words, city.words) AS words,"
        " coalesce(own.target_words, city.target_words) AS target_words, coalesce(own.basis, city.basis) AS basis"
        " FROM unnest($1::text[], $2::text[]) AS g(service_code, area)"
        " JOIN forecast AS city ON city.service_code = g.service_code AND city.area = '*'"
        " LEFT JOIN forecast AS own ON own.service_code = g.service_code AND own.area = g.area"
        " AND own.basis ->> 'area' = own.area",
        [service for service, _ in places],
        [area for _, area in places],
    )
    return {(row["service_code"], row["asked"]): row for row in rows}
