"""Pages for people: whole without a script, read out well, and safe behind a link that holds a secret."""

from collections.abc import Mapping
from html import escape
from typing import Final, TypeAlias

from contracts.event import in_language

_NOTHING_BUT: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY: Final[Mapping[str, str]] = {
    "Content-Security-Policy": _NOTHING_BUT,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Vary": "Accept, Accept-Language",
}
"""A page's address may hold a link's secret: it is neither stored nor passed on, and nothing comes from elsewhere."""
SCRIPTED: Final[Mapping[str, str]] = {
    **SECURITY,
    "Content-Security-Policy": (
        f"{_NOTHING_BUT}; script-src 'self'; connect-src 'self'; img-src 'self'; worker-src 'self'"
    ),
}
"""The same for pages that a script of the service's own makes more comfortable."""

_STYLE: Final = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:1.5rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}dt{font-weight:600}dd{margin:0 0 .6rem}ol{padding-left:1.2rem}li{margin:.5rem 0}"
    "time{color:#595959}"
    "fieldset,.field{border:1px solid #767676;border-radius:.4rem;margin:1rem 0;padding:.7rem 1rem}"
    "legend,.field>label{font-weight:600}label.choice{display:block;padding:.35rem 0}"
    "input,select,textarea,button{font:inherit}input[type=radio],input[type=checkbox]{width:1.2rem;height:1.2rem}"
    "input[type=text],input[type=email],textarea{width:100%;box-sizing:border-box}"
    "button{padding:.6rem 1.4rem;margin:.4rem 0;min-height:2.75rem;color:#fff;background:#0b4f8a;"
    "border:2px solid #0b4f8a;border-radius:.3rem}button.second{color:#0b4f8a;background:#fff}"
    ":focus-visible{outline:3px solid #b45f06;outline-offset:2px}"
    "aside{border-left:.4rem solid #b45f06;padding:.1rem 1rem;margin:0 0 1rem}"
    "[role=alert]{border:2px solid #b00020;padding:.5rem 1rem}[role=status]{font-weight:600}[hidden]{display:none}"
)
OWN_NAMES: Final[Mapping[str, str]] = {"en": "English", "es": "Español"}
"""What a language calls itself; one that is not listed is named by its code."""
Words: TypeAlias = Mapping[str, Mapping[str, str]]
"""A page's own words: name -> language -> text."""


def word(words: Words, name: str, language: str) -> str:
    """Say one of a page's own words; where a language has none yet, in the first that has.

    >>> words = {"send": {"en": "Send", "es": "Enviar"}}
    >>> word(words, "send", "es"), word(words, "send", "ko")
    ('Enviar', 'Send')
    """
    return in_language(words[name], language)


def page(language: str, title: str, body: str, script: str = "") -> str:
    """Put a page together; `title` is text, `body` is HTML, `script` the address of what only adds comfort.

    >>> made = page("es", "Gracias & adiós", "<p>Hasta pronto.</p>")
    >>> '<html lang="es">' in made, "<h1>Gracias &amp; adiós</h1><p>Hasta pronto.</p>" in made, "<script" in made
    (True, True, False)
    """
    added = f'<script src="{escape(script)}" defer></script>' if script else ""
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style>{added}</head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def announced(made: str, notices: str) -> str:
    """Put notices before a page's own words.

    >>> made = announced(page("en", "Lamp", ""), "<aside>Heat.</aside>")
    >>> made.index("Heat.") < made.index("<h1>")
    True
    """
    return made.replace("<main>", f"{notices}<main>", 1)


def chosen_language(languages: tuple[str, ...], wished: str | None, accepted: str) -> str:
    """Choose a page's language: the one asked for, else the first that the browser likes and the city speaks.

    >>> chosen_language(("en", "es"), None, "fr-CA,es-MX;q=0.8,en;q=0.5"), chosen_language(("en", "es"), "en", "es")
    ('es', 'en')
    """
    likes = [wished or "", *(part.partition(";")[0].strip().partition("-")[0].lower() for part in accepted.split(","))]
    return first_spoken(languages, *likes)


def first_spoken(languages: tuple[str, ...], *wished: str | None) -> str:
    """Choose the first of the wished languages that the city speaks, else its own first.

    >>> first_spoken(("en", "es"), None, "ko", "es"), first_spoken(("en", "es"), "ko")
    ('es', 'en')
    """
    return next((one for one in wished if one in languages), languages[0])
