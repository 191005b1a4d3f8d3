"""Telephone numbers said in words, as people and speech recognisers do, are masked; everything else stays."""

import random
from collections.abc import Iterator

import pytest

from intake.domain.masking import PHONE, mask

EN = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
ES = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
TENS_EN = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}
TENS_ES = {3: "treinta", 4: "cuarenta", 5: "cincuenta", 6: "sesenta", 7: "setenta", 8: "ochenta", 9: "noventa"}
AROUND = (
    ("Call me at {} after six.", "There is a lamp out, {}", "my number is {}; thanks"),
    ("Llámeme al {} por la tarde.", "Mi teléfono es {}", "hay un bache, {}, gracias"),
)
PLAIN = (
    "Two lamps are out at twelve hundred Main Street, one of three since nineteen ninety nine.",
    "Pickup on May twenty one between ten and eleven, unit four, floor two.",
    "One, two or three cars block the lane; number five is red.",
    "Hay dos baches y uno de ellos mide treinta y cinco por cuarenta centímetros.",
    "De lunes a viernes, de diez a once o de cinco a seis, en el piso tres.",
    "Number 4411 at 12345 Main St, 90012-1234, three times in five days.",
)


def one_by_one(digits: str, words: list[str], chance: random.Random) -> Iterator[str]:
    """Say each digit, now and then as a digit, or twice as `double`."""
    for n, digit in enumerate(digits):
        said = words[int(digit)]
        if digit == "0" and words is EN and chance.random() < 0.4:
            said = chance.choice(("oh", "o")) if n else "oh"
        yield digit if chance.random() < 0.15 else said


def in_pairs(digits: str, words: list[str], _chance: random.Random) -> Iterator[str]:
    """Say two digits together where they have a word."""
    tens, link = (TENS_EN, " ") if words is EN else (TENS_ES, " y ")
    for first, second in zip(digits[::2], digits[1::2], strict=False):
        if int(first) in tens:
            yield tens[int(first)] + (f"{link}{words[int(second)]}" if second != "0" else "")
        else:
            yield f"{words[int(first)]} {words[int(second)]}"
    if len(digits) % 2:
        yield words[int(digits[-1])]


def spoken(chance: random.Random) -> str:
    """Make up a sentence with a number in it."""
    words, around = chance.choice(((EN, AROUND[0]), (ES, AROUND[1])))
    digits = f"{chance.randint(2, 9)}" + "".join(str(chance.randint(0, 9)) for _ in range(chance.choice((6, 9))))
    form = chance.choice((one_by_one, in_pairs))
    said = chance.choice((" ", " ", ", ", "-", "... ")).join(form(digits, words, chance))
    text = chance.choice(around).format(said)
    return text.upper() if chance.random() < 0.1 else text


@pytest.mark.requirement("OPS-07")
def test_numbers_said_in_words_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(311)
    corpus = [spoken(chance) for _ in range(2_000)]
    missed = [text for text in corpus if mask(text).count(PHONE) != 1 or leftover(mask(text))]
    with capsys.disabled():
        print(f"\nspoken numbers: {len(corpus)}, masked whole: {len(corpus) - len(missed)}")
    assert len(missed) <= len(corpus) // 100, missed[:10]


def leftover(masked: str) -> bool:
    """Tell whether words of the number stay beside the mask."""
    before, _, after = masked.lower().partition(PHONE)
    beside = (before.split() or [""])[-1].strip(".,-"), (after.split() or [""])[0].strip(".,-;")
    return any(word in {*EN, *ES} for word in beside)


@pytest.mark.parametrize("text", PLAIN)
def test_words_that_count_something_stay(text: str) -> None:
    assert mask(text) == text
