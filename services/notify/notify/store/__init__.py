"""What notify keeps: contacts' profiles, what messages say of requests, and the messages, open and settled."""

from notify.store.knowing import (
    flag,
    forget_profiles,
    keep_requests,
    know_requests,
    learn_agencies,
    learn_promises,
    offices_of,
    reach_of,
    reaches_of,
    save_profiles,
    unflag,
    words_told,
)
from notify.store.leaving import Known, come_back, forget_leavings, known_of_leaving, leave
from notify.store.links import followers_of, forget_followers, save_links
from notify.store.messages import deliveries_of, expire_intents, replace_intents, save_intents, waiting_for
from notify.store.queue import Claim, Ending, Postponement, claim_due, end_claim, postpone, settle
from notify.store.restoring import Told, drop_told, restore_settled
from notify.store.special import (
    forget_letters,
    letters_waiting,
    note_texts,
    pages_of,
    queue_letters,
    take_letter,
)
from notify.store.tables import BY_KEY, METADATA

__all__ = [
    "BY_KEY",
    "METADATA",
    "Claim",
    "Ending",
    "Known",
    "Postponement",
    "Told",
    "claim_due",
    "come_back",
    "deliveries_of",
    "drop_told",
    "end_claim",
    "expire_intents",
    "flag",
    "followers_of",
    "forget_followers",
    "forget_leavings",
    "forget_letters",
    "forget_profiles",
    "keep_requests",
    "know_requests",
    "known_of_leaving",
    "learn_agencies",
    "learn_promises",
    "leave",
    "letters_waiting",
    "note_texts",
    "offices_of",
    "pages_of",
    "postpone",
    "queue_letters",
    "reach_of",
    "reaches_of",
    "replace_intents",
    "restore_settled",
    "save_intents",
    "save_links",
    "save_profiles",
    "settle",
    "take_letter",
    "unflag",
    "waiting_for",
    "words_told",
]
