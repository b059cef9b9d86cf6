"""Runs the web service from a settings file: `python webapp.py --settings settings.py`.

A front door only; the service itself is `sg_jira.web`.
"""

from sg_jira.cli.serve import serve
from sg_jira.web.serving import create_server, run_server

__all__ = ["create_server", "main", "run_server"]


def main() -> None:
    """Runs the service as the command line says.

    Unlike `sg-jira serve` it lets itself be reached from elsewhere without secrets, as ever, and
    warns of that.
    """
    serve.main(default_map={"allow_unsigned": True})


if __name__ == "__main__":
    main()
