"""What goes wrong with webhooks between a site and its receivers, on demand. Knows no site."""

from __future__ import annotations

import random
from dataclasses import InitVar, dataclass


@dataclass
class Mishaps:
    """The trouble a site has with sending; may be changed at any time, for what happens next.

    Parameters:
        drop: chance that a message is never sent, 0 to 1.
        repeat: chance that it is sent a second time.
        reorder: chance that it is late, so that those after it overtake it.
        within: seconds; a repeated or late message comes this much later at most.
        held: while true nothing is sent; it goes out when this is over.
        seed: of the dice.
    """

    drop: float = 0.0
    repeat: float = 0.0
    reorder: float = 0.0
    within: float = 0.1
    held: bool = False
    seed: InitVar[int] = 0

    def __post_init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def delays(self) -> tuple[float, ...]:
        """When to send the next message: seconds from now, once for each time; none if dropped."""
        # The dice are thrown for every message alike, so that one setting does not move another.
        dropped, repeated, late = (self._dice.random() for _ in range(3))
        first, second = (self._dice.uniform(0, self.within) for _ in range(2))
        if dropped < self.drop:
            return ()
        delay = first if late < self.reorder else 0.0
        return (delay, delay + second) if repeated < self.repeat else (delay,)
