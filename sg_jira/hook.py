"""The hook: a studio's own class, from a file of its own, that every syncer gets an instance of."""

from __future__ import annotations

import importlib.util
import logging
import re
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sg_jira.bridge import Bridge
    from sg_jira.jira_session import JiraSession
    from sg_jira.shotgun_session import ShotgunSession

_logger = logging.getLogger(__name__)


class JiraHook:
    """What a studio may override for one entry of its settings.

    Parameters:
        bridge: the bridge the syncer works for.
        logger: the syncer's logger.
    """

    #: Matches the two known shapes of Jira Cloud account ids, and not ordinary user names.
    ACCOUNT_ID_RE = re.compile(r"^[0-9a-f:-]{20}")

    def __init__(self, bridge: Bridge, logger: logging.Logger) -> None:
        self._bridge = bridge
        self._logger = logger

    @property
    def _shotgun(self) -> ShotgunSession:
        return self._bridge.shotgun

    @property
    def _jira(self) -> JiraSession:
        return self._bridge.jira


def load_hook_class(path: str | None) -> type[JiraHook]:
    """The hook class that a file defines.

    The file becomes a module of its own, registered in `sys.modules` under a unique name; two
    settings entries with the same file get a module each. Classes merely imported into the
    file do not count.

    Parameters:
        path: of the Python file; none, or one that does not lead to a file, means `JiraHook`.

    Raises:
        ValueError: the file defines no subclass of `JiraHook`.
        Exception: whatever executing the file raises.
    """
    if not path:
        return JiraHook
    file = Path(path)
    if not file.is_file():
        _logger.warning("There is no hook file %s; the default hook is used.", file.absolute())
        return JiraHook
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
        if isinstance(value, type) and issubclass(value, JiraHook) and value.__module__ == name
    ]
    # A class that another one in the file builds on is not meant to be used by itself.
    final = [cls for cls in own if not any(cls in other.__mro__[1:] for other in own)]
    if not final:
        raise ValueError(f"The hook file {file} defines no subclass of sg_jira.hook.JiraHook.")
    if len(final) > 1:
        _logger.warning(
            "The hook file %s defines several hooks (%s); %s is used.",
            file,
            ", ".join(cls.__name__ for cls in final),
            final[0].__name__,
        )
    return final[0]
