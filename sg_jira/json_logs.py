"""Log records as JSON, one object per line, for machines that collect logs."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone


class JsonLines(logging.Formatter):
    """Writes time, level, logger and message; of an event's fate also its parts, as `fate`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a JSON object in one line, pure ASCII."""
        told = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        fate = getattr(record, "fate", None)
        if fate is not None:
            told["fate"] = fate
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)

    @classmethod
    def install(cls) -> None:
        """Makes every handler of the root logger write JSON lines, on stderr if there is none."""
        root = logging.getLogger()
        if not root.handlers:
            root.addHandler(logging.StreamHandler())
        for handler in root.handlers:
            handler.setFormatter(cls())
