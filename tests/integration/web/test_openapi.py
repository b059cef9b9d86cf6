"""The OpenAPI description tells each route of the service, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from sg_jira.service_settings import read_service_settings
from sg_jira.settings import read_settings
from sg_jira.web.assembly import Assembly
from sg_jira.web.openapi import description
from tests.settings_files import write_settings_file

#: What Flask answers for each route without being told to.
BY_FLASK = {"HEAD", "OPTIONS"}


@pytest.fixture
def app(tmp_path) -> Iterator[Flask]:
    """The application as the service puts it together, without a server."""
    file = write_settings_file(
        tmp_path,
        shotgun={"site": "http://127.0.0.1:1", "script_name": "s", "script_key": "k"},
        jira={"site": "http://127.0.0.1:1", "user": "u", "secret": "s"},
        sync={"default": {"syncer": "sg_jira.TaskIssueSyncer"}},
    )
    service = read_service_settings({"SGJIRA_STORE": str(tmp_path / "store.sqlite3")})
    parts = Assembly(read_settings(str(file)), service)
    yield parts.app()
    parts.engine.stop(0)


def operations_of(app: Flask) -> set[tuple[str, str]]:
    """Methods and paths of the routes, in the words of OpenAPI."""
    return {
        (method.lower(), path)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - BY_FLASK
        for path in _spelled_out(rule.rule)
    }


def _spelled_out(rule: str) -> list[str]:
    """A rule for any of several words as one path for each of them."""
    rule = re.sub(r"<(?!any\()(?:[a-z]+:)?_?([a-z_]+)>", r"{\1}", rule)
    choice = re.search(r"<any\(([^)]*)\):\w+>", rule)
    if choice is None:
        return [rule]
    return [rule.replace(choice.group(), word.strip()) for word in choice.group(1).split(",")]


def test_each_route_is_described_and_none_is_invented(app):
    told = {
        (method, path)
        for path, operations in description()["paths"].items()
        for method in operations
        if method != "parameters"
    }

    assert told == operations_of(app)


def test_each_part_of_a_path_is_described():
    for path, operations in description()["paths"].items():
        told = [each["name"] for each in operations.get("parameters", ())]
        assert told == re.findall(r"{(\w+)}", path), path


def test_each_shape_that_is_named_is_there_and_each_is_named():
    document = description()

    named = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert named == set(document["components"]["schemas"])


def test_each_proof_that_is_named_is_there_and_each_is_named():
    document = description()
    named = {
        name
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method != "parameters"
        for choice in operation.get("security", ())
        for name in choice
    }

    assert named == set(document["components"]["securitySchemes"])


def test_the_service_serves_its_description(app):
    answer = app.test_client().get("/openapi.json")

    assert answer.status_code == 200
    assert answer.get_json() == description()
