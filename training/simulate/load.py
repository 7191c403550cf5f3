"""A rollback while the real service answers: started as a process of its own, asked at a steady rate, none may be lost.

The rate is kept whatever the answers take (an open loop), so that a stall would show as late and lost requests.
"""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

_START_SECONDS = 60
_THREADS = 32


class ServiceDidNotStart(RuntimeError):
    """`aaq serve` ended or did not answer; its last lines say why."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it. lost: requests without a 201 · stored: messages the service says it holds · milliseconds: from
    when a request was due to its answer · by_release: answers by the release that gave them.
    """

    n: int
    lost: int
    stored: int
    p50: float
    p99: float
    worst: float
    by_release: dict[str, int]


@contextmanager
def service(folder: Path, releases: Path) -> Iterator[tuple[int, str]]:
    """`aaq serve` over `releases` in `folder`, on a free port. Yields the port and an API key."""
    folder.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AAQ_")}
    given = {"AAQ_PORT": str(port), "AAQ_RELEASES": str(releases.resolve()), "AAQ_LOG_LEVEL": "warning"}
    with (folder / "out.txt").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", "from aaq import main; main()", "serve"],
            cwd=folder,
            env=clean | given,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield port, _key_once_ready(process, port, folder / "out.txt")
    finally:
        process.terminate()
        process.wait(timeout=30)


def _key_once_ready(process: "subprocess.Popen[bytes]", port: int, output: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if _ready(port):
                found = re.search(r"API key\s+(\S+)", output.read_text("utf-8"))
                assert found
                return found[1]
        except OSError:
            time.sleep(0.05)
    raise ServiceDidNotStart(output.read_text("utf-8")[-500:])


def _ready(port: int) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/readyz")
    answer: dict[str, object] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def under_load(
    port: int, key: str, texts: Sequence[str], *, per_second: int, seconds: float, halfway: Callable[[], object]
) -> Load:
    """Send `texts` in turn to `POST /v1/messages` at a steady rate, and call `halfway` in the middle of it."""
    total = int(per_second * seconds)
    numbers, lock = count(), threading.Lock()
    waits: list[float] = []
    releases: Counter[str] = Counter()
    lost: list[int] = []
    begins = time.monotonic() + 0.5

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with lock:
                number = next(numbers)
            if number >= total:
                connection.close()
                return
            due_at = begins + number / per_second
            time.sleep(max(0.0, due_at - time.monotonic()))
            body = json.dumps({"text": texts[number % len(texts)]})
            headers = {
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"load-{number}",
            }
            try:
                connection.request("POST", "/v1/messages", body, headers)
                answer = connection.getresponse()
                content = json.loads(answer.read())
                status = answer.status
            except (OSError, http.client.HTTPException, ValueError):
                connection.close()
                status, content = 0, {}
            with lock:
                waits.append(1000 * (time.monotonic() - due_at))
                if status == http.HTTPStatus.CREATED:
                    releases[str(content.get("release"))] += 1
                else:
                    lost.append(number)

    before = _held(port)
    threads = [threading.Thread(target=send) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    time.sleep(max(0.0, begins + seconds / 2 - time.monotonic()))
    halfway()
    for thread in threads:
        thread.join()
    ordered = sorted(waits)
    return Load(
        total,
        len(lost),
        _held(port) - before,
        ordered[len(ordered) // 2],
        ordered[int(0.99 * len(ordered))],
        ordered[-1],
        dict(releases),
    )


def _held(port: int) -> int:
    return int(str(_ready(port)["n_open_messages"]))
