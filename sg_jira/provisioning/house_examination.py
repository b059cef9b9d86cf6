"""Looks at the bridge's own side: its store, its secrets, the versions, the clocks."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from sg_jira.engine.opening import open_configured
from sg_jira.errors import StoreError
from sg_jira.provisioning.findings import Finding, failure, fine, warning
from sg_jira.service_settings import ServiceSettings

#: Seconds; what is signed counts for five minutes, so there is room to spare.
MOST_SKEW: Final = 60
_PACKAGES: Final = ("sg-jira", "shotgun_api3", "jira")


def examine_store(service: ServiceSettings, settings_file: Path) -> Finding:
    """Whether the store can be read, and is of this version. It is neither made nor upgraded."""
    topic = "Store"
    path = service.store_for(settings_file)
    url = service.database_url.get_secret_value() if service.database_url else None
    if url is None and not path.exists():
        return fine(topic, f"{path} is made when the bridge first starts.")
    try:
        store = open_configured(path, url, upgrade=False)
    except StoreError as error:
        return failure(topic, str(error), "")
    try:
        return fine(topic, f"{store.place} can be read and is of this version.")
    finally:
        store.close()


def examine_secrets(service: ServiceSettings) -> Iterator[Finding]:
    """Which secrets are set; never shows one."""
    topic = "Secrets"
    missing = [name for name, is_set in _secrets_set(service).items() if not is_set]
    if missing:
        yield warning(
            topic,
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set.",
            "sg-jira setup --url makes them; without them what comes in is only a hint.",
        )
    else:
        yield fine(topic, "both senders prove themselves, and administration needs a token.")


def _secrets_set(service: ServiceSettings) -> Mapping[str, bool]:
    return {
        "SGJIRA_FPTR_SECRET": bool(service.fptr_secrets),
        "SGJIRA_JIRA_SECRET": bool(service.jira_secrets),
        "SGJIRA_ADMIN_TOKEN": service.admin_token is not None,
    }


def examine_versions(sites: Mapping[str, str]) -> Finding:
    """What runs, here and there. `sites` is what each site says of itself."""
    found = [f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:  # run from a folder of sources
            found.append(f"{package} (not installed)")
    found += [f"{name} {version}" for name, version in sites.items()]
    return fine("Versions", f"{', '.join(found)}.")


def examine_clock(name: str, site_time: datetime | None, now: datetime) -> Finding:
    """Whether a site's clock and ours agree.

    Parameters:
        name: of the site.
        site_time: with a time zone; `None` when the site did not tell.
        now: our own, likewise.
    """
    topic = "Clock"
    if site_time is None:
        return warning(topic, f"{name} does not tell its time.", "Keep ours set by NTP.")
    seconds = round(abs((now - site_time).total_seconds()))
    if seconds <= MOST_SKEW:
        return fine(topic, f"ours and that of {name} agree.")
    return warning(
        topic,
        f"ours and that of {name} are {seconds} seconds apart.",
        "Set the clock of this machine by NTP.",
    )
