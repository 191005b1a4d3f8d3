"""Telling, in whole profiles, how the contacts of a person are to be reached."""

from collections.abc import Iterable, Mapping
from typing import Any

from chassis.records import Cause
from chassis.transaction import Transaction
from contracts.frontends import Reporter
from contracts.intake import ContactProfile, PushAddress
from contracts.vocabulary import DeliveryChannel, Frequency
from intake import store
from intake.domain.people.accounts import Choices, chosen_profile
from intake.domain.people.contacts import profile_of
from intake.domain.people.telephone import e164, ways_to_write
from intake.store.conversations.talks import stopped_among
from intake.store.vault import mark_texts


def choices_of(row: Mapping[str, Any]) -> Choices:
    """Read what a person chose."""
    wanted = row["preferred_channel"]
    channel = DeliveryChannel(wanted) if wanted else None
    names = ("name", "language", "updates", "quiet_from", "quiet_until", "postal_address")
    return Choices(
        preferred_channel=channel,
        frequency=Frequency(row["frequency"]),
        channels=_listed(row["channels"]),
        push=PushAddress(**row["push"]) if row["push"] else None,
        surveys=None if row["surveys"] is None else _listed(row["surveys"]),
        notices=_listed(row["notices"]),
        consented_at=row["consented_at"],
        **{name: row[name] for name in names},
    )


def _listed(channels: str) -> tuple[DeliveryChannel, ...]:
    return tuple(DeliveryChannel(one) for one in channels.split())


async def retell(tx: Transaction, person_id: str, because: Cause, *, even_defaults: bool = False) -> None:
    """Publish the profiles of a person's contacts anew; nothing when nothing was ever chosen."""
    row = await store.accounts.person(tx, person_id)
    if row is None or (choices_of(row) == Choices() and not even_defaults):
        return
    refs = await store.accounts.refs_of(tx, person_id)
    for contact in await store.accounts.bump_versions(tx, refs):
        tx.publish(_profile(contact, choices_of(row)), because=because)


async def heed_texts(tx: Transaction, phone: str | None, region: str, because: Cause, *, stopped: bool) -> None:
    """Tell of every contact with this telephone that its owner wants no texts, or texts again."""
    refs = await mark_texts(tx, ways_to_write(phone, region), stopped=stopped) if phone else []
    owners = {ref: await store.accounts.owner_of(tx, ref) for ref in refs}
    for person_id in sorted({owner for owner in owners.values() if owner}):
        await retell(tx, person_id, because, even_defaults=True)
    for ref in (ref for ref, owner in owners.items() if owner is None):
        await retell_alone(tx, ref, because)


async def heeding(tx: Transaction, profiles: Iterable[ContactProfile], region: str) -> dict[str, ContactProfile]:
    """Return the profiles of new contacts, by name; they say so whose telephone wanted no texts before."""
    new = {profile.contact_ref: profile for profile in profiles}
    phones = {ref: e164(profile.phone, region) for ref, profile in new.items() if profile.phone}
    stopped = await stopped_among(tx, [phone for phone in phones.values() if phone]) if phones else set()
    silent = [ref for ref, phone in phones.items() if phone in stopped]
    return new | {ref: new[ref].model_copy(update={"texts_stopped": True}) for ref in silent}


async def retell_alone(tx: Transaction, contact_ref: str, because: Cause) -> None:
    """Publish a contact's profile as it gave it itself: it is no longer anybody's."""
    for contact in await store.accounts.bump_versions(tx, [contact_ref]):
        tx.publish(_profile(contact, Choices()), because=because)


def _profile(contact: Mapping[str, Any], chosen: Choices) -> Any:
    told = Reporter.model_construct(
        **{name: contact[name] for name in ("name", "email", "phone", "webhook_url", "language")}
    )
    profile = chosen_profile(profile_of(contact["contact_ref"], told), chosen, contact["version"])
    return profile.model_copy(update={"texts_stopped": contact["texts_stopped"]})
