"""Runs the web service from a settings file: `python webapp.py --settings settings.py`.

A front door only; the service itself is `sg_jira.web`.
"""

from sg_jira.cli.serve import serve as main
from sg_jira.web.serving import create_server, run_server

__all__ = ["create_server", "main", "run_server"]

if __name__ == "__main__":
    main()
