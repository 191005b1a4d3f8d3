"""Who acts, and the one function that decides whether they may: deny by default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import jwt

from chassis.errors import Problem, forbidden

ROLES = frozenset({"public", "contact", "agent", "agency", "supervisor", "operator", "analyst", "system"})
ISSUER = "relay311"


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone who acts, by role. `agency` for agency staff, `request_id` for a contact's signed link."""

    role: str
    subject: str = "anonymous"
    agency: str | None = None
    request_id: str | None = None


PUBLIC = Principal("public")
SYSTEM = Principal("system", "relay311")

Rule: TypeAlias = Callable[[Principal, Mapping[str, object]], bool]
Policy: TypeAlias = Mapping[str, tuple[Rule, ...]]


def role(name: str, own: str | None = None) -> Rule:
    """Permit a role; with `own`, only on what carries the principal's own value of that fact.

    >>> rule = role("agency", own="agency")
    >>> rule(Principal("agency", agency="parks"), {"agency": "parks"})
    True
    >>> rule(Principal("agency", agency="parks"), {"agency": "police"})
    False
    """

    def permits(principal: Principal, facts: Mapping[str, object]) -> bool:
        if principal.role != name:
            return False
        return own is None or (getattr(principal, own) is not None and getattr(principal, own) == facts.get(own))

    return permits


def anyone(_principal: Principal, _facts: Mapping[str, object]) -> bool:
    """Permit everybody, signed in or not."""
    return True


def may(policy: Policy, principal: Principal, action: str, **facts: object) -> bool:
    """Decide. What the policy does not list is denied.

    >>> may({"triage.resolve": (role("agent"),)}, Principal("agent"), "triage.resolve")
    True
    >>> may({}, Principal("operator"), "anything")
    False
    """
    return any(rule(principal, facts) for rule in policy.get(action, ()))


def allow(policy: Policy, principal: Principal, action: str, **facts: object) -> None:
    """Raise a 403 problem naming the action unless the policy permits it."""
    if not may(policy, principal, action, **facts):
        raise forbidden(action, principal.role)


class Tokens:
    """Reads locally signed tokens (Ed25519 JWT: iss, sub, role, agency, exp)."""

    def __init__(self, public_key: str | None) -> None:
        self._key = public_key

    def principal(self, authorization: str | None) -> Principal:
        """Turn an Authorization header into a principal; none is the public.

        Raises a 401 problem for a token that cannot be trusted.
        """
        if not authorization:
            return PUBLIC
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or self._key is None:
            raise Problem(401, "Not signed in", "Send 'Authorization: Bearer <token>'; make one with `make token`.")
        return _principal(self._claims(token))

    def _claims(self, token: str) -> Mapping[str, object]:
        options: jwt.types.Options = {"require": ["exp", "sub", "role", "iss"]}
        try:
            return jwt.decode(token, self._key or "", algorithms=["EdDSA"], issuer=ISSUER, options=options)
        except jwt.InvalidTokenError as error:
            raise Problem(401, "Not signed in", f"The token is not valid: {error}.") from error


def _principal(claims: Mapping[str, object]) -> Principal:
    name, agency = str(claims["role"]), claims.get("agency")
    if name not in ROLES:
        raise Problem(401, "Not signed in", f"The token's role {name!r} is unknown.")
    return Principal(name, str(claims["sub"]), str(agency) if agency else None)
