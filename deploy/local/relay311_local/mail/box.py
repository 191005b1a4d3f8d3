"""Keeps mails as .eml files with an index; the newest first."""

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Protocol

_TABLES: Final = """
pragma journal_mode = wal;
pragma synchronous = off;
create table if not exists mail (id integer primary key, received_at text, sender text, recipient text, subject text);
create index if not exists mail_recipient on mail (recipient, id);
"""
_SELECT: Final = "select id, received_at, sender, recipient, subject from mail"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one recipient, as the index knows it. `received_at` is ISO 8601 in UTC."""

    id: int
    received_at: str
    sender: str
    recipient: str
    subject: str


class Box(Protocol):
    """Where the sink puts mails."""

    def keep(self, sender: str, recipients: Sequence[str], content: bytes) -> None:
        """Take one mail."""

    def count(self) -> int:
        """Tell how many were taken."""


class NullBox:
    """Counts mails and drops them: for measuring."""

    def __init__(self) -> None:
        self._count = 0

    def keep(self, sender: str, recipients: Sequence[str], content: bytes) -> None:  # noqa: ARG002 -- dropped
        """Count one mail."""
        self._count += len(recipients)

    def count(self) -> int:
        """Tell how many were dropped."""
        return self._count


class FileBox:
    """Keeps each mail as `<id>.eml` in a folder; several recipients make several mails."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # mails hold names and words of residents
        self._folder = folder
        self._lock = threading.Lock()
        self._index = sqlite3.connect(folder / "index.db", check_same_thread=False, isolation_level=None)
        self._index.executescript(_TABLES)

    def keep(self, sender: str, recipients: Sequence[str], content: bytes) -> None:
        """Store one mail per recipient."""
        now = datetime.now(UTC).isoformat()
        subject = str(message_from_bytes(content, policy=policy.default)["subject"] or "")
        for recipient in recipients:
            with self._lock:
                row = (now, sender, recipient.lower(), subject)
                sql = "insert into mail (received_at, sender, recipient, subject) values (?, ?, ?, ?)"
                number = self._index.execute(sql, row).lastrowid or 0
                self._file(number).write_bytes(content)  # before anybody can find it: a mail that is listed is whole

    def count(self) -> int:
        """Tell how many are kept."""
        with self._lock:
            return int(self._index.execute("select count(*) from mail").fetchone()[0])

    def find(self, recipient: str | None = None, limit: int = 100) -> list[Mail]:
        """List the newest mails, all or those to one recipient."""
        sql = f"{_SELECT} where ?1 is null or recipient = ?1 order by id desc limit ?2"
        who = recipient.lower() if recipient else None
        with self._lock:
            return [Mail(*row) for row in self._index.execute(sql, (who, limit))]

    def read(self, number: int) -> tuple[Mail, EmailMessage] | None:
        """Return one mail with its content, or None when there is none of this number."""
        with self._lock:
            row = self._index.execute(f"{_SELECT} where id = ?", (number,)).fetchone()
        if row is None or not self._file(number).exists():
            return None
        return Mail(*row), message_from_bytes(self._file(number).read_bytes(), policy=policy.default)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.eml"


def body(message: EmailMessage, kind: str) -> str:
    """Return the text of a mail (`plain` or `html`), or nothing."""
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
