"""Fetches a file over HTTP: bounded in size and time, and from hosts that are known beforehand.

A file goes through a temporary file that has no name, and never through memory as a whole. Where
a site leads elsewhere, its login does not come along.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, Final, cast
from urllib.parse import urljoin, urlsplit

import requests

from sg_jira.deadlines import TOTAL, WatchedAdapter
from sg_jira.errors import FileElsewhere, FileTooLarge, FileUnavailable

#: Seconds to wait for a connection, and for each piece of a file; a site may look for viruses
#: before it answers.
TIMEOUT: Final = (15, 60)
#: Bytes per second below which nobody waits for a file to the end.
SLOWEST: Final = 256 * 1024
MEGABYTE: Final = 1024 * 1024

#: No other encoding than the file's own: its size is to be the one that the site has told.
HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "identity"}

_CHUNK: Final = 64 * 1024
_REDIRECTS: Final = 3
_PORTS: Final = {"http": 80, "https": 443}
#: An address about which all libraries agree who is asked: no login, no backslash, no blank.
_PLAIN_URL: Final = re.compile(
    r"https?://([a-z0-9.\-]+|\[[0-9a-f:.]+\])(:[0-9]+)?([/?#][!-\[\]-~]*)?", re.I
)

Ask = Callable[[str], requests.Response]


@dataclass(frozen=True)
class TransferRules:
    """What is copied, and from where.

    Parameters:
        most_bytes: the largest file.
        hosts: `host` or `host:port` of hosts to which the sites' downloads may lead, besides the
            sites themselves.
    """

    most_bytes: int
    hosts: frozenset[str] = frozenset()

    def check_size(self, size: int | None) -> None:
        """Refuses a file of which the site says that it is too large.

        Raises:
            FileTooLarge: with its size, and how to mend that.
        """
        if size is not None and size > self.most_bytes:
            has, allows = _megabytes_apart(size, self.most_bytes)
            raise FileTooLarge(
                f"it has {has} MB, and the setting attachment_limit_mb allows {allows}"
            )

    def seconds(self, size: int | None) -> float:
        """How long the transfer of a file may take; the largest one when its size is unknown."""
        return TOTAL + (self.most_bytes if size is None else size) / SLOWEST


def _megabytes_apart(*sizes: int) -> list[str]:
    """Sizes in megabytes, with as many decimals as it takes to tell them apart, and from none."""
    words: list[str] = []
    for decimals in range(1, 8):  # a byte has seven
        words = [f"{size / MEGABYTE:,.{decimals}f}" for size in sizes]
        if len({*words, f"{0:.{decimals}f}"}) > len(sizes):
            break
    return words


@dataclass(frozen=True)
class Download:
    """A file to be fetched from a site.

    Parameters:
        url: on the site.
        size: in bytes, as far as the site tells.
        ask: gets an address of the site with its login, streamed, without following redirects;
            raises what the site's client raises for a refusal.
        login_page: what the address of the site's login page contains.
        proxies: those of the site's client, by scheme; other hosts are asked through them, too.
    """

    url: str
    size: int | None
    ask: Ask
    login_page: str
    proxies: Mapping[str, str] = field(default_factory=dict)

    def into(self, file: BinaryIO, rules: TransferRules) -> None:
        """Writes the content to a file.

        Raises:
            FileTooLarge, FileElsewhere, FileUnavailable: it is not to be had; says why.
            ConnectionError: there came more or less than the site had told.
            Exception: whatever asking raises.
        """
        rules.check_size(self.size)
        url = self.url
        for _ in range(_REDIRECTS + 1):
            own = is_same_site(url, self.url)
            if not own:
                check_host(url, self.url, rules.hosts)
            with self.ask(url) if own else ask_stranger(url, self.proxies) as response:
                if not response.is_redirect:
                    self._write(response, file, rules)
                    return
                url = urljoin(url, response.headers["Location"])
            if is_same_site(url, self.url) and self.login_page in urlsplit(url).path:
                raise FileUnavailable("the site wants the bridge's account to log in for it anew")
        raise FileUnavailable("its download leads from one address to the next without an end")

    def _write(self, response: requests.Response, file: BinaryIO, rules: TransferRules) -> None:
        told = response.headers.get("Content-Length", "")
        rules.check_size(int(told) if told.isdigit() else None)
        got = 0
        for chunk in response.iter_content(_CHUNK):
            got += len(chunk)
            rules.check_size(got)
            file.write(chunk)
        if self.size is not None and got != self.size:
            raise ConnectionError(f"The file has {self.size} bytes, but {got} came.")


@contextmanager
def temporary_file() -> Iterator[BinaryIO]:
    """A file without a name, which nobody else can open and which is gone at the end."""
    with tempfile.TemporaryFile(prefix="sg-jira-") as file:
        yield cast(BinaryIO, file)


def is_same_site(url: str, site_url: str) -> bool:
    """Whether two addresses are of the same host and port, reached in the same way."""
    return _PLAIN_URL.fullmatch(url) is not None and _origin(url) == _origin(site_url)


def check_host(url: str, site_url: str, hosts: frozenset[str]) -> None:
    """Refuses to ask a host that is not among those allowed, or in a less safe way.

    Raises:
        FileElsewhere: names the host and the setting that would allow it.
    """
    if not _PLAIN_URL.fullmatch(url):
        raise FileElsewhere("its download leads to an address that cannot be understood")
    scheme, host, port = _origin(url)
    named = host if port == _PORTS[scheme] else f"{host}:{port}"
    if named not in hosts:
        raise FileElsewhere(
            f"its download leads to {named}, which is not the site itself; to allow that, add "
            f"{named!r} to the setting attachment_hosts"
        )
    if scheme == "http" and _origin(site_url)[0] == "https":
        raise FileElsewhere(f"its download leads to {named} without encryption")


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(scheme, 0)


def ask_stranger(url: str, proxies: Mapping[str, str] | None = None) -> requests.Response:
    """Gets an address of a host that is no site of ours: without any login.

    Raises:
        FileUnavailable: there is no such file.
        requests.ConnectionError: the host cannot answer, or refuses.
    """
    host = urlsplit(url).hostname
    try:
        with plain_session(proxies) as http:
            response = http.get(
                url, headers=HEADERS, stream=True, timeout=TIMEOUT, allow_redirects=False
            )
    except requests.RequestException as error:
        # Without the cause, which quotes the address: whoever has that, has the file.
        raise requests.ConnectionError(f"{host}: {type(error).__name__}") from None
    if response.ok:
        return response
    response.close()
    if response.status_code in (404, 410):
        raise FileUnavailable(f"{host} has it no more")
    raise requests.ConnectionError(f"{host} answered with HTTP {response.status_code}")


def plain_session(proxies: Mapping[str, str] | None = None) -> requests.Session:
    """An HTTP session that sends no login by itself, and keeps deadlines."""
    http = requests.Session()
    http.proxies.update(proxies or {})
    # Or it would look for a login in the account's `.netrc`.
    http.auth = lambda request: request
    for prefix in ("http://", "https://"):
        http.mount(prefix, WatchedAdapter())
    return http
