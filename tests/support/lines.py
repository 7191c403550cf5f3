"""A bad line between a client and a vendor, whatever they speak: it knows when the vendor has done its work."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from enum import Enum


class Line(Enum):
    """How the line is."""

    CLEAR = "everything passes"
    REFUSED = "the connection is reset at once"
    SILENT = "the request is swallowed, nothing is ever said"
    LOST_REPLY = "the vendor does the work; its reply is swallowed and the connection reset"
    CUT_REPLY = "the vendor does the work; five bytes of its reply arrive, then the connection ends"
    SLOW = "every reply takes a moment"


class BadLine:
    """Listens on a free port and passes on to `port`. `n_works` says how often the vendor has worked so far."""

    def __init__(self, port: int, n_works: Callable[[], int]) -> None:
        self.state = Line.CLEAR
        self._to = port
        self._n_works = n_works
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.reached = threading.Event()
        self._released = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._released.set()
        with contextlib.suppress(OSError):  # closed before
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        self.reached.set()
        state, n_before = self.state, self._n_works()
        if state is Line.REFUSED:
            _reset(near)
            return
        if state is Line.SILENT:
            self._released.wait(30)
            near.close()
            return
        with near, socket.create_connection(("127.0.0.1", self._to)) as far:
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_pump, args=(near, far), daemon=True).start()
            try:
                while said := far.recv(65536):
                    if self._n_works() > n_before and state is Line.LOST_REPLY:
                        _reset(near)
                        return
                    if self._n_works() > n_before and state is Line.CUT_REPLY:
                        near.sendall(said[:5])
                        near.shutdown(socket.SHUT_RDWR)
                        return
                    if state is Line.SLOW:
                        self._released.wait(0.05)
                    near.sendall(said)
                near.shutdown(socket.SHUT_WR)
            except OSError:
                pass


def _pump(near: socket.socket, far: socket.socket) -> None:
    try:
        while said := near.recv(65536):
            far.sendall(said)
        far.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _reset(near: socket.socket) -> None:
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        near.shutdown(socket.SHUT_RD)  # a thread that reads holds the connection open
    near.close()
