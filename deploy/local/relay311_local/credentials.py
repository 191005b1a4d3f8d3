"""Secrets of one platform, made at its first run and kept in one file that only its owner may read."""

import json
import os
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from hmac import new
from pathlib import Path
from typing import Any, Final

from relay311_local.problems import PlatformError

_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Credentials:
    """What `secrets.json` holds. `kafka` and `databases` map a principal or service to its password.

    `token_private_key` (Ed25519, PEM) signs tokens; services know only `token_public_key`. `push_private_key` (P-256,
    PEM) signs pushes to browsers, which subscribe with `push_public_key`.
    """

    kafka_admin: str
    postgres_admin: str
    link_key: str
    token_private_key: str
    token_public_key: str
    kafka: dict[str, str] = field(default_factory=dict)
    databases: dict[str, str] = field(default_factory=dict)
    push_private_key: str = ""
    push_public_key: str = ""


def ensure_credentials(run: Path, principals: Iterable[str], services: Iterable[str]) -> Credentials:
    """Read the platform's secrets, making what is missing; what exists never changes."""
    path = secrets_path(run)
    old = read_credentials(run) if path.exists() else _fresh()
    if not old.push_private_key:
        private, public = _push_keys()
        old = replace(old, push_private_key=private, push_public_key=public)
    new = replace(old, kafka=_with(old.kafka, principals), databases=_with(old.databases, services))
    if not path.exists() or new != read_credentials(run):
        _write(path, asdict(new))
    _publish_key(run, new)
    return new


def read_credentials(run: Path) -> Credentials:
    """Read the secrets. Raises PlatformError when the file is damaged."""
    path = secrets_path(run)
    try:
        return Credentials(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise PlatformError(f"{path} cannot be read ({error}): restore it, or remove {run} to begin anew.") from error


def agreed(link_key: str, name: str) -> str:
    """Make a secret that the platform and a provider on this machine agree on, named as the setting that holds it."""
    return new(link_key.encode(), f"local\x1f{name}".encode(), "sha256").hexdigest()


def webhook_secret(link_key: str) -> str:
    """Make the secret that webhooks are signed with, in the form of Standard Webhooks."""
    return f"whsec_{b64encode(bytes.fromhex(agreed(link_key, 'WEBHOOK_SECRET'))).decode()}"


def secrets_path(run: Path) -> Path:
    """Name the file."""
    return run / "secrets.json"


def public_key_path(run: Path) -> Path:
    """Name the file with the public key that services verify tokens with."""
    return run / "token-public.pem"


def _fresh() -> Credentials:
    private, public = _key_pair()
    return Credentials(_password(), _password(), _password(), private, public)


def _with(known: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    return {**{name: _password() for name in names}, **known}


def _password() -> str:
    return secrets.token_urlsafe(_BYTES)


def _key_pair() -> tuple[str, str]:
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 -- first run only
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 -- the same

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def _push_keys() -> tuple[str, str]:
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 -- first run only
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 -- the same

    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    point = key.public_key().public_bytes(form.Encoding.X962, form.PublicFormat.UncompressedPoint)
    return private.decode(), urlsafe_b64encode(point).decode().rstrip("=")


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(0o600)
    draft.write_text(json.dumps(content, indent=1), "utf-8")
    os.replace(draft, path)  # noqa: PTH105 -- the atomic move is the point


def _publish_key(run: Path, credentials: Credentials) -> None:
    public_key_path(run).write_text(credentials.token_public_key, "utf-8")
