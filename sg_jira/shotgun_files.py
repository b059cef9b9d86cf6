"""Files in FPTR: what an Attachment is, what is in it, and new ones.

Works on the real client only, but past its own transfers: these know no limit of size or time,
follow redirects to any host, and build a whole upload in memory. It asks by an Attachment's id and
never by the address that a record holds. Uploads go to the site itself, which moves them to its
storage, as clients did before they could upload there.
"""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, Final, TypeVar

import requests
from requests_toolbelt import MultipartEncoder
from shotgun_api3 import shotgun as shotgun_client

from sg_jira.conversions.file_names import plain_type, with_suffix_of
from sg_jira.deadlines import total_deadline
from sg_jira.errors import FileUnavailable
from sg_jira.file_transfer import HEADERS, TIMEOUT, Download, TransferRules, plain_session
from sg_jira.shotgun_session import ShotgunSession
from sg_jira.site_calls import Site, SiteCall, make_call

ATTACHMENT: Final = "Attachment"
_FIELDS: Final = ("this_file", "display_name", "filename", "file_size", "created_by")
_LOGIN_PAGE: Final = "/user/login"
_COOKIE: Final = "_session_id"
_QUOTED: Final = 200

Entity = Mapping[str, Any]
Done = TypeVar("Done")


@dataclass(frozen=True)
class ShotgunFile:
    """An Attachment; `link_type` is `upload` for a file, else it is a link to something."""

    id: int
    name: str
    size: int | None
    content_type: str
    link_type: str
    created_by: tuple[str, int] | None


class ShotgunFiles:
    """The files of a site.

    Parameters:
        session: of the calling thread, on the real client.
        rules: what may be copied.
    """

    def __init__(self, session: ShotgunSession, rules: TransferRules) -> None:
        self._session = session
        self._rules = rules

    def read(self, ids: Iterable[int]) -> list[ShotgunFile]:
        """The Attachments with these ids, as far as they exist."""
        wanted = list(ids)
        return self._find([["id", "in", wanted]]) if wanted else []

    def own_of(self, record: Entity) -> list[ShotgunFile]:
        """The Attachments that the bridge itself made and linked to a record."""
        link = {"type": record["type"], "id": record["id"]}
        filters: list[list[Any]] = [["attachment_links", "is", link]]
        if self._session.current_user:
            filters.append(["created_by", "is", self._session.current_user])
        return [file for file in self._find(filters) if self.is_own(file)]

    def is_own(self, file: ShotgunFile) -> bool:
        """Whether the bridge itself made it."""
        own = self._session.current_user
        return own is not None and file.created_by == (own["type"], own["id"])

    def _find(self, filters: list[list[Any]]) -> list[ShotgunFile]:
        found = self._session.find(ATTACHMENT, filters, list(_FIELDS))
        return [_file(record) for record in sorted(found, key=lambda one: int(one["id"]))]

    def download(self, file: ShotgunFile, into: BinaryIO) -> None:
        """Writes what is in an Attachment to a file.

        Raises:
            FileRefused: it is not to be had; says why.
            Exception: FPTR cannot answer.
        """
        if file.link_type != "upload":
            raise FileUnavailable("it is a link, and no file that was uploaded to FPTR")
        self._rules.check_size(file.size)
        url = f"{self._site}/file_serve/attachment/{file.id}"
        headers = {**HEADERS, "Cookie": f"{_COOKIE}={self._login()}"}

        def work() -> None:
            with self._http() as http:
                ask = partial(_get, http, headers)
                Download(url, file.size, ask, _LOGIN_PAGE, http.proxies).into(into, self._rules)

        self._transfer("GET file_serve/attachment/{}", None, file.size, work)

    def upload(
        self,
        record: Entity,
        field: str | None,
        file: BinaryIO,
        size: int,
        name: str,
        content_type: str,
    ) -> int:
        """Makes an Attachment of a file, linked to a record or put into a field of it.

        Parameters:
            record: which gets the file.
            field: that takes Attachments; without it the Attachment links to the record.
            file: open at its beginning.
            size: in bytes.
            name, content_type: what the file is to be called and taken for.

        Returns:
            The id of the Attachment.

        Raises:
            Fault: FPTR refuses; of its client.
            Exception: FPTR cannot answer.
        """
        form = {
            **{key: str(value) for key, value in self._client._auth_params().items()},
            "entity_type": record["type"],
            "entity_id": str(record["id"]),
            **({"field_name": field} if field else {}),
            "display_name": name,
            "file": (name, file, content_type),
        }

        def work() -> str:
            encoder = MultipartEncoder(form)
            headers = {"Content-Type": encoder.content_type}
            with self._http() as http:
                url = f"{self._site}/upload/upload_file"
                with _request(http, "POST", url, data=encoder, headers=headers) as answer:
                    return answer.text

        target = f"{record['type']}:{record['id']}"
        said = self._transfer("POST upload/upload_file", target, size, work)
        status, _, number = said.split("\n", 1)[0].partition(":")
        if status != "1" or not number.isdigit():
            raise shotgun_client.Fault(f"FPTR takes no file for {target}: {said[:_QUOTED]}")
        return int(number)

    def link_to_note(self, number: int, note: Entity) -> None:
        """Adds an Attachment to those of a Note; one that is there already stays."""
        self._session.update(
            "Note",
            note["id"],
            {"attachments": [{"type": ATTACHMENT, "id": number}]},
            multi_entity_update_modes={"attachments": "add"},
        )

    # ------------------------------------------------------------------ HTTP

    @property
    def _client(self) -> Any:
        return self._session._shotgun

    @property
    def _site(self) -> str:
        config = self._client.config
        return f"{config.scheme}://{config.server}"

    def _login(self) -> str:
        """A token of a new session; one that was kept may have expired."""
        config = self._client.config
        kept, config.session_token = config.session_token, None
        try:
            return str(self._session.get_session_token())
        finally:
            config.session_token = kept

    @contextmanager
    def _http(self) -> Iterator[requests.Session]:
        proxy = getattr(self._client.config.proxy_handler, "proxies", {}).values()
        # The client has it for the site's own scheme only.
        proxies = {scheme: url for url in proxy for scheme in ("http", "https")}
        with plain_session(proxies) as http:
            http.verify = self._client._get_certs_file(None)
            yield http

    def _transfer(
        self, endpoint: str, target: str | None, size: int | None, work: Callable[[], Done]
    ) -> Done:
        def send() -> Done:
            with total_deadline(self._rules.seconds(size)):
                return work()

        return make_call(SiteCall(Site.SHOTGUN, endpoint, target, target is not None), send)


def _file(record: Entity) -> ShotgunFile:
    content = record.get("this_file") or {}
    creator = record.get("created_by")
    name = record.get("display_name") or content.get("name") or record.get("filename") or ""
    return ShotgunFile(
        int(record["id"]),
        with_suffix_of(name, record.get("filename")),
        record.get("file_size"),
        plain_type(content.get("content_type")),
        str(content.get("link_type")),
        (creator["type"], creator["id"]) if creator else None,
    )


def _get(http: requests.Session, headers: Mapping[str, str], url: str) -> requests.Response:
    return _request(http, "GET", url, headers=dict(headers), stream=True)


def _request(http: requests.Session, method: str, url: str, **kwargs: Any) -> requests.Response:
    """A request to the site.

    Raises:
        FileUnavailable: there is no such file, or it was put into quarantine.
        xmlrpc.client.ProtocolError: the site refuses, or is in trouble; as its client says it.
    """
    answer = http.request(method, url, timeout=TIMEOUT, allow_redirects=False, **kwargs)
    if answer.ok:
        return answer
    answer.close()
    if method == "GET" and answer.status_code in (400, 404, 410):
        raise FileUnavailable(
            "FPTR does not give it out: it was deleted, is no uploaded file, or was found to be "
            "harmful"
        )
    raise xmlrpc.client.ProtocolError(
        url, answer.status_code, answer.reason or "", dict(answer.headers)
    )
