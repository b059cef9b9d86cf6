"""What ends a command that works on both sites, in words for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import requests
from jira.exceptions import JIRAError

from sg_jira.connecting import NotConnected
from sg_jira.connection_trouble import network_trouble
from sg_jira.jira_client import shorten


@contextmanager
def trouble_told() -> Iterator[None]:
    """Ends the command with exit code 1 and a message: what is wrong, where, and how to mend it.

    Raises:
        click.ClickException: in place of what the settings, the sites or the way to them raised.
    """
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except (ValueError, ImportError, NotConnected) as error:
        raise click.ClickException(str(error)) from error
    except Exception as error:  # whatever the clients raise for a site in trouble
        raise click.ClickException(_told(error)) from error


def _told(error: Exception) -> str:
    """Of a site that was connected to before."""
    is_jira = isinstance(error, (requests.RequestException, JIRAError))
    site = "Jira" if is_jira else "FPTR"
    on_the_way = network_trouble(site, error)
    if on_the_way is not None:
        return f"{site} cannot be reached: {on_the_way.what}. {on_the_way.remedy}"
    if isinstance(error, JIRAError):
        return f"Jira says {shorten(error)}."
    return str(error) if isinstance(error, RuntimeError) else f"{type(error).__name__}: {error}"
