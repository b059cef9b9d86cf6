"""Who may log in to an FPTR site: script keys, passwords and session tokens."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final

from sg_jira.sandbox.shotgun.records import Author, Ref, Row, ref_of
from sg_jira.sandbox.shotgun.refusals import AuthenticationFault
from sg_jira.sandbox.shotgun.schema import Schema
from sg_jira.sandbox.shotgun.store import Store

ANONYMOUS: Final = "anonymous"


class Accounts:
    """Secrets of scripts and people. They are kept out of the records, which anyone may read."""

    def __init__(self, store: Store, schema: Schema) -> None:
        self._store = store
        self._schema = schema
        self._secrets: dict[Ref, str] = {}
        self._scripts: dict[str, Ref] = {}
        self._tokens: dict[str, Ref] = {}

    def allow_script(self, name: str, user: Ref, key: str) -> None:
        """Lets a script log in with this key."""
        self._scripts[name] = user
        self._secrets[user] = key

    def allow_person(self, user: Ref, password: str) -> None:
        """Lets a person log in with this password."""
        self._secrets[user] = password

    def open_session(self, author: Author) -> str:
        """A new session token for someone who is logged in."""
        token = secrets.token_hex(16)
        self._tokens[token] = author.actual or author.user
        return token

    def authenticate(self, auth: Any) -> Author:
        """Who makes a call, from the parameters that the client sends along.

        Parameters:
            auth: `script_name` and `script_key`, or `user_login` and `user_password`, or
                `session_token`; and maybe `session_uuid` and `sudo_as_login`.

        Raises:
            AuthenticationFault: they are wrong or missing.
        """
        if not isinstance(auth, dict):
            raise AuthenticationFault("Can't authenticate: no credentials were sent")
        user = self._user(auth)
        session_uuid = auth.get("session_uuid")
        login = auth.get("sudo_as_login")
        if login is None:
            return Author(user, session_uuid)
        person = self._person(login)
        if person is None:
            raise AuthenticationFault(f"Can't act as user '{login}': there is no such active user")
        return Author(person, session_uuid, actual=user)

    def caller(self, auth: Any) -> str:
        """The script name or login that a call claims, for the call log."""
        if not isinstance(auth, dict):
            return ANONYMOUS
        login = self._name(self._tokens.get(str(auth.get("session_token")), Ref("", 0)))
        return str(auth.get("script_name") or auth.get("user_login") or login)

    def name(self, author: Author) -> str:
        """The script name or login of someone who is logged in, for the call log."""
        return self._name(author.actual or author.user)

    def _name(self, user: Ref) -> str:
        row = self._store.row(user) or {}
        return str(row.get("login") or row.get("firstname") or ANONYMOUS)

    def _user(self, auth: Mapping[str, Any]) -> Ref:
        if "script_name" in auth:
            user = self._scripts.get(str(auth["script_name"]))
            if user and self._store.is_living(user) and self._knows(user, auth.get("script_key")):
                return user
            raise AuthenticationFault(f"Can't authenticate script '{auth['script_name']}'")
        if "user_login" in auth:
            person = self._person(auth["user_login"])
            if person and self._knows(person, auth.get("user_password")):
                return person
            raise AuthenticationFault(f"Can't authenticate user '{auth['user_login']}'")
        user = self._tokens.get(str(auth.get("session_token")))
        if user is None or not self._store.is_living(user):
            raise AuthenticationFault("Can't authenticate: the session is not valid or expired")
        return user

    def _knows(self, user: Ref, secret: Any) -> bool:
        expected = self._secrets.get(user)
        if expected is None:
            return False
        return hmac.compare_digest(expected.encode(), str(secret).encode())

    def _person(self, login: Any) -> Ref | None:
        row: Row | None = self._store.holder(self._schema.field("HumanUser", "login"), login)
        return ref_of(row) if row and row.get("sg_status_list") == "act" else None
