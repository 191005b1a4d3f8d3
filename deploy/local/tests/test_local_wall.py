"""The wall in the social networks' place: takes each answer once, and shows it."""

import http.client
import json
import threading
from collections.abc import Iterator

import pytest

from relay311_local.access import LOOPBACK
from relay311_local.ports import free_port
from relay311_local.sidecar import wall_door
from relay311_local.wall import MOST_PICTURES, MOST_POSTS, Wall


@pytest.fixture
def port() -> Iterator[int]:
    free = free_port()
    with wall_door(Wall(), free) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield free
        door.shutdown()


def ask(port: int, method: str, path: str, body: bytes = b"", key: str = "") -> tuple[int, object]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    connection.request(method, path, body, {"Idempotency-Key": key} if key else {})
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    return answer.status, said


def test_an_answer_is_taken_once_for_its_key_and_shown(port: int) -> None:
    first, second = (ask(port, "POST", "/2/tweets", b'{"text": "Thank you"}', "k1") for _ in range(2))
    assert first == second
    assert first[0] == 201
    assert ask(port, "POST", "/me/messages", b'{"message": {}}', "k2")[1] != first[1]
    shown = ask(port, "GET", "/posts")[1]
    assert shown == [
        {"id": "wall-1", "path": "/2/tweets", "key": "k1", "body": {"text": "Thank you"}},
        {"id": "wall-2", "path": "/me/messages", "key": "k2", "body": {"message": {}}},
    ]
    assert ask(port, "POST", "/2/tweets", b"no json")[0] == 400


def test_only_the_newest_are_kept() -> None:
    wall = Wall()
    for number in range(MOST_POSTS + 5):
        wall.take("/2/tweets", b"{}", str(number))
    assert (len(wall.posts), wall.posts[0]["key"]) == (MOST_POSTS, "5")


def test_a_picture_of_a_message_is_fetched_as_it_was_hung(port: int) -> None:
    status, said = ask(port, "POST", "/media", b"not looked into")
    assert (status, said) == (201, {"path": "/media/1"})
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    connection.request("GET", "/media/1")
    assert connection.getresponse().read() == b"not looked into"
    connection.close()
    assert ask(port, "GET", "/media/2")[1] == []


def test_only_the_newest_pictures_are_kept() -> None:
    wall = Wall()
    for number in range(MOST_PICTURES + 5):
        wall.hang(bytes([number]))
    assert len(wall.pictures) == MOST_PICTURES
