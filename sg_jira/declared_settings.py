"""What may be set, declared once where it is taken: name, type, default, and what it is for.

**A setting of a syncer** is a keyword parameter of its `__init__`, annotated with its type and,
in words, what it is for:

    def __init__(self, issue_type: Annotated[str, "Jira issue type of Tasks"] = "Task", **kwargs)

**A key of an `entity_mapping`'s elements** is a key of `handlers.generic.mapping.Element`,
annotated likewise.

Nothing else is to be told: `sg-jira check`, the check at start and the tests of the docs read the
declarations. An unknown name is reported, with the name that was probably meant; of the bridge's
own classes, a value of another type makes the entry unusable until it is mended.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

#: The default of a setting that has to be given.
REQUIRED: Final = inspect.Parameter.empty

_AS_GIVEN: Final = ConfigDict(strict=True, arbitrary_types_allowed=True)


@dataclass(frozen=True)
class DeclaredSetting:
    """A setting that is taken.

    Attributes:
        name: its key in the settings file.
        annotation: its type, `Any` where none is told or it cannot be resolved.
        default: what counts without it; `REQUIRED` for a setting that has to be given.
        doc: what it is for; empty where nothing is told.
    """

    name: str
    annotation: Any = Any
    default: Any = None
    doc: str = ""

    @property
    def is_required(self) -> bool:
        """Whether it has to be given."""
        return self.default is REQUIRED

    def why_not(self, value: Any) -> str | None:
        """Why it cannot have a value, in words and without the value; `None` when it can."""
        if value is self.default:
            return None
        try:
            adapter: TypeAdapter[Any] = TypeAdapter(self.annotation, config=_AS_GIVEN)
        except PydanticUserError:  # a type that says nothing about the values of a settings file
            return None
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            said = wrong["msg"][:1].lower() + wrong["msg"][1:]
            if _is_of_another_type(wrong["type"], wrong["input"]):
                said += f", not {_kind(wrong['input'])}"
            inside = "" if wrong["input"] is value else f" inside the {_kind(value)}"
            return f"{said}{inside}" + (f" ({self.doc})" if self.doc else "")
        return None


def _is_of_another_type(error: str, value: Any) -> bool:
    """Whether the type of a value is what is wrong with it, and not the word or the number."""
    if error == "literal_error":
        return not isinstance(value, str)
    return error.endswith(("_type", "_parsing"))


def _kind(value: Any) -> str:
    return type(value).__name__


def declared_by(function: Callable[..., Any]) -> dict[str, DeclaredSetting]:
    """The settings that a function takes as named parameters, in their order."""
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            annotation = _resolved(parameter.annotation, getattr(function, "__globals__", {}))
            found[name] = DeclaredSetting(name, annotation, parameter.default, _doc_of(annotation))
    return found


def declared_in(keys: type) -> dict[str, DeclaredSetting]:
    """The settings that are the keys of a `TypedDict`, in their order; all may be left out."""
    hints = get_type_hints(keys, include_extras=True)
    return {name: DeclaredSetting(name, hint, None, _doc_of(hint)) for name, hint in hints.items()}


def _resolved(annotation: Any, names: dict[str, Any]) -> Any:
    """An annotation as written, with the names of its module; `Any` when that is not possible."""
    if annotation is inspect.Parameter.empty:
        return Any
    holder = SimpleNamespace(__annotations__={"it": annotation})
    try:
        return get_type_hints(holder, globalns=names, include_extras=True)["it"]
    # A studio's annotation may be any expression, and names that only type checkers import.
    except Exception:  # noqa: BLE001
        return Any


def _doc_of(annotation: Any) -> str:
    if get_origin(annotation) is not Annotated:
        return ""
    return next((each for each in get_args(annotation)[1:] if isinstance(each, str)), "")
