"""`JiraSite`: an in-memory Jira site, served over HTTP, with its people, projects and fields."""

from __future__ import annotations

from typing import Any, Final

from sg_jira.sandbox.controls import Controls
from sg_jira.sandbox.jira.actor import JiraActor
from sg_jira.sandbox.jira.attachments import find_attachment
from sg_jira.sandbox.jira.configuration import Configuration
from sg_jira.sandbox.jira.events import Event, EventShapes
from sg_jira.sandbox.jira.fields import CLOUD_FIELDS, SYSTEM_FIELDS
from sg_jira.sandbox.jira.flavour import FIRST_SIGNING, VERSIONS, Flavour, Release
from sg_jira.sandbox.jira.people import Credentials, Person
from sg_jira.sandbox.jira.permissions import Permission
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.routes import build_app, describe, refuse
from sg_jira.sandbox.jira.search import finds
from sg_jira.sandbox.jira.search_index import SearchIndex, SearchSettings
from sg_jira.sandbox.jira.shape import show_comment, show_issue, show_worklog
from sg_jira.sandbox.jira.store import Store
from sg_jira.sandbox.jira.times import Clock, now_in_utc
from sg_jira.sandbox.jira.webhooks import Webhooks
from sg_jira.sandbox.media import MediaHost
from sg_jira.sandbox.pages.jira_pages import JiraPages
from sg_jira.sandbox.serving import SiteServer

#: The custom fields that the bridge asks for: name, type, options.
_BRIDGE_FIELDS: Final = (
    ("Shotgun Type", "textfield", ()),
    ("Shotgun ID", "textfield", ()),
    ("Shotgun URL", "textfield", ()),
    ("Sync In FPTR", "select", ("True", "False")),
    ("Shotgun TimeLogs", "textarea", ()),
)


class JiraSite(Configuration):
    """A Jira site in memory. It starts without people and projects.

    Parameters:
        flavour: Jira Cloud or Jira Data Center.
        version: what it says its version is, such as `(9, 12, 0)`; the flavour's own if absent.
        host, port: where to listen; port 0 takes a free one.
        clock: gives the present time, with a time zone.
        bridge_fields: whether it has the custom fields that the bridge needs, on all screens.
        threads: how many requests are handled at the same time.
    """

    def __init__(
        self,
        flavour: Flavour = Flavour.CLOUD,
        *,
        version: Release | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock = now_in_utc,
        bridge_fields: bool = True,
        threads: int = 24,
    ) -> None:
        self.flavour = flavour
        #: The host for files beside a Cloud site.
        self.media = MediaHost(host)
        version = version or VERSIONS[flavour]
        self._store = Store(flavour, version, clock, lambda: self.url, self.media)
        #: The webhooks that are registered, and what goes wrong with them.
        self.webhooks = Webhooks(
            self._store.lock,
            flavour,
            signs=flavour.is_cloud or version >= FIRST_SIGNING,
            finds=self._finds,
        )
        self._store.webhooks = self.webhooks
        self._store.announce = self._announce
        self._store.search = SearchIndex(self._store)
        #: What webhooks tell in different forms; to be changed.
        self.event_shapes = self._store.event_shapes = EventShapes()
        system = SYSTEM_FIELDS + (CLOUD_FIELDS if flavour.is_cloud else ())
        self._store.fields = {field.id: field for field in system}
        app = build_app(self._store)
        self.controls = Controls(app, lambda: describe(self._store), refuse)
        self.controls.knobs.offer("webhooks", self.webhooks.mishaps, self.webhooks.look_again)
        self.controls.knobs.offer("webhook_timing", self.webhooks.timing)
        self.controls.knobs.offer("webhook_shapes", self.event_shapes)
        self.controls.knobs.offer("search", self.search)
        app.register_blueprint(JiraPages(self._store).blueprint())
        self._server = SiteServer(app, host, port, threads)
        if bridge_fields:
            for name, type, options in _BRIDGE_FIELDS:
                self.add_field(name, type, options=options)

    def _announce(self, event: Event) -> None:
        issue = self._store.issues[event.issue_id]
        self._store.search.note(issue, event.moment, gone=event.name == "jira:issue_deleted")
        self.webhooks.announce(event)

    @property
    def search(self) -> SearchSettings:
        """How search behaves; to be changed."""
        return self._store.search.settings

    def _finds(self, jql: str, event: Event) -> bool:
        try:
            return finds(self._store, jql, self._store.issues[event.issue_id])
        except Refusal:
            # It names what is not there any more; then it finds nothing.
            return False

    @property
    def url(self) -> str:
        """The site's address, without a trailing slash; known once it was started."""
        return self._server.url

    def start(self) -> None:
        """Serves the site. Raises `OSError` when the port is taken."""
        self._server.start()

    def stop(self) -> None:
        """Stops serving and sending webhooks."""
        self._server.stop()
        self.media.stop()
        self.webhooks.clear()

    def add_person(
        self,
        name: str,
        email: str,
        *,
        login: str | None = None,
        email_hidden: bool = False,
        active: bool = True,
        time_zone: str = "Etc/UTC",
        is_program: bool = False,
    ) -> Person:
        """Adds an account.

        Parameters:
            name: the display name.
            login: the user name on Data Center; the part of the e-mail before the @ if absent.
            email_hidden: the person shows the e-mail to nobody.
            active: whether the account can log in and be assigned issues.
            time_zone: that of its profile, in which it searches; such as `Europe/Paris`.
            is_program: it is a program's own, so that the site's pages do not edit in its name.

        Raises:
            ValueError: the e-mail or the login is taken.
        """
        with self._store.lock:
            return self._store.people.add(
                name, email, login, email_hidden, active, time_zone, is_program
            )

    def find_person(self, email: str) -> Person | None:
        """The person with this e-mail."""
        with self._store.lock:
            people = self._store.people
            return next((p for p in people if p.email.lower() == email.lower()), None)

    def change_person(self, person: Person, **changes: Any) -> Person:
        """Changes `active`, `email_hidden`, `email` or `display_name` of an account."""
        with self._store.lock:
            return self._store.people.change(person, **changes)

    def credentials(self, person: Person) -> Credentials:
        """How this person logs in."""
        with self._store.lock:
            return self._store.people.credentials(person)

    def forbid(
        self, person: Person, permission: Permission | str, project: str | None = None
    ) -> None:
        """Takes a permission from a person.

        Parameters:
            permission: its key, such as `EDIT_ISSUES` or `ADMINISTER`.
            project: key of the only project where it is taken.

        Raises:
            ValueError: there is no such permission.
        """
        with self._store.lock:
            place = None if project is None else self._store.project(project).id
            self._store.permissions.take(person, Permission(permission), place)

    def allow_everything(self, person: Person) -> None:
        """Gives a person back what `forbid` took."""
        with self._store.lock:
            self._store.permissions.give_back(person)

    def acting_as(self, person: Person) -> JiraActor:
        """Lets a person act from Python."""
        return JiraActor(self._store, person)

    def issue(self, key: str) -> dict[str, Any]:
        """An issue as `GET issue` shows it. Raises `Refusal` 404."""
        with self._store.lock:
            return show_issue(self._store, self._store.issue(key))

    def issues(self, project: str) -> list[dict[str, Any]]:
        """The issues of a project (key), oldest first."""
        with self._store.lock:
            found = [i for i in self._store.issues.values() if i.project.key == project]
            return [show_issue(self._store, issue) for issue in found]

    def comments(self, key: str) -> list[dict[str, Any]]:
        """The comments of an issue, oldest first."""
        with self._store.lock:
            issue = self._store.issue(key)
            return [show_comment(self._store, issue, one) for one in issue.comments.values()]

    def worklogs(self, key: str) -> list[dict[str, Any]]:
        """The worklogs of an issue, oldest first."""
        with self._store.lock:
            issue = self._store.issue(key)
            return [show_worklog(self._store, issue, one) for one in issue.worklogs.values()]

    def attachments(self, key: str) -> list[dict[str, Any]]:
        """The attachments of an issue, oldest first."""
        shown: list[dict[str, Any]] = self.issue(key)["fields"]["attachment"]
        return shown

    def attached(self, id: str) -> bytes:
        """What is in an attachment. Raises `Refusal` 404."""
        with self._store.lock:
            return find_attachment(self._store, id)[1].blob.content

    def limit_attachments(self, most_bytes: int | None, always_redirects: bool = False) -> None:
        """Says how large attachments may be, and whether every download is a redirect.

        Parameters:
            most_bytes: `None` where the site takes no attachments.
            always_redirects: to the media host, even for those who ask for none. Cloud only.
        """
        with self._store.lock:
            self._store.attachment_limit = most_bytes
            self._store.always_redirects = always_redirects
