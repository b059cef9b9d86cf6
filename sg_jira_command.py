"""The start of the `sg-jira` command.

Everything else is imported here, which takes a second: whoever presses Ctrl-C meanwhile wants no
traceback. It stands outside the package, as importing anything of that imports all of it.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

#: What a shell gives a command that Ctrl-C has ended: 128 and the number of the signal.
INTERRUPTED = 130


def main() -> None:
    """Runs the command. Ctrl-C before it has begun ends with `INTERRUPTED`, and in silence."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not one that is ignored
        signal.signal(signal.SIGINT, _end)
    from sg_jira.cli import main as command  # this is what may be interrupted

    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command()


def _end(number: int, frame: FrameType | None) -> None:
    """Ends at once. An exception could be swallowed by what is being imported, or be printed."""
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
