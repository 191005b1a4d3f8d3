"""Which services a photo may be about, by what was seen in it; the resident picks, nothing is sent by itself."""

from collections.abc import Mapping, Sequence
from typing import Final

MOST_SUGGESTED: Final = 5


def suggest_services(
    seen: Mapping[str, float], words: Mapping[str, Sequence[str]], most: int = MOST_SUGGESTED
) -> list[tuple[str, float]]:
    """Rank services by what was seen (label and how sure, 0 to 1): by their code, or any of their keywords.

    >>> words = {"potholes": ("pothole", "bache"), "graffiti-removal": ("graffiti", "paint")}
    >>> suggest_services({"Paint": 0.7, "wall": 0.9, "pothole": 0.2}, words)
    [('graffiti-removal', 0.7), ('potholes', 0.2)]
    >>> suggest_services({"lion": 1.0}, words)
    []
    """
    sure = {label.casefold(): max(0.0, min(1.0, score)) for label, score in seen.items()}
    scores = {
        code: max((sure.get(word.casefold(), 0.0) for word in (code, *known)), default=0.0)
        for code, known in words.items()
    }
    ranked = sorted(((code, score) for code, score in scores.items() if score), key=lambda one: (-one[1], one[0]))
    return ranked[:most]
