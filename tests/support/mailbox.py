"""A real SMTP server on a free port, with STARTTLS and sign-in, that keeps what it accepts."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from email.message import Message
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword


class _Controller(Controller):
    """Ends its connections before its loop."""

    def factory(self) -> SMTP:
        self.made: list[SMTP] = getattr(self, "made", [])
        self.made.append(super().factory())
        return self.made[-1]

    def stop(self, no_assert: bool = False) -> None:
        async def hang_up() -> None:
            for smtp in self.made:
                for transport in (smtp.transport, getattr(smtp, "_original_transport", None)):
                    if transport is not None:
                        transport.abort()
            await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(hang_up(), self.loop).result(5)
        super().stop(no_assert)


class Mailbox:
    """Use `close` when done. `refuse`: a reply instead of accepting, like "550 no such user"."""

    def __init__(self, tls: tuple[Path, Path] | None) -> None:
        self.works: list[Message] = []
        self.refuse: str | None = None
        self.on_work: Callable[[], object] = lambda: None
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self._controller = _Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=context, require_starttls=tls is not None,
            authenticator=self._authenticate, auth_required=tls is not None, auth_require_tls=True,
        )  # fmt: skip
        self._controller.start()

    def close(self) -> None:
        self._controller.stop()

    def _authenticate(self, *arguments: Any) -> AuthResult:
        given = arguments[-1]
        right = isinstance(given, LoginPassword) and given == LoginPassword(b"aaq", b"mail-password")
        return AuthResult(success=right, handled=False)

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse
        assert isinstance(envelope.content, bytes)
        self.works.append(BytesParser(policy=default).parsebytes(envelope.content))
        self.on_work()
        return "250 accepted"
