"""What social networks tell of mentions and messages, in their own shapes, as posts of one shape."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, new
from textwrap import wrap
from typing import Any, Final, Literal

from contracts.city import City
from intake.domain.requests.free_text import clear_service, written

Provider = Literal["x", "meta"]
_CALLED: Final = re.compile(r"(?<!\w)@\w{1,50}")
_SHORT: Final = re.compile(r"\s*https://t\.co/\w{1,20}\s*$")
MOST_POSTS: Final = 200
"""Posts of one call; providers bundle a few."""


@dataclass(frozen=True, slots=True)
class Post:
    """One mention or message. `author_id` is the provider's word, and as good as its signature."""

    provider: Provider
    post_id: str
    author_id: str
    text: str
    is_private: bool
    handle: str | None = None
    answers: str | None = None
    language: str = ""
    photos: tuple[str, ...] = ()


def x_signature(secret: str, body: bytes) -> str:
    """Sign as X does.

    >>> len(x_signature("s", b"{}"))
    51
    """
    return "sha256=" + base64.b64encode(new(secret.encode(), body, sha256).digest()).decode()


def meta_signature(secret: str, body: bytes) -> str:
    """Sign as Meta does.

    >>> len(meta_signature("s", b"{}"))
    71
    """
    return "sha256=" + new(secret.encode(), body, sha256).hexdigest()


def is_signed(given: str | None, right: str) -> bool:
    """Tell whether a call's signature is the right one, in constant time; without one it is nobody's.

    >>> right = x_signature("secret", b"{}")
    >>> is_signed(right, right), is_signed(x_signature("guess", b"{}"), right), is_signed(None, right)
    (True, False, False)
    """
    return given is not None and compare_digest(given.encode("utf-8", "replace"), right.encode())


def in_parts(text: str, most: int) -> list[str]:
    """Cut words for a network that takes so many characters at once; a number or an address is never cut.

    >>> in_parts("Call 911. Your number is AB-12.", 20)
    ['Call 911. Your', 'number is AB-12.']
    """
    return wrap(text, most, break_on_hyphens=False, break_long_words=False)


def posts_of(provider: Provider, body: object) -> list[Post]:
    """Read a call; what is of another shape, or our own, is left out.

    >>> posts_of("x", {"for_user_id": "1", "tweet_create_events": [{"id_str": "9", "text": "@city311 A pothole",
    ...     "user": {"id_str": "7", "screen_name": "pat"}}]})[0].text
    'A pothole'
    >>> posts_of("meta", {"entry": [{"id": "1", "messaging": [{"sender": {"id": "1"}, "message": {"mid": "m"}}]}]})
    []
    """
    read = {"x": _of_x, "meta": _of_meta}[provider]
    found = (post for post in read(_map(body)) if post.post_id and post.author_id and (post.text or post.photos))
    return list({post.post_id: post for post, _ in zip(found, range(MOST_POSTS), strict=False)}.values())


def _of_x(body: Mapping[str, Any]) -> Iterator[Post]:
    own = _word(body.get("for_user_id"))
    for event in _maps(body.get("tweet_create_events")):
        user = _map(event.get("user"))
        if _word(user.get("id_str")) != own and not event.get("retweeted_status"):
            yield _tweet(event, user)
    for event in _maps(body.get("direct_message_events")):
        message = _map(event.get("message_create"))
        if _word(message.get("sender_id")) != own:
            users = _map(_map(body.get("users")).get(_word(message.get("sender_id"))))
            yield _direct(event, message, users)


def _tweet(event: Mapping[str, Any], user: Mapping[str, Any]) -> Post:
    longer = _map(event.get("extended_tweet"))
    media = _map(longer.get("extended_entities") or event.get("extended_entities")).get("media")
    return Post(
        provider="x",
        post_id=_word(event.get("id_str")),
        author_id=_word(user.get("id_str")),
        text=said(_word(longer.get("full_text")) or _word(event.get("text"))),
        is_private=False,
        handle=_word(user.get("screen_name")) or None,
        answers=_word(event.get("in_reply_to_status_id_str")) or None,
        language=_word(event.get("lang"))[:8],
        photos=_addresses(one.get("media_url_https") for one in _maps(media) if one.get("type") == "photo"),
    )


def _direct(event: Mapping[str, Any], message: Mapping[str, Any], user: Mapping[str, Any]) -> Post:
    return Post(
        provider="x",
        post_id=_word(event.get("id")),
        author_id=_word(message.get("sender_id")),
        text=said(_word(_map(message.get("message_data")).get("text"))),
        is_private=True,
        handle=_word(user.get("screen_name")) or None,
    )


def _of_meta(body: Mapping[str, Any]) -> Iterator[Post]:
    for entry in _maps(body.get("entry")):
        own = _word(entry.get("id"))
        for event in _maps(entry.get("messaging")):
            message, sender = _map(event.get("message")), _word(_map(event.get("sender")).get("id"))
            if message and not message.get("is_echo") and sender != own:
                yield _messenger(message, sender)
        for change in _maps(entry.get("changes")):
            value = _map(change.get("value"))
            author = _map(value.get("from"))
            if value.get("verb", "add") == "add" and _word(author.get("id")) != own:
                yield _comment(value, author)


def _messenger(message: Mapping[str, Any], sender: str) -> Post:
    pictures = (one for one in _maps(message.get("attachments")) if one.get("type") == "image")
    return Post(
        provider="meta",
        post_id=_word(message.get("mid")),
        author_id=sender,
        text=said(_word(message.get("text"))),
        is_private=True,
        photos=_addresses(_map(one.get("payload")).get("url") for one in pictures),
    )


def _comment(value: Mapping[str, Any], author: Mapping[str, Any]) -> Post:
    return Post(
        provider="meta",
        post_id=_word(value.get("comment_id")) or _word(value.get("post_id")),
        author_id=_word(author.get("id")),
        text=said(_word(value.get("message"))),
        is_private=False,
        handle=_word(author.get("name")) or _word(author.get("username")) or None,
        answers=_word(value.get("parent_id")) or None,
        photos=_addresses([value.get("photo")] if value.get("photo") else ()),
    )


def said(text: str) -> str:
    """Leave out who is called, and the address that a picture leaves behind.

    >>> said("@city311 @la Bache en la calle https://t.co/abc")
    'Bache en la calle'
    """
    return written(" ".join(_SHORT.sub("", _CALLED.sub(" ", text[:10_000])).split()))


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: object) -> Sequence[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _word(value: object) -> str:
    return written(str(value), 5000) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _addresses(values: Any) -> tuple[str, ...]:
    return tuple(v for v in values if isinstance(v, str) and v.startswith("https://") and len(v) < 2000)[:4]  # noqa: PLR2004


def news_of(kind: str, detail: Mapping[str, Any]) -> tuple[str, Mapping[str, str]] | None:
    """Say which news of a request its thread hears, by cause and words: its closing, and what an agency must know.

    >>> news_of("message", {"sender": "agency", "message_ref": "m", "text": "Which side?"})
    ('m', {'': 'Which side?'})
    >>> news_of("substatus", {"substatus": "assigned"}) is None
    True
    """
    if kind == "closed":
        return str(detail["closure_id"]), detail["explanation"]
    if kind == "message" and detail.get("sender") == "agency" and detail.get("text"):
        return str(detail["message_ref"]), {"": str(detail["text"])}
    return None


def question_about(text: str, city: City) -> str | None:
    """Name the service that a question is about; None for what is no question, or about nothing clear.

    A report may end with a question mark too: only what begins or ends as a question and names no place is one.

    >>> from types import SimpleNamespace as Some
    >>> bins = Some(code="bins", enabled=True, keywords=Some(all=lambda: ["bin day"]))
    >>> words = Some(questions=Some(all=lambda: ["when"]))
    >>> city = Some(services={"bins": bins}, conversation=Some(words=words))
    >>> question_about("When is bin day", city), question_about("Bin day missed at 12 Elm St?", city)
    ('bins', None)
    """
    words = city.conversation.words.questions.all()
    asks = text.rstrip().endswith("?") or text.lower().startswith(tuple(f"{word} " for word in words))
    return clear_service(text, list(city.services.values())) if asks and not any(c.isdigit() for c in text) else None


def asks_plainly(text: str, city: City) -> bool:
    """Tell whether a post is nothing but a question: begun and ended as one, with no place in it.

    >>> from types import SimpleNamespace as Some
    >>> city = Some(conversation=Some(words=Some(questions=Some(all=lambda: ["when"]))))
    >>> [asks_plainly(text, city) for text in ("When are libraries open?", "When, at 12 Elm?", "A mess here?")]
    [True, False, False]
    """
    begins = text.lower().startswith(tuple(f"{word} " for word in city.conversation.words.questions.all()))
    return begins and text.rstrip().endswith("?") and not any(letter.isdigit() for letter in text)
