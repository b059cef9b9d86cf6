"""The table of two-way links against the schema."""

import pytest

from sg_jira.sandbox.shotgun.links import _OPPOSITES, opposite_field
from sg_jira.sandbox.shotgun.schema import LINK_TYPES, Schema

SCHEMA = Schema()


@pytest.mark.parametrize(
    ("entity_type", "field", "linked_type", "opposite"),
    [
        ("Task", "entity", "Asset", "tasks"),
        ("Asset", "tasks", "Task", "entity"),
        ("Asset", "parents", "Asset", "assets"),
        ("Note", "note_links", "CustomEntity05", "notes"),
        ("Task", "step", "Step", None),
    ],
)
def test_each_side_knows_the_other(entity_type, field, linked_type, opposite):
    assert opposite_field(entity_type, field, linked_type) == opposite


def test_every_side_is_a_link_field_that_takes_the_other_type():
    for (entity_type, name), linked in _OPPOSITES:
        field = SCHEMA.field(entity_type, name)
        assert field.data_type in LINK_TYPES, field.path
        assert linked in field.valid_types, (field.path, linked)


def test_every_link_field_of_the_schema_takes_known_types():
    known = set(SCHEMA)
    for entity_type in SCHEMA:
        for field in SCHEMA.fields(entity_type).values():
            if field.data_type in LINK_TYPES:
                assert field.valid_types, field.path
                assert set(field.valid_types) <= known, field.path
