"""The settings of files that travel: their types, and what they say as typed values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator

from sg_jira.file_transfer import MEGABYTE, TransferRules
from sg_jira.handlers.generic.mapping import Direction, Words
from sg_jira.handlers.generic.problems import Problem
from sg_jira.handlers.generic.sites import Sites

#: Megabytes of the largest file. Jira Data Center takes 10 unless it is told otherwise, Cloud more.
DEFAULT_LIMIT: Final = 25.0

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", re.IGNORECASE)


def check_host_name(host: str) -> str:
    """Refuses what names no single host. Raises `ValueError`."""
    if not _HOST.fullmatch(host):
        raise ValueError(
            f"{host!r} names no host; write it like 'media.example.com' or "
            "'media.example.com:8443', without https:// and without wildcards"
        )
    return host


HostName = Annotated[str, AfterValidator(check_host_name)]


@dataclass(frozen=True)
class AttachmentRules:
    """Which way files travel, and which files do."""

    direction: Direction
    transfer: TransferRules


def problems_of_links(
    direction: object, sg_types: Iterable[str], sites: Sites, path: str
) -> Iterator[Problem]:
    """Tells the types of records to which FPTR lets no Attachments be linked.

    Parameters:
        direction: the setting.
        sg_types: of records whose Issues may get files.
        sites: to be asked.
        path: where the setting stands.
    """
    if direction not in (Direction.BOTH_WAY, Direction.JIRA_TO_SG):
        return
    schema = sites.sg_field("Attachment", "attachment_links") or {}
    valid = ((schema.get("properties") or {}).get("valid_types") or {}).get("value") or []
    missing = [each for each in sg_types if valid and each not in valid]
    if missing:
        yield Problem(
            path,
            f"files of Issues cannot be linked to {', '.join(missing)}: the FPTR field "
            "Attachment.attachment_links does not take that. Add it to the field's entity types",
            is_warning=True,
        )


def read_attachment_rules(
    direction: Words | None, limit_mb: float, hosts: Iterable[str] | None
) -> AttachmentRules | None:
    """What the settings say; `None` when no files travel.

    Raises:
        ValueError: the direction or a host is none.
    """
    if not direction:
        return None
    allowed = frozenset(check_host_name(host).lower() for host in hosts or ())
    return AttachmentRules(Direction(direction), TransferRules(int(limit_mb * MEGABYTE), allowed))
