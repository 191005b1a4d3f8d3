"""Which articles and services fit a text best."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

LINK_SHARE: Final = 0.5
"""How much of a linked match counts: an article that fits speaks for its services, and they for it."""
CUT: Final = 0.35
"""What scores below this share of the best is left out: three good answers are better than ten."""
MOST: Final = 5


class Match(NamedTuple):
    """Something found, with how well its own words fit, 0 to 1."""

    subject: str
    score: float


class Suggestions(NamedTuple):
    """The best articles and services for a text, best first."""

    articles: tuple[Match, ...]
    services: tuple[Match, ...]


def suggest(
    articles: Sequence[Match], services: Sequence[Match], links: Mapping[str, Sequence[str]], most: int = MOST
) -> Suggestions:
    """Rank what was found; `links` names the services of each article.

    >>> links = {"how-to-dump-a-sofa": ["bulky-items"], "tree-care": ["tree-trimming"]}
    >>> found = suggest([Match("how-to-dump-a-sofa", 0.4)], [Match("tree-trimming", 0.1)], links)
    >>> [match.subject for match in found.articles], [match.subject for match in found.services]
    (['how-to-dump-a-sofa'], ['bulky-items', 'tree-trimming'])
    """
    by_article, by_service = dict(articles), dict(services)
    backwards = _backwards(links)
    lifted_articles = {subject: _lift(own, links.get(subject, ()), by_service) for subject, own in by_article.items()}
    linked = {service for subject in by_article for service in links.get(subject, ())}
    lifted_services = {
        subject: _lift(by_service.get(subject, 0.0), backwards.get(subject, ()), by_article)
        for subject in {*by_service, *linked}
    }
    return Suggestions(best(lifted_articles, most), best(lifted_services, most))


def best(scores: Mapping[str, float], most: int) -> tuple[Match, ...]:
    """Keep the best, in order, ties by name.

    >>> best({"b": 0.5, "a": 0.5, "c": 0.1}, 5)
    (Match(subject='a', score=0.5), Match(subject='b', score=0.5))
    """
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    floor = ranked[0][1] * CUT if ranked else 0.0
    return tuple(Match(subject, round(score, 3)) for subject, score in ranked[:most] if score > 0 and score >= floor)


def _lift(own: float, linked: Sequence[str], scores: Mapping[str, float]) -> float:
    """Let the best linked match speak too, as one more, weaker, witness."""
    witness = LINK_SHARE * max((scores.get(subject, 0.0) for subject in linked), default=0.0)
    return 1 - (1 - own) * (1 - witness)


def _backwards(links: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    turned: dict[str, list[str]] = {}
    for article, services in links.items():
        for service in services:
            turned.setdefault(service, []).append(article)
    return turned
