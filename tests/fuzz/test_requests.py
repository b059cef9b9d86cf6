"""Made-up requests to the real command: it answers each of them, and keeps nothing bad.

`make fuzz` sends 10,000; some, always the same ones, are part of `make test`.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks

from sg_jira.demo.service import write_settings
from sg_jira.sandbox import Flavour, Sandbox
from tests.fuzz.requests_made_up import Secrets, Sent, cases, variants
from tests.settings_files import REPOSITORY

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "100"))
SEED = int(os.environ.get("FUZZ_SEED", "20260301"))
ADMIN_TOKEN = "the-token-of-the-admins-of-this-test"
#: What an answer has to be, by the description.
CONFORMS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
#: Cases that are made with one seed. Hypothesis slows down with their number.
CASES_OF_A_ROUND = 200
_PATIENCE = 60.0


@dataclass
class Command:
    """`sg-jira serve`, running."""

    url: str
    process: subprocess.Popen[bytes]
    store: Path
    logs: list[Path]
    secrets: Secrets
    session: requests.Session

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    @property
    def kept(self) -> int:
        """How many events it has stored of those that were posted to it."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as store:
            (count,) = store.execute(
                "SELECT count(*) FROM event"
                " WHERE source IN ('event-daemon', 'fptr-webhook', 'jira-webhook')"
            ).fetchone()
        return count

    @property
    def log(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in self.logs)


@pytest.fixture
def flavour() -> Flavour:
    """What is posted to the bridge does not depend on the kind of Jira."""
    return Flavour.CLOUD


@pytest.fixture
def command(sandbox: Sandbox, tmp_path: Path) -> Iterator[Command]:
    access = sandbox.bridge_settings()
    log, printed = tmp_path / "bridge.log", tmp_path / "printed.log"
    file = write_settings(sandbox, tmp_path / "settings.py", log)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = ["-m", "sg_jira.cli", "serve", "--settings", str(file), "--port", str(port)]
    variables = {
        "SGJIRA_ADMIN_TOKEN": ADMIN_TOKEN,
        "SGJIRA_REQUESTS_PER_MINUTE": "1000000",
        "PYTHONPATH": str(REPOSITORY),
        **access.proofs,
    }
    others = (access.sg_script_key, access.jira_secret)
    with printed.open("wb") as output, requests.Session() as session:
        session.trust_env = False
        # Making a case up may take longer than the service keeps a silent connection.
        session.headers["Connection"] = "close"
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        one = Command(
            f"http://127.0.0.1:{port}",
            process,
            tmp_path / "settings.events.sqlite3",
            [log, printed],
            Secrets(access.daemon_token, access.webhook_secret, ADMIN_TOKEN, others),
            session,
        )
        try:
            wait_until_ready(one)
            yield one
        finally:
            process.terminate()
            process.wait(_PATIENCE)


def wait_until_ready(command: Command) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        assert command.is_alive, command.log
        try:
            if command.session.get(f"{command.url}/readyz", timeout=10).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.02)  # it does not listen yet
    raise AssertionError(f"It was not ready in time: {command.log}")


def test_made_up_requests_are_answered_and_leave_nothing_bad(
    command: Command, sandbox: Sandbox
) -> None:
    load_all_checks()
    answers: Counter[tuple[str, int]] = Counter()
    made_up, round_ = cases(places_of(sandbox)), 0

    while (left := REQUESTS - answers.total()) > 0:
        send_some(command, made_up, answers, SEED + round_, min(-(-left // 6), CASES_OF_A_ROUND))
        round_ += 1

    tell(answers)
    assert command.is_alive, command.log
    assert command.session.get(f"{command.url}/healthz", timeout=_PATIENCE).ok
    assert not command.secrets.found_in(command.log)
    assert "Traceback" not in command.log
    assert command.kept > 0


def send_some(
    command: Command,
    made_up: SearchStrategy[Case],
    answers: Counter[tuple[str, int]],
    with_seed: int,
    count: int,
) -> None:
    """Sends so many cases, each in all its variants, and checks every answer."""
    checks = CHECKS.get_by_names(list(CONFORMS))

    @seed(with_seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(made_up)
    def send(case: Case) -> None:
        for proof, damage in variants(case):
            before = command.kept
            answer = case.call(
                base_url=command.url,
                session=command.session,
                auth=Sent(proof, damage, command.secrets),
                timeout=_PATIENCE,
                allow_redirects=False,
            )
            answers[case.operation.label, answer.status_code] += 1
            case.validate_response(answer, checks=checks)
            shown = command.secrets.found_in(f"{answer.headers}{answer.text}")
            assert not shown, f"{case.operation.label} shows {shown}"
            if answer.status_code >= 400:
                assert command.kept == before, f"{answer.status_code}, and yet it was kept"

    send()


def places_of(sandbox: Sandbox) -> dict[str, list[object]]:
    """What leads somewhere on this sandbox."""
    tasks = [record["id"] for record in sandbox.shotgun.records("Task")]
    return {
        "name": ["default"],
        "entity_type": ["Task"],
        "entity_id": tasks[:3],
        "resource_type": ["issue"],
        "resource_id": [f"{sandbox.production.jira_key}-{number}" for number in (1, 2, 3)],
        "seq": [1, 2, 3, 50, 10**30],
    }


def tell(answers: Counter[tuple[str, int]]) -> None:
    """Writes how often each operation was answered how; seen with `make fuzz`."""
    lines = [f"{count:6} {status} {label}" for (label, status), count in sorted(answers.items())]
    sys.stdout.write("\n".join(["", *lines, f"{answers.total():6} in all, seed {SEED}", ""]))
