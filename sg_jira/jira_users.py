"""Who is who in Jira: identities of an account, and the account behind an e-mail.

Cloud sites hide e-mails by default and know people by account id; Jira Data Center knows them by
name and key. A user may be a resource of the client or a dict from a webhook.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jira.resources import Resource, User

from sg_jira.constants import JIRA_RESULT_PAGING
from sg_jira.jira_client import is_clients_own

logger = logging.getLogger("sg_jira.jira_session")

UserLike = Mapping[str, Any] | Resource

#: What names an account. People may share a display name, so it is shown but never compared.
IDENTITIES: Final = ("accountId", "name", "key", "emailAddress")
DISPLAYED: Final = (*IDENTITIES, "displayName")

#: Jira lists up to 1000 assignable users per page, and its Cloud no more than 1000 in all.
LISTED: Final = 1000
#: How many pages of assignable users are looked through at most.
MOST_PAGES: Final = 20


def identities(user: UserLike | None) -> dict[str, str]:
    """The known identities of a user by name, its display name included."""
    raw = user.raw if isinstance(user, Resource) else user
    found = {name: (raw or {}).get(name) for name in DISPLAYED}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, str) and value and (name != "emailAddress" or "@" in value)
    }


def are_same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two accounts share an identity that both of them show."""
    return any(
        one[name].casefold() == other[name].casefold()
        for name in IDENTITIES
        if name in one and name in other
    )


@dataclass(frozen=True)
class Choice:
    """The outcome of a search: the user, or `None`; and what is doubtful about it, if anything."""

    user: User | None
    doubt: str | None = None


def choose(hits: Sequence[User], email: str) -> Choice:
    """Picks the user with this e-mail from the hits of a search.

    Jira also finds parts of e-mails and of names, so a hit is no match yet: looking for
    `ann@x.com` also finds `joann@x.com`. A user who shows exactly this e-mail is the one; a
    user who shows another is not. Where e-mails are hidden, a single hit is accepted. Several
    hidden ones are not, as nothing tells which is meant and work would go to a wrong person.
    """
    exact = [user for user in hits if _email(user) == email.casefold()]
    if exact:
        doubt = f"{len(exact)} users have it, and the first is used" if len(exact) > 1 else None
        return Choice(exact[0], doubt)
    hidden = [user for user in hits if not _email(user)]
    if len(hidden) == 1:
        return Choice(hidden[0])
    if hidden:
        return Choice(None, f"{len(hidden)} users were found, and all of them hide their e-mail")
    return Choice(None)


def search_user(
    session: Any, email: str, project_key: str | None, issue_key: str | None
) -> User | None:
    """Asks Jira for the assignable user with this e-mail.

    Some sites cannot search by e-mail, so when nothing is found the assignable users are listed.

    Parameters:
        session: the Jira session.
        email: the e-mail, in any case.
        project_key, issue_key: where the user must be assignable.

    Raises:
        JIRAError: Jira cannot answer.
    """
    term = "query" if session._is_jira_cloud else "username"
    where = {"project": project_key, "issueKey": issue_key}

    def search(text: str, **start: int) -> Sequence[User]:
        found: Sequence[User] | None = session.search_assignable_users_for_issues(
            **where, maxResults=JIRA_RESULT_PAGING, **{term: text}, **start
        )
        return found or []

    # Jira lists everybody when the search text is empty, which the client does not allow.
    def list_from(start: int) -> Sequence[User]:
        given = {term: "", **{name: key for name, key in where.items() if key}}
        path = "user/assignable/search"
        page: Sequence[User] = session._fetch_pages(User, None, path, start, LISTED, given)
        return page

    def search_from(start: int) -> Sequence[User]:
        return search("", **({"startAt": start} if start else {}))

    hits = search(email)
    choice = choose(hits, email)
    if choice.doubt:
        logger.warning("Looking for %s in %s: %s", email, issue_key or project_key, choice.doubt)
        return choice.user
    user = choice.user
    if user is None:
        is_clients = is_clients_own(session, "search_assignable_users_for_issues")
        everybody = list_everybody(list_from, LISTED) if is_clients else list_everybody(search_from)
        user = next((one for one in everybody if _email(one) == email.casefold()), None)
    if user is None:
        logger.warning("No Jira user with the e-mail %s in %s", email, issue_key or project_key)
    return user


def list_everybody(
    read_page: Callable[[int], Sequence[User]], whole_page: int = 1
) -> Iterator[User]:
    """All users of a listing, page by page.

    Parameters:
        read_page: gives the users from this position on. A page without anybody new ends the
            listing, so one that ignores the position does no harm.
        whole_page: a page with fewer users is the last.
    """
    seen: set[frozenset[tuple[str, str]]] = set()
    start = 0
    for _ in range(MOST_PAGES):
        page = read_page(start)
        fresh = [user for user in page if frozenset(identities(user).items()) not in seen]
        if not fresh:
            return
        yield from fresh
        seen.update(frozenset(identities(user).items()) for user in fresh)
        if len(page) < whole_page:
            return
        start += len(page)


def _email(user: UserLike) -> str | None:
    email = identities(user).get("emailAddress")
    return email.casefold() if email else None
