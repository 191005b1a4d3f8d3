"""The page of what the city sent by which channel, and how many of each; readable without JavaScript."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

from relay311_local.mail.pages import page
from relay311_local.providers import Book

_NAMES: Final = {"sms": "Text messages", "voice": "Calls", "push": "Notices to browsers", "webhook": "Webhooks"}
_SHOWN: Final = 50
_LONGEST: Final = 400


def sent_page(book: Book, posts: Sequence[Mapping[str, Any]], posted: int) -> str:
    """Show the newest of each channel.

    >>> book = Book()
    >>> _ = book.put("sms", "", {"to": "+12135550142", "text": "<b>Done</b>"})
    >>> "Text messages: 1" in sent_page(book, [], 0), "&lt;b&gt;" in sent_page(book, [], 0)
    (True, True)
    """
    parts = [_part(name, book.counts.get(channel, 0), book.of(channel)) for channel, name in _NAMES.items()]
    social = [{"to": post["path"], "text": str(post["body"])} for post in posts]
    note = "<p>Nothing left this machine. Mails have a page of their own; letters wait for the printer in notify.</p>"
    return page("Sent by the city", note + "".join([*parts, _part("Social networks", posted, social)]))


def _part(name: str, count: int, entries: Sequence[Mapping[str, Any]]) -> str:
    if not entries:
        return f"<h2>{name}: {count}</h2>"
    rows = "".join(_row(entry) for entry in list(entries)[-_SHOWN:][::-1])
    head = '<tr><th scope="col">To</th><th scope="col">What</th><th scope="col">When (UTC)</th></tr>'
    return f"<h2>{name}: {count}</h2><table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _row(entry: Mapping[str, Any]) -> str:
    at = datetime.fromtimestamp(entry["at"], UTC).isoformat()[:19] if "at" in entry else ""
    return f"<tr><td>{escape(entry['to'])}</td><td>{escape(entry['text'][:_LONGEST])}</td><td>{at}</td></tr>"
