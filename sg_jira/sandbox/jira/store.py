"""What a site remembers: projects, fields, issues, links. No rules, no HTTP."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sg_jira.sandbox.jira.catalog import (
    ISSUE_TYPES,
    LINK_TYPES,
    STATUSES,
    Component,
    IssueType,
    LinkType,
    Status,
    Version,
)
from sg_jira.sandbox.jira.flavour import Flavour, Release
from sg_jira.sandbox.jira.people import People
from sg_jira.sandbox.jira.permissions import Permissions
from sg_jira.sandbox.jira.refusal import Refusal, no_such_issue
from sg_jira.sandbox.jira.times import Clock
from sg_jira.sandbox.jira.workflow import Workflow
from sg_jira.sandbox.media import Blob, MediaHost

if TYPE_CHECKING:
    from sg_jira.sandbox.jira.changelog import History
    from sg_jira.sandbox.jira.events import Event, EventShapes
    from sg_jira.sandbox.jira.fields import Field
    from sg_jira.sandbox.jira.screens import Placement
    from sg_jira.sandbox.jira.search_index import SearchIndex
    from sg_jira.sandbox.jira.webhooks import Webhooks

#: The sizes that attachments of new sites may have, in bytes.
_LIMITS: Final = {Flavour.CLOUD: 2**30, Flavour.DATA_CENTER: 10 * 2**20}


@dataclass
class Project:
    """A project. `unassignable` holds ids of people who cannot be assigned its issues."""

    id: str
    key: str
    name: str
    issue_types: tuple[IssueType, ...]
    workflow: Workflow
    components: list[Component] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    unassignable: set[str] = field(default_factory=set)
    issue_count: int = 0

    def show(self, base: str) -> dict[str, Any]:
        """Its short JSON form, as issues show it."""
        return {
            "self": f"{base}/project/{self.id}",
            "id": self.id,
            "key": self.key,
            "name": self.name,
            "projectTypeKey": "software",
        }


@dataclass
class Comment:
    """A comment; `author` and `updater` are ids of people, `parent` is what it answers."""

    id: str
    body: str
    author: str
    updater: str
    created: datetime
    updated: datetime
    visibility: Mapping[str, Any] | None = None
    parent: str | None = None


@dataclass
class Worklog:
    """A worklog; `author` and `updater` are ids of people, `comment` may be absent."""

    id: str
    seconds: int
    started: datetime
    comment: str | None
    author: str
    updater: str
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class Attachment:
    """A file attached to an issue; `author` is the id of a person."""

    id: str
    blob: Blob
    author: str
    created: datetime


@dataclass
class Link:
    """A link between two issues, by their ids; the type's outward phrase reads from `inward`."""

    id: str
    type: LinkType
    inward: str
    outward: str


@dataclass
class Issue:
    """An issue; `values` holds what its fields store, by field id."""

    id: str
    key: str
    project: Project
    creator: str
    created: datetime
    updated: datetime
    values: dict[str, Any]
    comments: dict[str, Comment] = field(default_factory=dict)
    worklogs: dict[str, Worklog] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    watchers: list[str] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    resolved: datetime | None = None
    category_changed: datetime | None = None

    @property
    def type(self) -> IssueType:
        """Its issue type."""
        issue_type: IssueType = self.values["issuetype"]
        return issue_type

    @property
    def status(self) -> Status:
        """Its status."""
        status: Status = self.values["status"]
        return status


class Store:
    """The state of one site. Whoever reads or changes it holds `lock`.

    Parameters:
        flavour, version: kind of site.
        clock: gives the present time, with a time zone.
        address: gives the site's address without a trailing slash.
        media: the host for files beside a Cloud site.
    """

    def __init__(
        self,
        flavour: Flavour,
        version: Release,
        clock: Clock,
        address: Callable[[], str],
        media: MediaHost,
    ) -> None:
        self.flavour = flavour
        self.version = version
        self.clock = clock
        self.lock = threading.RLock()
        self.people = People(flavour)
        self.permissions = Permissions()
        self.statuses: list[Status] = list(STATUSES)
        self.issue_types: list[IssueType] = list(ISSUE_TYPES)
        self.link_types: list[LinkType] = list(LINK_TYPES)
        self.projects: dict[str, Project] = {}
        self.fields: dict[str, Field] = {}
        self.placements: list[Placement] = []
        self.issues: dict[str, Issue] = {}
        self.links: dict[str, Link] = {}
        #: Told of every change, under the lock; set by the site.
        self.announce: Callable[[Event], None] = lambda event: None
        #: What search looks at; set by the site.
        self.search: SearchIndex
        #: The registered webhooks; set by the site.
        self.webhooks: Webhooks
        #: Ids of the fields on the screen of those projects that have none of their own.
        self.default_screen: list[str] = ["summary"]
        #: Ids of deleted worklogs, and when that was.
        self.deleted_worklogs: list[tuple[str, datetime]] = []
        #: What webhooks tell in different forms; set by the site.
        self.event_shapes: EventShapes
        self.media = media
        #: The most bytes of an attachment; `None` where the site takes none at all.
        self.attachment_limit: int | None = _LIMITS[flavour]
        #: Whether downloads lead to the media host even for those who ask for no redirect.
        self.always_redirects = False
        self._address = address
        self._counters: Counter[str] = Counter()
        self._ids: dict[str, str] = {}
        self._subtasks: dict[str, Issue] = {}

    @property
    def address(self) -> str:
        """The site's address."""
        return self._address()

    @property
    def base(self) -> str:
        """Address of the REST API, for `self` links."""
        return f"{self._address()}/rest/api/2"

    def next_id(self, kind: str) -> str:
        """A new id; every kind of thing counts for itself."""
        self._counters[kind] += 1
        return str(10000 + self._counters[kind])

    def project(self, reference: str) -> Project:
        """The project with this key or id. Raises `Refusal` 404."""
        for project in self.projects.values():
            if reference in (project.id, project.key):
                return project
        raise Refusal(404, f"No project could be found with key '{reference}'.")

    def add_issue(self, issue: Issue) -> None:
        """Adds an issue."""
        self.issues[issue.id] = issue
        self._ids[issue.key] = issue.id
        if issue.type.subtask:
            self._subtasks[issue.id] = issue

    def remove_issue(self, issue: Issue) -> None:
        """Removes an issue and its links; its children lose their parent."""
        del self.issues[issue.id], self._ids[issue.key]
        self._subtasks.pop(issue.id, None)
        ends = ((id, {link.inward, link.outward}) for id, link in self.links.items())
        for id in [id for id, both in ends if issue.id in both]:
            del self.links[id]
        for child in self.issues.values():
            if child.values.get("parent") == issue.id:
                child.values["parent"] = None

    def issue(self, reference: str) -> Issue:
        """The issue with this key or id. Raises `Refusal` 404."""
        id = self._ids.get(reference.upper(), reference)
        if id not in self.issues:
            raise no_such_issue()
        return self.issues[id]

    def subtasks(self, issue: Issue) -> list[Issue]:
        """The sub-tasks of an issue."""
        return [i for i in self._subtasks.values() if i.values.get("parent") == issue.id]
