"""Bounded memories of who did what lately: waiting times after failures, and budgets in an interval."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
_KEPT = 4096


class Recent(Generic[Key, Value]):
    """A dictionary of the keys that were used last; the others are forgotten.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        """The value, which counts as a use; ``None`` where there is none."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, and forget the one that was used least lately where there are too many."""
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)

    def drop(self, key: Key) -> None:
        """Forget a key."""
        self._values.pop(key, None)


@dataclass
class _Failures:
    count: int = 0
    until: float = 0.0
    last: float = 0.0


class Backoff(Generic[Key]):
    """How long to wait after failed attempts: not at all at first, then twice as long each time.

    Args:
        free: attempts without waiting; first, most: the first and the longest waiting time in seconds.
        forget: seconds without an attempt after which all is forgotten; clock: seconds, for tests.
    """

    def __init__(
        self,
        free: int = 10,
        first: float = 2.0,
        most: float = 300.0,
        forget: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free, self._first, self._most, self._forget = free, first, most, forget
        self._clock = clock
        self._failures: Recent[Key, _Failures] = Recent()

    def wait(self, key: Key) -> float:
        """Seconds until the next attempt is taken; 0 where it may come now."""
        failures = self._failures.get(key)
        return 0.0 if failures is None else max(0.0, failures.until - self._clock())

    def attempt(self, key: Key) -> None:
        """Count an attempt as failed, before its outcome is known: many at once count as many."""
        now = self._clock()
        failures = self._failures.get(key)
        if failures is None or now - failures.last > self._forget:
            failures = _Failures()
        failures.count += 1
        failures.last = now
        if failures.count >= self._free:
            failures.until = now + min(self._most, self._first * 2.0 ** min(failures.count - self._free, 30))
        self._failures.put(key, failures)

    def succeeded(self, key: Key) -> None:
        """Forget the failures."""
        self._failures.drop(key)


@dataclass
class _Use:
    running: int = 0
    spent: deque[tuple[float, int]] = field(default_factory=deque)


class Allowance:
    """What an address may do at one time and in an interval.

    Args:
        running: things at one time; amount: units in ``seconds``; clock: seconds, for tests.
    """

    def __init__(self, running: int, amount: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._running, self._amount, self._seconds = running, amount, seconds
        self._clock = clock
        self._uses: Recent[str, _Use] = Recent()

    def begin(self, address: str) -> bool:
        """Whether another one may begin; call ``end`` when it is over."""
        use = self._uses.get(address) or _Use()
        self._uses.put(address, use)
        if use.running >= self._running or self._left(use) <= 0:
            return False
        use.running += 1
        return True

    def end(self, address: str) -> None:
        """One is over."""
        use = self._uses.get(address)
        if use is not None:
            use.running = max(0, use.running - 1)

    def spend(self, address: str, amount: int) -> bool:
        """Count ``amount`` units; ``False`` where they are more than what was left."""
        use = self._uses.get(address) or _Use()
        self._uses.put(address, use)
        left = self._left(use)
        now = self._clock()
        step = self._seconds / 60
        if use.spent and now - use.spent[-1][0] < step:  # a minute of the hour is one entry: at most 61 of them
            use.spent[-1] = (use.spent[-1][0], use.spent[-1][1] + amount)
        else:
            use.spent.append((now, amount))
        return amount <= left

    def _left(self, use: _Use) -> int:
        limit = self._clock() - self._seconds
        while use.spent and use.spent[0][0] < limit:
            use.spent.popleft()
        return self._amount - sum(amount for _, amount in use.spent)
