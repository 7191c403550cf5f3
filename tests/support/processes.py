"""The real program in a process of its own, on a free port."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2


class Program:
    """`aaq serve` in `folder`, as a user starts it. Use `start`, `kill`, `stop`."""

    def __init__(self, folder: Path, releases: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AAQ_")}
        given = {"AAQ_PORT": str(self.port), "AAQ_ADDRESS": self.address, "AAQ_RELEASES": str(releases)}
        given["AAQ_BLIND_SHARE"] = "0"  # a twentieth of the runs would show another page
        self.environment = clean | given | {f"AAQ_{name.upper()}": value for name, value in settings.items()}
        self.password = ""
        self.api_key = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        """All that it has printed."""
        return (self.folder / "out.txt").read_text("utf-8")

    @property
    def logs(self) -> str:
        """All that it has logged."""
        return (self.folder / "err.txt").read_text("utf-8")

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process
        return self._process.pid

    def start(self, *, wait: bool = True) -> None:
        """Start and wait until it answers; remembers the first sign-in."""
        with (self.folder / "out.txt").open("ab") as out, (self.folder / "err.txt").open("ab") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from aaq import main; main()", "serve"],
                cwd=self.folder, env=self.environment, stdout=out, stderr=err,
            )  # fmt: skip
        if not wait:
            return
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx2.get(f"{self.address}/readyz", timeout=5)
                break
            except httpx2.TransportError:
                assert self._process.poll() is None, f"it ended: {self.output} {self.logs}"
                assert time.monotonic() < deadline, "it does not answer"
                time.sleep(0.05)  # polling a real process, not waiting for a guess
        if not self.password:
            password = re.search(r"password\s+(\S+)", self.output)
            key = re.search(r"API key\s+(\S+)", self.output)
            assert password
            assert key
            self.password, self.api_key = password[1], key[1]

    def kill(self) -> None:
        """Like a power cut."""
        assert self._process
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """As a supervisor stops it; returns the exit code."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=30)
