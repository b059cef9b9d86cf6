"""The file `.env` beside a settings file: secrets are added to it, and nothing else is touched."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

#: Only the bridge's own account may read it.
MODE: Final = 0o600


class EnvFile:
    """A `.env` file.

    Parameters:
        path: need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def values(self) -> dict[str, str]:
        """The variables in it that have a value."""
        if not self.path.exists():
            return {}
        read = dotenv_values(self.path, interpolate=False)
        return {name: value for name, value in read.items() if value}

    def add(self, variables: Mapping[str, str]) -> None:
        """Adds variables at its end; all other lines stay as they are.

        Whoever reads it meanwhile sees it as it was or as it will be. Raises `OSError`.

        Parameters:
            variables: none of them has a value there.
        """
        target = self.path.resolve()
        old = target.read_bytes() if target.exists() else b""
        if old and not old.endswith(b"\n"):
            old += b"\n"
        new = "".join(f"{name}={value}\n" for name, value in variables.items())
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".env.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(old + new.encode())
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, MODE)
            _keep_owner(name, target)
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise


def _keep_owner(new: str, old: Path) -> None:
    """The service's user must still be able to read it, whoever runs this."""
    if not old.exists() or not hasattr(os, "chown"):
        return
    was, now = old.stat(), os.stat(new)
    if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
        os.chown(new, was.st_uid, was.st_gid)
