"""The escalation form for the full-time team: a signed webhook, or a Google form that a person opens filled in."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from serve.clock import Clock, utc_now
from serve.transports.base import Delivery, DeliveryFailed, Kind, Receipt
from serve.transports.gate import AddressRefused, Gate
from serve.transports.webhook import post_signed, problems_of, signer_of

BY_HAND = "this form is sent by hand: open it filled in, press Submit, then say here that it is done"


class FormTransport:
    """Posts the fields to an endpoint."""

    def __init__(self, gate: Gate, url: str, secret: SecretStr, clock: Clock = utc_now) -> None:
        """Raises AddressRefused or SecretUnusable."""
        gate.refuse_unless_allowed(url)
        self._gate = gate
        self._url = url
        self._signer = signer_of(secret)
        self._clock = clock

    def deliver(self, delivery: Delivery) -> Receipt:
        """Post it once. Raises DeliveryFailed."""
        return post_signed(self._gate, self._url, self._signer, delivery, delivery.body["fields"], self._clock)

    def check(self) -> list[str]:
        """What is wrong with the address."""
        return problems_of(self._gate, self._url)


class PrefilledForm:
    """A Google form without an endpoint. Nothing is sent: the delivery goes back to the coach with what to do."""

    def __init__(self, address: str, entries: Mapping[str, str]) -> None:
        """`entries`: our field -> the form's `entry.<number>` (Google: "Get pre-filled link").

        Raises AddressRefused.
        """
        parts = urlsplit(address)
        if parts.scheme != "https" or parts.hostname not in ("docs.google.com", "forms.gle"):
            raise AddressRefused("a prefilled form must be at https://docs.google.com/forms/")
        self._address = address
        self._entries = entries

    def link(self, fields: Mapping[str, str]) -> str:
        """The form, filled in. It holds what the coach wrote: made when it is shown, and never stored or logged."""
        filled = {self._entries[name]: text for name, text in fields.items() if name in self._entries and text}
        return f"{self._address.partition('?')[0]}?{urlencode({'usp': 'pp_url', **filled})}"

    def deliver(self, delivery: Delivery) -> Receipt:
        """Raises DeliveryFailed, permanent, always: a person does it."""
        raise DeliveryFailed(BY_HAND, Kind.PERMANENT)

    def check(self) -> list[str]:
        """What is wrong with the entries."""
        wrong = sorted(name for name, entry in self._entries.items() if not entry.startswith("entry."))
        return [f"{name}: a form's field is called entry.<number>" for name in wrong]
