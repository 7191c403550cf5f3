"""Which messages are labelled blind: before the coach sees what the machine said.

Agreement with a suggestion that was shown flatters the model; on these few it does not.
"""

import hashlib

from model.policy import Outcome


def in_blind_sample(message_id: str, outcome: str, share: float) -> bool:
    """Whether a message is in the sample; decided by its id alone, so that nobody can choose.

    share: 0 to 1, of the messages that are not escalated. Escalations never are: a person is told what we saw, now.
    """
    if outcome == Outcome.ESCALATE:
        return False
    drawn = int.from_bytes(hashlib.sha256(message_id.encode()).digest()[:8])
    return drawn < share * 2**64
