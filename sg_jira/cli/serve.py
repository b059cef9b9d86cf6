"""`sg-jira serve`, and `webapp.py`: runs the web service."""

from __future__ import annotations

import click

from sg_jira.errors import StoreError
from sg_jira.service_settings import ROLES, SERVICE_VARIABLES, ServiceSettings
from sg_jira.web.serving import run_server


def _variables() -> str:
    """A line for each variable of the service, with its default."""
    defaults = ServiceSettings()
    width = max(map(len, SERVICE_VARIABLES))
    return "\n".join(
        f"  {name:<{width}}  {_default(getattr(defaults, field))}".rstrip()
        for name, (field, _) in SERVICE_VARIABLES.items()
    )


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == ():
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


_EXAMPLES = f"""\b
Examples:
  sg-jira serve --settings settings.py
  sg-jira serve --settings settings.py --listen-address 0.0.0.0 --port 9443 \\
      --ssl-context key.pem cert.pem
\b
  Several machines, with PostgreSQL (SGJIRA_DATABASE_URL):
  sg-jira serve --settings settings.py --role web --listen-address 0.0.0.0
  sg-jira serve --settings settings.py --role worker
\b
  The same as a script, with the names it always had:
  python webapp.py --settings settings.py --listen_address 0.0.0.0

\b
What to configure on the sites:
  FPTR event daemon, Project.sg_jira_sync_url:  http://HOST:9090/sg2jira/NAME
  Jira webhook:                 http://HOST:9090/jira2sg/NAME/issue/${{issue.key}}
  NAME is a key of SYNC in the settings file. GET the URL to check it.

\b
What to watch:
  /healthz  200 while the process runs
  /readyz   200 when both sites are connected, else 503 with what is missing; and what is wrong
            with entries of the settings

\b
Environment variables and their defaults, as docs/settings.md explains them under "Environment"
(a .env file loaded by the settings file counts too):
{_variables()}

\b
Exit codes:
  0  stopped by Ctrl-C or a signal to terminate
  1  cannot start: settings, address, port, key or certificate; the message says why
  2  the command line cannot be understood
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--settings",
    required=True,
    metavar="FILE",
    help="Settings file, a Python file that defines SHOTGUN, JIRA and SYNC.",
)
@click.option(
    "--listen-address",
    "--listen_address",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDR",
    help="IPv4 address to listen on; 0.0.0.0 for all interfaces.",
)
@click.option(
    "--port",
    default=9090,
    show_default=True,
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port to listen on; 0 for a free one.",
)
@click.option(
    "--ssl-context",
    "--ssl_context",
    nargs=2,
    metavar="KEY CERT",
    help="Key file and certificate file (PEM): speak HTTPS.",
)
@click.option(
    "--role",
    type=click.Choice(ROLES),
    help="What this process does: receive (web), work (worker) or both. The first two need "
    "PostgreSQL.  [default: SGJIRA_ROLE, else all]",
)
@click.option(
    "--allow-unsigned",
    is_flag=True,
    help="Listen beyond this machine although no secrets are set.",
)
def serve(
    settings: str,
    listen_address: str,
    port: int,
    ssl_context: tuple[str, str] | None,
    role: str | None,
    allow_unsigned: bool,
) -> None:
    """Receives webhooks from Jira and events from FPTR and syncs them.

    The service starts even when a site is down, and connects as soon as it answers. Settings
    that cannot be used end the start; all problems are listed.
    """
    key, certificate = ssl_context or (None, None)
    try:
        run_server(
            port,
            listen_address,
            settings,
            key,
            certificate,
            role,
            announce=click.echo,
            must_prove=not allow_unsigned,
        )
    except (ValueError, ImportError, OSError, StoreError) as error:
        raise click.ClickException(str(error)) from error
