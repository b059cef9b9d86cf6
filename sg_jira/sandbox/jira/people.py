"""The people of a site: who they are in each flavour, how they log in, how they are found."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sg_jira.sandbox.jira.flavour import Flavour
from sg_jira.sandbox.jira.times import find_zone


@dataclass(frozen=True)
class Person:
    """An account.

    `id` is what change logs and the store know it by: the account id on Cloud, the key on Data
    Center. `account_id` is empty on Data Center; `name` and `key` are empty on Cloud. As
    `is_program` nobody edits pages.
    """

    id: str
    display_name: str
    email: str
    flavour: Flavour
    name: str = ""
    email_hidden: bool = False
    active: bool = True
    time_zone: str = "Etc/UTC"
    is_program: bool = False

    @property
    def account_id(self) -> str:
        """The account id, on Cloud."""
        return self.id if self.flavour.is_cloud else ""

    @property
    def key(self) -> str:
        """The user key, on Data Center."""
        return "" if self.flavour.is_cloud else self.id

    @property
    def reference(self) -> dict[str, str]:
        """How field values name this person: by account id on Cloud, by name on Data Center."""
        return {"accountId": self.id} if self.flavour.is_cloud else {"name": self.name}

    @property
    def handle(self) -> str:
        """What queries and watchers use: the account id on Cloud, the name on Data Center."""
        return self.id if self.flavour.is_cloud else self.name

    def show(self, base: str) -> dict[str, Any]:
        """The JSON form; an e-mail that the person hides is left out."""
        common = {
            "displayName": self.display_name,
            "active": self.active,
            "timeZone": self.time_zone,
        }
        email = {} if self.email_hidden else {"emailAddress": self.email}
        if self.flavour.is_cloud:
            return {
                "self": f"{base}/user?accountId={self.id}",
                "accountId": self.id,
                **email,
                **common,
                "accountType": "atlassian",
            }
        return {
            "self": f"{base}/user?username={self.name}",
            "name": self.name,
            "key": self.id,
            **email,
            **common,
        }


@dataclass(frozen=True)
class Credentials:
    """How a person logs in.

    `user` and `secret` are for basic authentication: e-mail and API token on Cloud, name and
    password on Data Center. `token` is a personal access token, on Data Center only.
    """

    user: str
    secret: str
    token: str

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, secret=..., token=...)"


class People:
    """All accounts of one site. Not locked; the store's lock guards it."""

    def __init__(self, flavour: Flavour) -> None:
        self._flavour = flavour
        self._people: dict[str, Person] = {}
        self._credentials: dict[str, Credentials] = {}

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def add(
        self,
        name: str,
        email: str,
        login: str | None,
        email_hidden: bool,
        active: bool,
        time_zone: str,
        is_program: bool,
    ) -> Person:
        """Adds an account; `login` is the user name on Data Center, else made from the e-mail.

        Raises:
            ValueError: the e-mail or the login is taken, or there is no such time zone.
        """
        login = login or email.partition("@")[0]
        find_zone(time_zone)
        number = 10000 + len(self._people)
        cloud = self._flavour.is_cloud
        if any(p.email.lower() == email.lower() or (p.name == login != "") for p in self):
            raise ValueError(f"There is already a person with the e-mail {email} or login {login}.")
        person = Person(
            id=f"5b10a2844c201657{number:08x}" if cloud else f"JIRAUSER{number}",
            display_name=name,
            email=email,
            flavour=self._flavour,
            name="" if cloud else login,
            email_hidden=email_hidden,
            active=active,
            time_zone=time_zone,
            is_program=is_program,
        )
        self._people[person.id] = person
        self._credentials[person.id] = Credentials(
            user=email if cloud else login,
            secret=f"{'token' if cloud else 'password'}-of-{login}",
            token="" if cloud else f"pat-of-{login}",
        )
        return person

    def change(self, person: Person, **changes: Any) -> Person:
        """Changes attributes of an account, such as `active` or `email_hidden`."""
        self._people[person.id] = changed = replace(self._people[person.id], **changes)
        return changed

    def credentials(self, person: Person) -> Credentials:
        """How this person logs in."""
        return self._credentials[person.id]

    def get(self, id: str) -> Person:
        """The person with this id. Raises `KeyError`."""
        return self._people[id]

    def find(self, handle: str) -> Person | None:
        """The person with this account id (Cloud) or user name (Data Center)."""
        return next((p for p in self if p.handle.lower() == handle.lower()), None)

    def find_by_key(self, key: str) -> Person | None:
        """The person with this user key; nobody on Cloud."""
        return None if self._flavour.is_cloud else self._people.get(key)

    def authenticate(self, header: str) -> Person | None:
        """The active person whose credentials an `Authorization` header carries, else `None`."""
        scheme, _, value = header.partition(" ")
        if scheme.lower() == "basic":
            return self._by_secret(value)
        if scheme.lower() == "bearer" and value:
            return self._owner(lambda known: known.token == value)
        return None

    def _by_secret(self, encoded: str) -> Person | None:
        try:
            user, _, secret = base64.b64decode(encoded).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return self._owner(lambda c: c.user.lower() == user.lower() and c.secret == secret)

    def _owner(self, matches: Any) -> Person | None:
        for id, known in self._credentials.items():
            if matches(known) and self._people[id].active:
                return self._people[id]
        return None

    def search(self, query: str) -> list[Person]:
        """People one of whose names starts with the query, in the order of their display names.

        The query is compared, without regard to case, with the start of the display name and of
        each word in it, of the e-mail and of its parts, and of the user name. A hidden e-mail is
        not looked at.
        """
        wanted = query.strip().lower()
        found = [p for p in self if any(t.startswith(wanted) for t in _searched(p))]
        return sorted(found, key=lambda p: (p.display_name.lower(), p.id))


def _searched(person: Person) -> Iterator[str]:
    texts = [person.display_name, person.name]
    if not person.email_hidden:
        texts.append(person.email)
    for text in texts:
        yield text.lower()
        yield from re.split(r"[\s@._-]+", text.lower())
