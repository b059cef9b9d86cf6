"""What a route is: a method, a rule and a function from a `Call` to an `Answer`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from werkzeug.datastructures import FileStorage, Headers, MultiDict

from sg_jira.sandbox.jira.people import Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.store import Issue, Project, Store
from sg_jira.sandbox.media import Blob

#: The root of the REST API.
REST: Final = "/rest/api/<any('2', '3', 'latest'):version>/"


@dataclass(frozen=True)
class Call:
    """One request: who makes it, its query parameters and its JSON body (`None` without one).

    `files` are those of a form, `headers` all of the request.
    """

    store: Store
    caller: Person
    query: MultiDict[str, str]
    body: Any
    files: Sequence[FileStorage] = ()
    headers: Headers = field(default_factory=Headers)

    def issue(self, reference: str) -> Issue:
        """The issue with this key or id. Raises `Refusal` 404, also when it may not be seen."""
        found = self.store.issue(reference)
        self.store.permissions.require(self.caller, Permission.BROWSE_PROJECTS, found.project.id)
        return found

    def project(self, reference: str) -> Project:
        """The project with this key or id. Raises `Refusal` 404 as for one that is not there."""
        found = self.store.project(reference)
        if not self.sees(found):
            raise Refusal(404, f"No project could be found with key '{reference}'.")
        return found

    def sees(self, project: Project) -> bool:
        """Whether the caller may see a project and its issues."""
        browse = Permission.BROWSE_PROJECTS
        return self.store.permissions.granted(self.caller, browse, project.id)

    def require(self, permission: Permission) -> None:
        """Refuses a caller without a permission. Raises `Refusal` 403."""
        self.store.permissions.require(self.caller, permission)

    @property
    def data(self) -> Mapping[str, Any]:
        """The body, which must be an object. Raises `Refusal` 400."""
        if not isinstance(self.body, dict):
            raise Refusal(400, "Can not deserialize the body: it is not a JSON object.")
        return self.body

    def words(self, name: str) -> list[str]:
        """The parts of a query parameter that is repeated or has commas."""
        return [word for value in self.query.getlist(name) for word in value.split(",") if word]

    def number(self, name: str, default: int) -> int:
        """A whole number among the query parameters. Raises `Refusal` 400."""
        return whole_number(name, self.query.get(name), default)

    def page(self, default: int, most: int) -> tuple[int, int]:
        """`startAt` and `maxResults`, the latter within Jira's limit."""
        start = max(0, self.number("startAt", 0))
        return start, min(max(0, self.number("maxResults", default)), most)


@dataclass(frozen=True)
class Answer:
    """A status and a JSON body; nothing is sent for the body `None`.

    `file` is sent instead of a body, `location` is where a redirect leads.
    """

    status: int
    body: Any = None
    file: Blob | None = None
    location: str | None = None


#: The body that a deletion or an edit answers with.
NO_CONTENT = Answer(204)


@dataclass(frozen=True)
class Route:
    """A method and a rule, such as `issue/<key>`.

    Parameters:
        handle: answers a call; gets the rule's variables by name. Runs under the store's lock.
        anonymous: whether nobody needs to be logged in.
        prefix: what the rule is below.
    """

    method: str
    rule: str
    handle: Callable[..., Answer]
    anonymous: bool = False
    prefix: str = REST


def whole_number(name: str, value: Any, default: int) -> int:
    """A number of a request. Raises `Refusal` 400 when it is none."""
    if value is None:
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refusal(400, f"The value of '{name}' is not a number.") from None
