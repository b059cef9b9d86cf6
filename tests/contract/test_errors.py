"""The errors that conversions raise and studios catch."""

from __future__ import annotations

import pytest

from sg_jira.errors import InvalidJiraValue, InvalidShotgunValue, InvalidSyncValue

CLASSES = [InvalidSyncValue, InvalidShotgunValue, InvalidJiraValue]


@pytest.mark.parametrize("error_class", CLASSES)
def test_an_error_carries_field_value_and_message(error_class: type[InvalidSyncValue]) -> None:
    error = error_class("labels", "two words", "labels take no blanks")

    assert (error.field, error.value, str(error)) == (
        "labels",
        "two words",
        "labels take no blanks",
    )


@pytest.mark.parametrize("error_class", CLASSES)
@pytest.mark.parametrize("name", ["field", "value"])
def test_field_and_value_cannot_be_set(error_class: type[InvalidSyncValue], name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(error_class("labels", 1, "why"), name, "other")


@pytest.mark.parametrize("error_class", CLASSES)
def test_field_and_value_are_required(error_class: type[InvalidSyncValue]) -> None:
    with pytest.raises(TypeError):
        error_class("labels")  # type: ignore[call-arg]


def test_studios_can_catch_every_one_as_a_value_error() -> None:
    for error_class in CLASSES:
        with pytest.raises(ValueError, match="why"):
            raise error_class("labels", 1, "why")
