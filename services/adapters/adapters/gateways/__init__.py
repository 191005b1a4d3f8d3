"""Agencies' own systems, whatever they are; made from the city's word and the settings."""

from collections.abc import Callable, Mapping
from typing import Final

from adapters.gateways.calling import Album, Caller
from adapters.gateways.files import FileSystem
from adapters.gateways.odata import OData
from adapters.gateways.open311 import Access, Open311System
from adapters.gateways.pictures import Brought, Pictures
from adapters.gateways.sap import OwnFields, SapSystem
from adapters.gateways.sap_orders import SapOrders
from adapters.gateways.system import Reading, System, Unreadable
from adapters.gateways.webhook import WebhookSystem
from adapters.settings import Settings
from contracts.city import Adapter, City

__all__ = ["Album", "Brought", "Pictures", "Reading", "System", "Unreadable", "open_systems"]

TEST_SECRET: Final = "whsec_b25seS1mb3ItdGVzdHMtbm90LWEtc2VjcmV0"  # noqa: S105 - where none is set, and for tests


def open_systems(city: City, settings: Settings, album: Album) -> Mapping[str, System]:
    """Make the way into each agency's system; connections are made when first needed."""
    return {slug: _MAKERS[adapter.kind](_At(adapter, settings), album) for slug, adapter in city.adapters.items()}


class _At:
    """One adapter as the settings complete it."""

    def __init__(self, adapter: Adapter, settings: Settings) -> None:
        self.parameters, self.settings = adapter.parameters, settings
        self.duplicate_field = adapter.mapping.duplicate_field
        self.has_orders = adapter.mapping.orders is not None
        address = settings.adapter_addresses.get(adapter.agency, adapter.address)
        is_path = adapter.kind != "files" and "://" not in address
        self.address = f"{settings.systems_base_url}/{address}" if is_path else address
        given = settings.adapter_secrets.get(adapter.agency)
        self.secret = given.get_secret_value() if given else None

    def caller(self) -> Caller:
        return Caller(allow_private=self.settings.allow_private_systems, at_once=self.settings.adapter_calls)

    @property
    def bases(self) -> list[str]:
        """Where the system's own documents lie: its address, and that of its pictures where it names another."""
        media = self.parameters.get("media")
        return [self.address, *([media] if media else [])]

    def parameter(self, name: str) -> str | None:
        """Give a parameter of the system's own."""
        return self.parameters.get(name)


def _webhook(at: _At, _album: Album) -> System:
    listing = at.parameter("list")
    return WebhookSystem(at.bases, f"{at.address}{listing}" if listing else None, at.secret or TEST_SECRET, at.caller())


def _open311(at: _At, _album: Album) -> System:
    return Open311System(at.bases, Access(at.parameter("jurisdiction_id"), at.secret, at.duplicate_field), at.caller())


def _sap(at: _At, album: Album) -> System:
    odata = OData(at.address, at.parameter("user") or "RELAY311", at.secret or "", at.caller())
    fields = OwnFields(at.parameter("words_field"), at.duplicate_field)
    orders = SapOrders(odata, at.parameter("plant")) if at.has_orders else None
    return SapSystem(odata, at.parameters, fields, album, orders)


def _files(at: _At, album: Album) -> System:
    return FileSystem(at.settings.adapter_folder / at.address, album)


_MAKERS: Final[Mapping[str, Callable[[_At, Album], System]]] = {
    "webhook": _webhook,
    "open311": _open311,
    "sap_pm": _sap,
    "files": _files,
}
