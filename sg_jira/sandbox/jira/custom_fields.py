"""Custom fields: making and removing them, their contexts and their choices. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sg_jira.sandbox.jira.catalog import Option
from sg_jira.sandbox.jira.fields import CUSTOM_KINDS, Context, Field
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.store import Store


def new_context(
    store: Store,
    name: str,
    projects: Iterable[str] | None = None,
    issue_types: Iterable[str] | None = None,
    options: Iterable[str] = (),
    description: str = "",
) -> Context:
    """A context for these projects (keys) and issue types (names); `None` for all."""
    return Context(
        id=store.next_id("context"),
        name=name,
        description=description,
        projects=None if projects is None else frozenset(projects),
        issue_types=None if issue_types is None else frozenset(issue_types),
        options=tuple(Option(store.next_id("option"), value) for value in options),
    )


def new_field(store: Store, name: str, type: str, context: Context, description: str = "") -> Field:
    """Adds a custom field that is on no screen.

    Parameters:
        type: one of `fields.CUSTOM_KINDS`.
    """
    field = Field(
        id=f"customfield_{store.next_id('field')}",
        name=name,
        kind=CUSTOM_KINDS[type],
        custom_type=type,
        contexts=(context,),
        description=description,
    )
    store.fields[field.id] = field
    return field


def drop_field(store: Store, field: Field) -> None:
    """Removes a custom field with all its values."""
    del store.fields[field.id]
    for issue in store.issues.values():
        issue.values.pop(field.id, None)


def find_custom_field(store: Store, id: str) -> Field:
    """The custom field with this id. Raises `Refusal` 404."""
    field = store.fields.get(id)
    if field is None or not field.custom:
        raise Refusal(404, "The custom field was not found.")
    return field


def find_context(field: Field, id: str) -> Context:
    """The context with this id. Raises `Refusal` 404."""
    for context in field.contexts:
        if context.id == id:
            return context
    raise Refusal(404, "The context was not found.")


def add_context(store: Store, field: Field, context: Context) -> None:
    """Gives a field another context. Raises `Refusal` as `put_context` does."""
    put_context(store, replace(field, contexts=(*field.contexts, context)), context)


def put_context(store: Store, field: Field, context: Context) -> None:
    """Replaces the context with this one's id.

    Raises:
        Refusal: 400, another context has one of its projects, or all projects as it has.
    """
    for other in field.contexts:
        if other.id != context.id and _overlap(other, context):
            raise Refusal(400, "Some of the projects already have a context of this custom field.")
    contexts = tuple(context if one.id == context.id else one for one in field.contexts)
    store.fields[field.id] = replace(field, contexts=contexts)


def drop_context(store: Store, field: Field, context: Context) -> None:
    """Removes a context."""
    contexts = tuple(one for one in field.contexts if one.id != context.id)
    store.fields[field.id] = replace(field, contexts=contexts)


def _overlap(one: Context, other: Context) -> bool:
    if one.projects is None or other.projects is None:
        return one.projects is other.projects
    return bool(one.projects & other.projects)


def check_options(field: Field) -> None:
    """Refuses a field without choices. Raises `Refusal` 400."""
    if not field.takes_options:
        raise Refusal(400, "The custom field doesn't support options.")


def add_options(
    store: Store, field: Field, context: Context, given: Iterable[Mapping[str, Any]]
) -> list[Option]:
    """Adds choices to a context.

    Parameters:
        given: each with `value` and, if it cannot be chosen, `disabled`.

    Raises:
        Refusal: 400, a value is missing, too long or already there; then nothing is added.
    """
    check_options(field)
    added: list[Option] = []
    taken = {option.value for option in context.options}
    for one in given:
        value = one.get("value")
        if not isinstance(value, str) or not 0 < len(value) <= 255:
            raise Refusal(400, "The option value has to have between 1 and 255 characters.")
        if value in taken:
            raise Refusal(400, f"The option '{value}' is not unique.")
        taken.add(value)
        added.append(Option(store.next_id("option"), value, bool(one.get("disabled"))))
    put_context(store, field, replace(context, options=(*context.options, *added)))
    return added


def change_options(
    store: Store, field: Field, context: Context, given: Iterable[Mapping[str, Any]]
) -> list[Option]:
    """Changes the `value` or `disabled` of choices by `id`. Raises `Refusal` 404."""
    check_options(field)
    known = {option.id: option for option in context.options}
    changed: dict[str, Option] = {}
    for one in given:
        id = str(one.get("id"))
        if id not in known:
            raise Refusal(404, "The option was not found.")
        disabled = bool(one.get("disabled", known[id].disabled))
        changed[id] = Option(id, str(one.get("value", known[id].value)), disabled)
    options = tuple(changed.get(option.id, option) for option in context.options)
    put_context(store, field, replace(context, options=options))
    for issue in store.issues.values():
        value = issue.values.get(field.id)
        if isinstance(value, tuple):
            issue.values[field.id] = tuple(changed.get(one.id, one) for one in value)
        elif value is not None:
            issue.values[field.id] = changed.get(value.id, value)
    return list(changed.values())


def drop_option(store: Store, field: Field, context: Context, id: str) -> None:
    """Removes a choice. Raises `Refusal` 404, or 400 while an issue has it."""
    check_options(field)
    option = next((one for one in context.options if one.id == id), None)
    if option is None:
        raise Refusal(404, "The option was not found.")
    for issue in store.issues.values():
        value = issue.values.get(field.id)
        if option in (value if isinstance(value, tuple) else (value,)):
            raise Refusal(400, f"The option '{option.value}' is used by {issue.key}.")
    options = tuple(one for one in context.options if one.id != id)
    put_context(store, field, replace(context, options=options))
