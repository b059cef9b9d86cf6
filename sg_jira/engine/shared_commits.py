"""Commits together what several threads want to write at the same time.

A commit waits for the disk, and SQLite has one writer at a time: alone, each thread would wait for
the disks of all who came before it. Here whoever comes next writes for all who wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

Answer = TypeVar("Answer")

Transaction = Callable[[], AbstractContextManager[sa.Connection]]


class _Job(Generic[Answer]):
    """What a thread wants to write, and what came of it."""

    def __init__(self, work: Callable[[sa.Connection], Answer]) -> None:
        self.work = work
        self.is_done = False
        self.answer: Answer
        self.error: BaseException | None = None

    def settle(self, transaction: Transaction) -> None:
        """Does the work in a transaction of its own."""
        try:
            with transaction() as connection:
                self.answer = self.work(connection)
        except Exception as error:  # noqa: BLE001  # it belongs to the thread that waits for the answer
            self.error = error
        self.is_done = True


class SharedCommits:
    """See the module.

    Parameters:
        one_writer: held by whoever writes.
        transaction: a transaction, committed at its end; entered with `one_writer` held.
    """

    def __init__(self, one_writer: threading.Lock, transaction: Transaction) -> None:
        self._one_writer = one_writer
        self._transaction = transaction
        self._guard = threading.Lock()
        self._waiting: list[_Job[Any]] = []

    def write(self, work: Callable[[sa.Connection], Answer]) -> Answer:
        """The answer of `work`; what it wrote is on disk then.

        Parameters:
            work: touches nothing but the connection, since it may be run twice, and in another
                thread.

        Raises:
            Exception: what `work` or the commit raises; then nothing of it is written.
        """
        job = _Job(work)
        with self._guard:
            self._waiting.append(job)
        with self._one_writer:
            if not job.is_done:
                with self._guard:
                    jobs, self._waiting = self._waiting, []
                # Who was interrupted while it wrote for others left them to themselves.
                self._settle(jobs if job in jobs else [job])
        if job.error is not None:
            raise job.error
        return job.answer

    def _settle(self, jobs: list[_Job[Any]]) -> None:
        if len(jobs) == 1 or not self._settle_together(jobs):
            for job in jobs:
                job.settle(self._transaction)

    def _settle_together(self, jobs: list[_Job[Any]]) -> bool:
        """Gives whether that was possible; one that fails must not cost the others."""
        is_begun = False
        try:
            with self._transaction() as connection:
                is_begun = True
                answers = [job.work(connection) for job in jobs]
        except Exception as error:  # noqa: BLE001  # each finds out by itself whether it was its own
            if is_begun:
                return False
            for job in jobs:  # nobody else would get further, and each would have to wait for that
                job.error, job.is_done = error, True
            return True
        for job, answer in zip(jobs, answers, strict=True):
            job.answer, job.is_done = answer, True
        return True
