"""Reading the words of a request: features, the model, how it is learned and judged, and what follows from it."""

from routing.domain.reading.features import Setting, features, plain
from routing.domain.reading.learning import Example, learn
from routing.domain.reading.model import Guess, Model

__all__ = ["Example", "Guess", "Model", "Setting", "features", "learn", "plain"]
