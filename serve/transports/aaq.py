"""AAQ itself, as a signed webhook: assign a question to Enrollments, put a reply draft beside it, note on a profile."""

from pydantic import SecretStr

from serve.clock import Clock, utc_now
from serve.transports.base import Delivery, Receipt
from serve.transports.gate import Gate
from serve.transports.webhook import post_signed, problems_of, signer_of


class AaqTransport:
    """Posts each action to AAQ's one endpoint; `type` says which it is, `data` is the delivery's body."""

    def __init__(self, gate: Gate, url: str, secret: SecretStr, clock: Clock = utc_now) -> None:
        """Raises AddressRefused or SecretUnusable."""
        gate.refuse_unless_allowed(url)
        self._gate = gate
        self._url = url
        self._signer = signer_of(secret)
        self._clock = clock

    def deliver(self, delivery: Delivery) -> Receipt:
        """Post it once. Raises DeliveryFailed."""
        return post_signed(self._gate, self._url, self._signer, delivery, delivery.body, self._clock)

    def check(self) -> list[str]:
        """What is wrong with the address."""
        return problems_of(self._gate, self._url)
