"""AAQ itself, as a signed webhook: assign a question to Enrollments, put a reply draft beside it, note on a profile."""

from serve.transports.webhook import Endpoint


class AaqTransport(Endpoint):
    """Posts each action to AAQ's one endpoint; `data` is the delivery's body."""
