"""Loads the file in which a studio keeps its own hook."""

from __future__ import annotations

import importlib.util
import logging
import sys
import uuid
from pathlib import Path
from typing import TypeVar

logger = logging.getLogger("sg_jira.hook")

Hook = TypeVar("Hook")


def load_class(path: str | None, base: type[Hook]) -> type[Hook]:
    """The subclass of `base` that a file defines.

    The file becomes a module of its own, registered in `sys.modules` under a unique name; two
    settings entries with the same file get a module each. Classes merely imported into the
    file do not count.

    Parameters:
        path: of the Python file; none, or one that does not lead to a file, means `base`.
        base: the class that is wanted.

    Raises:
        ValueError: the file defines no subclass of `base`.
        Exception: whatever executing the file raises.
    """
    if not path:
        return base
    file = Path(path)
    if not file.is_file():
        logger.warning("There is no hook file %s; the default hook is used.", file.absolute())
        return base
    name = f"sg_jira_hook_{file.stem}_{uuid.uuid4().hex}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ValueError(f"The hook file {file} is no Python file; its name has to end in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    own = [
        value
        for _, value in sorted(vars(module).items())
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == name
    ]
    # A class that another one in the file builds on is not meant to be used by itself.
    final = [cls for cls in own if not any(cls in other.__mro__[1:] for other in own)]
    if not final:
        raise ValueError(
            f"The hook file {file} defines no subclass of {base.__module__}.{base.__name__}."
        )
    if len(final) > 1:
        logger.warning(
            "The hook file %s defines several hooks (%s); %s is used.",
            file,
            ", ".join(cls.__name__ for cls in final),
            final[0].__name__,
        )
    return final[0]
