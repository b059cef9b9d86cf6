"""Files attached to Jira Issues: what there is, what is in them, and new ones.

Works on the real client only. It asks by an attachment's id and never by an address that somebody
sent: Cloud has a download that does not lead to its media host, Data Center has one page per file.
https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issue-attachments/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.parse import quote

import requests
from jira.exceptions import JIRAError
from jira.resilientsession import ResilientSession, raise_on_error
from requests_toolbelt import MultipartEncoder

from sg_jira.conversions.file_names import plain_type
from sg_jira.errors import FileTooLarge, FileUnavailable
from sg_jira.file_transfer import HEADERS, TIMEOUT, Download, TransferRules
from sg_jira.jira_client import check_key
from sg_jira.jira_transport import SessionPerThread
from sg_jira.site_calls import Site, SiteCall

if TYPE_CHECKING:
    from sg_jira.jira_session import JiraSession

_LOGIN_PAGE: Final = "login"
#: Without it, Jira takes a form for a forged one.
_FORM_HEADERS: Final = {"X-Atlassian-Token": "no-check"}
_TOO_LARGE: Final = 413


@dataclass(frozen=True)
class JiraFile:
    """An attachment of an Issue; `author` is who added it, as Jira shows people."""

    id: str
    name: str
    size: int | None
    content_type: str
    author: Mapping[str, Any]


def read_files(attachments: Any) -> list[JiraFile]:
    """The files among the field `attachment` of an Issue's JSON, oldest first."""
    shown = [one for one in attachments or () if isinstance(one, Mapping)]
    files = [
        JiraFile(
            str(one.get("id")),
            str(one.get("filename") or ""),
            one["size"] if isinstance(one.get("size"), int) else None,
            plain_type(one.get("mimeType")),
            one.get("author") or {},
        )
        for one in shown
        if str(one.get("id")).isdigit()
    ]
    return sorted(files, key=lambda file: int(file.id))


class JiraFiles:
    """The attachments of a site.

    Parameters:
        session: on the real client.
        rules: what may be copied.
    """

    def __init__(self, session: JiraSession, rules: TransferRules) -> None:
        self._session = session
        self._rules = rules

    @property
    def _transport(self) -> SessionPerThread:
        transport: SessionPerThread = self._session._session  # type: ignore[assignment]
        return transport

    def of_issue(self, issue_key: str) -> list[JiraFile]:
        """The attachments that an Issue has now. Raises `JIRAError`."""
        issue = self._session.issue(issue_key, fields="attachment")
        return read_files(issue.raw["fields"].get("attachment"))

    def download(self, file: JiraFile, into: BinaryIO) -> None:
        """Writes what is in an attachment to a file.

        Raises:
            FileRefused: it is not to be had; says why.
            Exception: Jira cannot answer.
        """
        is_cloud = self._session.is_jira_cloud
        path = f"secure/attachment/{file.id}/{quote(file.name, safe='')}"
        url = (
            f"{self._session._get_url(f'attachment/content/{file.id}')}?redirect=false"
            if is_cloud
            else f"{self._session.server_url.rstrip('/')}/{path}"
        )
        endpoint = "GET attachment/content/{}" if is_cloud else "GET secure/attachment/{}"

        def work(http: ResilientSession) -> None:
            ask = partial(_get, http)
            Download(url, file.size, ask, _LOGIN_PAGE, http.proxies).into(into, self._rules)

        call = SiteCall(Site.JIRA, endpoint, None, writes=False)
        self._transport.transfer(call, self._rules.seconds(file.size), work)

    def attach(
        self, issue_key: str, file: BinaryIO, size: int, name: str, content_type: str
    ) -> JiraFile:
        """Adds a file to an Issue.

        Parameters:
            file: open at its beginning.
            size: in bytes.
            name, content_type: what the file is to be called and taken for.

        Raises:
            FileTooLarge: Jira's own limit is lower.
            JIRAError: Jira refuses, or cannot answer.
        """
        check_key(issue_key, what="issue key")
        url = self._session._get_url(f"issue/{issue_key}/attachments")

        def work(http: ResilientSession) -> Any:
            form = MultipartEncoder({"file": (name, file, content_type)})
            headers = {**_FORM_HEADERS, "Content-Type": form.content_type}
            with _request(http, "POST", url, data=form, headers=headers) as answer:
                if answer.status_code == _TOO_LARGE:
                    raise FileTooLarge("Jira does not allow attachments of this size")
                _check(answer)
                return answer.json()

        call = SiteCall(Site.JIRA, "POST issue/{}/attachments", issue_key, writes=True)
        added = self._transport.transfer(call, self._rules.seconds(size), work)
        return read_files(added)[0]


def _get(http: ResilientSession, url: str) -> requests.Response:
    response = _request(http, "GET", url, headers=HEADERS, stream=True)
    if response.status_code in (404, 410):
        response.close()
        raise FileUnavailable("Jira has it no more, or does not show it to the bridge's account")
    if not response.is_redirect:
        _check(response)
    return response


def _request(http: ResilientSession, method: str, url: str, **kwargs: Any) -> requests.Response:
    """A request on the client's session, past the client: that would read all of the answer."""
    return requests.Session.request(
        http, method, url, timeout=TIMEOUT, allow_redirects=False, **kwargs
    )


def _check(answer: requests.Response) -> None:
    """Raises a refusal as the client would."""
    if answer.is_redirect:  # an upload that leads elsewhere
        raise JIRAError("Jira answered with a redirect.", status_code=answer.status_code)
    raise_on_error(answer)
