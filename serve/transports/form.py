"""The escalation form for the full-time team: a signed webhook, or a Google form that a person opens filled in."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from serve.transports.base import Delivery, DeliveryFailed, Kind, Receipt
from serve.transports.gate import AddressRefused
from serve.transports.webhook import Endpoint

BY_HAND = "this form is sent by hand: open it filled in, press Submit, then say here that it is done"


class FormTransport(Endpoint):
    """Posts the fields to an endpoint."""

    def data_of(self, delivery: Delivery) -> Mapping[str, Any]:
        """The form's fields."""
        fields: Mapping[str, Any] = delivery.body["fields"]
        return fields


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
