"""Mail over SMTP, encrypted or not at all (STARTTLS, RFC 3207), with the standard library."""

import hashlib
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import NoReturn

from pydantic import SecretStr

from serve.clock import Clock, utc_now
from serve.transports.base import Delivery, DeliveryFailed, Kind, Receipt


@dataclass(frozen=True, slots=True)
class MailServer:
    """to: who gets what names nobody · ca_file: the authority of a school's own certificate."""

    host: str
    port: int
    user: str | None
    password: SecretStr | None
    sender: str
    to: Sequence[str] = ()
    ca_file: str | None = None
    timeout: float = 10.0  # seconds for each reply


class MailTransport:
    """Sends one message to its recipients.

    A lost reply is answered by sending again: SMTP cannot be asked. The Message-ID is the same then, so that a mailbox
    shows it once; a double notice is harmless, a missing one is not.
    """

    def __init__(self, server: MailServer, clock: Clock = utc_now) -> None:
        self._server = server
        self._clock = clock

    def deliver(self, delivery: Delivery) -> Receipt:
        """Send `subject` and `text` to `to`. Raises DeliveryFailed."""
        message = self._message(delivery)
        try:
            with self._connect() as connection:
                refused = connection.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            _fail(error)
        if refused:
            words = "; ".join(_words(code, said) for code, said in refused.values())
            raise DeliveryFailed(f"not every recipient was accepted: {words}", Kind.PERMANENT)
        return Receipt(str(message["Message-ID"]))

    def _message(self, delivery: Delivery) -> EmailMessage:
        # This policy refuses a line break in any header, so a subject or an address cannot add one.
        message = EmailMessage(policy=SMTP)
        domain = self._server.sender.rpartition("@")[2]
        try:
            message["From"] = Address("AAQ Triage", addr_spec=self._server.sender)
            message["To"] = [Address(addr_spec=to) for to in delivery.body.get("to") or self._server.to]
            message["Subject"] = " ".join(str(delivery.body["subject"]).split())
        except (ValueError, IndexError) as error:
            raise DeliveryFailed("an address or the subject is not valid", Kind.PERMANENT) from error
        message["Date"] = self._clock()
        message["Message-ID"] = f"<{hashlib.sha256(delivery.idempotency_key.encode()).hexdigest()[:40]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(str(delivery.body["text"]))
        return message

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            connection.starttls(context=ssl.create_default_context(cafile=server.ca_file))
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password.get_secret_value())
        except BaseException:
            connection.close()
            raise
        return connection

    def check(self) -> list[str]:
        """Whether it lets us in, encrypted."""
        try:
            with self._connect() as connection:
                connection.noop()
            return []
        except (smtplib.SMTPException, OSError) as error:
            try:
                _fail(error)
            except DeliveryFailed as failure:
                return [str(failure)]


def _fail(error: smtplib.SMTPException | OSError) -> NoReturn:
    """Say it in our words. A reply of 4xx may pass later, 5xx will not (RFC 5321, 4.2.1)."""
    match error:
        case smtplib.SMTPNotSupportedError():
            raise DeliveryFailed("the mail server does not offer STARTTLS or sign-in", Kind.PERMANENT) from error
        case smtplib.SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()))
            raise DeliveryFailed(_words(code, said), _kind(code)) from error
        case smtplib.SMTPResponseException():
            raise DeliveryFailed(_words(error.smtp_code, error.smtp_error), _kind(error.smtp_code)) from error
        case ssl.SSLCertVerificationError():
            words = f"the mail server's certificate was refused: {error.verify_message}"
            raise DeliveryFailed(words, Kind.RETRYABLE) from error
        case smtplib.SMTPServerDisconnected() | TimeoutError() | ConnectionResetError() | BrokenPipeError():
            raise DeliveryFailed(f"the mail server did not answer ({type(error).__name__})", Kind.AMBIGUOUS) from error
        case OSError():
            words = f"no connection to the mail server: {error.strerror or type(error).__name__}"
            raise DeliveryFailed(words, Kind.RETRYABLE) from error
    raise DeliveryFailed(f"the mail server failed ({type(error).__name__})", Kind.AMBIGUOUS) from error


def _kind(code: int) -> Kind:
    return Kind.PERMANENT if 500 <= code < 600 else Kind.RETRYABLE


def _words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"the mail server answered {code} {' '.join(text.split())[:300]}"
