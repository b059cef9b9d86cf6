"""Ctrl-C and polite requests to terminate, for commands that run until they are told to stop."""

from __future__ import annotations

import signal
import time
from typing import Any, Final, NoReturn

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
#: Seconds between two looks whether somebody has asked.
_LOOK: Final = 0.1


class Interrupts:
    """Notices Ctrl-C and SIGTERM, however often they come, and interrupts where that is safe.

    A signal only sets a mark. A handler that raised would hit the main thread wherever it is:
    within somebody's lock, which then stays locked, or where an exception is swallowed, as within
    logging.
    """

    def __init__(self) -> None:
        self._is_asked = False

    def listen(self) -> None:
        """Begins to notice. To be called in the main thread."""
        for each in _SIGNALS:
            signal.signal(each, self._ask)

    def check(self) -> None:
        """Raises `KeyboardInterrupt` when somebody has asked."""
        if self._is_asked:
            raise KeyboardInterrupt

    def wait(self) -> NoReturn:
        """Waits until somebody asks, and then raises `KeyboardInterrupt`."""
        while True:
            self.check()
            time.sleep(_LOOK)

    def _ask(self, *_: Any) -> None:
        self._is_asked = True
