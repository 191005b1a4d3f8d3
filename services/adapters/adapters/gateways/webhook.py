"""A system that is called: signed as Standard Webhooks asks. It reports by calling us; its list is read to compare."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from standardwebhooks import Webhook

from adapters.domain.news import News
from adapters.domain.order import Errand
from adapters.domain.pictures import own_address
from adapters.domain.retries import Answer, answer_of
from adapters.gateways.calling import FAILURES, Caller, failed
from adapters.gateways.reading import news_from
from adapters.gateways.system import Reading, Unreadable


class WebhookSystem:
    """Tells a system by signed calls; the call's id is the errand's, so that a second call is known for one."""

    is_watched = False
    needs_number = False

    def __init__(self, bases: Sequence[str], listing: str | None, secret: str, caller: Caller) -> None:
        self._bases, self._address, self._listing, self._caller = bases, bases[0], listing, caller
        self._signer = Webhook(secret)

    async def run(self, errand: Errand) -> Answer:
        """Call once; an answer may carry the record's number."""
        body = orjson.dumps(payload_of(errand))
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": errand.delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(errand.delivery_id, now, body.decode()),
        }
        try:
            answer = await self._caller.ask("POST", self._address, content=body, headers=headers)
        except FAILURES as error:
            return failed(error)
        return answer_of(answer.status_code, answer.headers.get("retry-after"), **_numbers(answer.content))

    async def read(self, cursor: Mapping[str, Any]) -> Reading:
        """Read nothing: this system calls."""
        return Reading((), cursor)

    async def heard(self, reading: Reading) -> None:
        """Nothing is to be said."""

    async def list_all(self, _since: datetime) -> Sequence[News]:
        """Read its own list, where it has one."""
        if not self._listing:
            raise Unreadable("this system has no list to compare with; name one in its parameters as 'list'")
        return [news_from(line) for line in await self._caller.get_json(self._listing)]

    async def picture(self, name: str) -> bytes:
        """Fetch a picture from the system's own address. Raises Unusable or NotNow."""
        return await self._caller.picture(own_address(name, self._bases))

    async def close(self) -> None:
        """Close connections."""
        await self._caller.close()


def payload_of(errand: Errand) -> dict[str, Any]:
    """Write the call's body: the whole order in their codes, and beside it what the city calls things."""
    return {
        "type": f"request.{errand.action.value}",
        "timestamp": errand.made_at.isoformat(),
        "data": {
            **errand.order,
            "reference": errand.reference,
            "number": errand.number,
            "type": errand.type_code,
            "priority": errand.priority,
            "attributes": dict(errand.fields),
        },
    }


def _numbers(content: bytes) -> dict[str, str | None]:
    """Take the numbers out of an answer that has some."""
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    found = said if isinstance(said, dict) else {}
    return {name: str(found[name]) for name in ("number", "order_number") if found.get(name)}
