"""Where a message stands in its group of the queue: by urgency, then by waiting time and what the model learns from it.

Urgent escalations come before everything else of their group. For the rest, a message counts as having waited

    its real waiting time  +  LEARNING_WORTH x uncertainty

so that of two messages of about the same age the one comes first from whose label the model learns most, and no message
waits more than LEARNING_WORTH longer than it would by age alone. The order of two messages never changes while they
wait: their places are times (`rank_at`), and a page of the list can go on where the last one ended.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

LEARNING_WORTH = timedelta(minutes=5)


def uncertainty(probabilities: Iterable[float]) -> float:
    """1 less the margin between the two largest probabilities: 0 when the model is certain, 1 when two labels tie.

    0 without probabilities: no model spoke, and nothing is known of what it would learn. (Margin sampling: Scheffer,
    Decomain and Wrobel, 2001.)
    """
    best, second = ([*sorted(probabilities, reverse=True)[:2], 0.0, 0.0])[:2]
    return 1.0 - (best - second) if best > 0 else 0.0


def rank_at(received_at: datetime, probabilities: Iterable[float], *, blind: bool) -> datetime:
    """The time by which a message is ordered. A blind one stands where its age puts it: its place tells nothing."""
    return received_at if blind else received_at - LEARNING_WORTH * uncertainty(probabilities)
