"""How often something may be tried within a while, kept in memory. Time is an argument."""

import threading
from collections import deque
from datetime import datetime, timedelta

_MOST_KEYS = 10_000


class Tries:
    """Counts tries by key; a key that has had its share must wait until the oldest is `within` old."""

    def __init__(self, most: int, within: timedelta) -> None:
        self._most = most
        self._within = within
        self._lock = threading.Lock()
        self._by_key: dict[str, deque[datetime]] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def allowed(self, key: str, now: datetime) -> bool:
        """Whether this key may try now; counts the try when it may."""
        key = key[:200]
        with self._lock:
            tries = self._by_key.setdefault(key, deque())
            self._drop_old(tries, now)
            if len(tries) >= self._most:
                return False
            tries.append(now)
            if len(self._by_key) > _MOST_KEYS:
                self._forget_old(now)
            return True

    def forget(self, key: str) -> None:
        """Begin anew for a key."""
        with self._lock:
            self._by_key.pop(key[:200], None)

    def _drop_old(self, tries: deque[datetime], now: datetime) -> None:
        while tries and now - tries[0] > self._within:
            tries.popleft()

    def _forget_old(self, now: datetime) -> None:
        """A flood of invented keys must not fill the memory; the oldest go first when all are fresh."""
        for tries in self._by_key.values():
            self._drop_old(tries, now)
        fresh = {key: tries for key, tries in self._by_key.items() if tries}
        newest = sorted(fresh, key=lambda key: fresh[key][-1])[-_MOST_KEYS // 2 :]
        self._by_key = {key: fresh[key] for key in newest}
