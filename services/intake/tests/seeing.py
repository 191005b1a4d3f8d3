"""A recogniser of a test's own: it knows one colour."""

import io
from collections.abc import Mapping

from PIL import Image


class SeesRed:
    """Takes what is red on its left for paint on a wall."""

    async def see(self, picture: bytes) -> Mapping[str, float]:
        with Image.open(io.BytesIO(picture), formats=["JPEG"]) as shown:
            red, _, blue = shown.convert("RGB").resize((2, 1)).getpixel((0, 0))  # type: ignore[misc]
        return {"graffiti": 0.9, "sofa": 0.3, "unheard-of": 1.0} if red > blue else {}
