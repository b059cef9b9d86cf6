"""The smallest syncer that works: a setting of its own, and one handler."""

import logging

from sg_jira import Syncer

from .handler import LoggingHandler


class ExampleSync(Syncer):
    """Shows how a syncer takes a setting and gives its handlers.

    Parameters:
        log_level: level of the logger of this syncer, its handlers and its hook.
        kwargs: whatever else the bridge gives every syncer.
    """

    def __init__(self, log_level=logging.WARNING, **kwargs):
        super().__init__(**kwargs)
        self.logger.setLevel(log_level)
        self._logging_handler = LoggingHandler(self)

    @property
    def handlers(self):
        return [self._logging_handler]
