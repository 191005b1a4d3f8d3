"""What intake does: load facts, decide, save and publish."""

from intake.handlers.agencies.closings import Span, show_exceptions, show_rates, show_refusals
from intake.handlers.agencies.confirming import Confirming, confirm_closings, list_held
from intake.handlers.agencies.crewviews import show_changes, show_item, show_queue_of
from intake.handlers.agencies.details import read_details
from intake.handlers.agencies.diverting import follow_diversions
from intake.handlers.agencies.reporting import WAITING, refuse_waiting, take_agency_reports
from intake.handlers.agencies.verifying import Look, list_verifications, verify_work
from intake.handlers.agencies.workdesk import Deeds, alone, work
from intake.handlers.center.contacts import Begun, ContactHappening, begin_contacts, note_events, queue_contact
from intake.handlers.center.watching import Feedback, log_feedback, read_feedback, show_contact, show_queue, show_waits
from intake.handlers.conversations import (
    FORGET,
    Spoken,
    answer_of,
    converse,
    forget_talks,
    look_up,
    note_transcripts,
    read_talk,
)
from intake.handlers.desk import Desk
from intake.handlers.drafts.drafting import (
    FORGETTING,
    Another,
    Drafted,
    begin_another,
    begin_drafts,
    continue_drafts,
    forget_drafts,
    show_draft,
    submit_drafts,
)
from intake.handlers.duplicates.linking import (
    Kinship,
    find_duplicates,
    link_requests,
    list_duplicates,
    tell_apart,
)
from intake.handlers.life.disputes import Ruling, follow_survey_answers, rule_disputes, take_disputes
from intake.handlers.life.following import (
    follow_articles,
    follow_assignments,
    follow_forecasts,
    follow_notifications,
    follow_promises,
)
from intake.handlers.life.stepping import STEPPING, take_steps
from intake.handlers.photos.darkroom import Darkroom
from intake.handlers.photos.keeping import (
    Added,
    KeptPhoto,
    add_photos,
    ask_photo,
    keep_photo,
    keep_upload,
    show_photo,
    suggest_types,
)
from intake.handlers.places import Correction, correct_places, find_places, list_unverified, place_at
from intake.handlers.public.views import (
    find_request,
    list_disputes,
    list_requests,
    read_cursor,
    show_catalog,
    show_request,
)
from intake.handlers.requests.amending import Amending, amend_requests
from intake.handlers.requests.appointments import Booking, change_appointments, show_slots
from intake.handlers.requests.followers import Following, follow_requests
from intake.handlers.requests.residents import Asked, cancel_requests, write_messages
from intake.handlers.requests.taking import take_new_requests, take_submissions

__all__ = [
    "FORGET",
    "FORGETTING",
    "STEPPING",
    "WAITING",
    "Added",
    "Amending",
    "Another",
    "Asked",
    "Begun",
    "Booking",
    "Confirming",
    "ContactHappening",
    "Correction",
    "Darkroom",
    "Deeds",
    "Desk",
    "Drafted",
    "Feedback",
    "Following",
    "KeptPhoto",
    "Kinship",
    "Look",
    "Ruling",
    "Span",
    "Spoken",
    "add_photos",
    "alone",
    "amend_requests",
    "answer_of",
    "ask_photo",
    "begin_another",
    "begin_contacts",
    "begin_drafts",
    "cancel_requests",
    "change_appointments",
    "confirm_closings",
    "continue_drafts",
    "converse",
    "correct_places",
    "find_duplicates",
    "find_places",
    "find_request",
    "follow_articles",
    "follow_assignments",
    "follow_diversions",
    "follow_forecasts",
    "follow_notifications",
    "follow_promises",
    "follow_requests",
    "follow_survey_answers",
    "forget_drafts",
    "forget_talks",
    "keep_photo",
    "keep_upload",
    "link_requests",
    "list_disputes",
    "list_duplicates",
    "list_held",
    "list_requests",
    "list_unverified",
    "list_verifications",
    "log_feedback",
    "look_up",
    "note_events",
    "note_transcripts",
    "place_at",
    "queue_contact",
    "read_cursor",
    "read_details",
    "read_feedback",
    "read_talk",
    "refuse_waiting",
    "rule_disputes",
    "show_catalog",
    "show_changes",
    "show_contact",
    "show_draft",
    "show_exceptions",
    "show_item",
    "show_photo",
    "show_queue",
    "show_queue_of",
    "show_rates",
    "show_refusals",
    "show_request",
    "show_slots",
    "show_waits",
    "submit_drafts",
    "suggest_types",
    "take_agency_reports",
    "take_disputes",
    "take_new_requests",
    "take_steps",
    "take_submissions",
    "tell_apart",
    "verify_work",
    "work",
    "write_messages",
]  # fmt: skip
