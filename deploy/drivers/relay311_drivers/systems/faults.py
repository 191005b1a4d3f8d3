"""Trouble on request, so that a test sees what the other side does about it."""

from starlette.responses import JSONResponse, Response

from relay311_drivers.systems.book import Book


def troubled(book: Book, *, before: bool) -> Response | None:
    """Answer as a busy system before anything is done, or lose the answer after it; None most of the time."""
    if before and book.fault("busy"):
        return JSONResponse({"error": "busy"}, 503, {"retry-after": "1"})
    if before and book.fault("refuse"):
        return JSONResponse({"error": "refused"}, 400)
    if not before and book.fault("lose_answer"):
        return JSONResponse({"error": "the answer is lost"}, 504)
    return None
