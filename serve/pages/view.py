"""Stored messages in the words and pieces that a page shows. Pure; no HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from model.answer import percent
from model.policy import Reason
from model.taxonomy import Taxonomy
from serve.store.records import StoredDecision, StoredMessage

PROMISED_MINUTES = 15  # a question waits no longer than this for its first human

_WHY: Mapping[Reason, str] = {
    Reason.DISTRESS_PROBABILITY: "It reads like distress",
    Reason.SAFETY_NET: "It holds words that always bring a person",
    Reason.URGENT_PHRASE: "some of them say that it may be urgent",
    Reason.URGENT_PROBABILITY: "it sounds as if somebody must be told right now",
    Reason.LOW_CONFIDENCE: "We were not sure what it is about",
    Reason.UNKNOWN_WORDS: "It is full of words we have not seen before",
    Reason.UNKNOWN_LANGUAGE: "It does not seem to be in English",
    Reason.TOO_SHORT: "There are no words in it to go by",
    Reason.NO_MODEL: "No model is running, so every message comes to you",
    Reason.MODEL_FAILED: "The model failed on this message, so it comes to you",
    Reason.CONFIDENT: "We are sure enough to suggest",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the message's text. kind: "" or which evidence it is ("label", "distress"); hint: what hovering says."""

    text: str
    kind: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One of the queue's three groups."""

    key: str
    name: str
    messages: Sequence[StoredMessage]


def groups(messages: Sequence[StoredMessage]) -> tuple[Group, ...]:
    """Distress first, then doubt, then suggestions; the order within is the store's."""
    return (
        Group("now", "A human now", [m for m in messages if m.escalation]),
        Group("call", "Your call", [m for m in messages if not m.escalation and m.decision.outcome != "suggest"]),
        Group("suggested", "Suggested", [m for m in messages if not m.escalation and m.decision.outcome == "suggest"]),
    )


def following(messages: Sequence[StoredMessage], message_id: str) -> str | None:
    """The message that a coach reads after this one: the next in the list, or the first."""
    ids = [message.id for group in groups(messages) for message in group.messages]
    after = ids[ids.index(message_id) + 1 :] if message_id in ids else ids
    return next(iter([*after, *(i for i in ids if i != message_id)]), None)


def pieces(text: str, decision: StoredDecision, taxonomy: Taxonomy) -> list[Piece]:
    """The text cut where evidence begins and ends. Concatenated, the pieces are the text."""
    spans = [span for span in decision.evidence if 0 <= span["start"] < span["end"] <= len(text)]
    cuts = sorted({0, len(text), *(span["start"] for span in spans), *(span["end"] for span in spans)})
    heaviest = max((span["weight"] for span in spans), default=0.0)
    found: list[Piece] = []
    for start, end in pairwise(cuts):
        covering = [span for span in spans if span["start"] <= start and end <= span["end"]]
        found.append(_piece(text[start:end], covering, heaviest, taxonomy))
    return found


def _piece(text: str, covering: Sequence[Mapping[str, Any]], heaviest: float, taxonomy: Taxonomy) -> Piece:
    if not covering:
        return Piece(text)
    strongest = max(covering, key=lambda span: float(span["weight"]))
    share = strongest["weight"] / heaviest
    how = "strongly " if share > 0.6 else "a little " if share < 0.25 else ""
    kind = "distress" if any(span["label"] == taxonomy.distress.key for span in covering) else "label"
    return Piece(text, kind, f"pushes {how}towards {taxonomy[strongest['label']].name}")


def why(decision: StoredDecision, taxonomy: Taxonomy) -> str:
    """Why a coach sees this message, as one plain sentence."""
    said = [_WHY[Reason(reason)] for reason in decision.reasons]
    parts = [said[0], *(f"{part[0].lower()}{part[1:]}" for part in said[1:])]
    return f"{'; '.join(parts)}."


def how_sure(decision: StoredDecision, taxonomy: Taxonomy) -> str:
    """How sure the machine is, apart from the reason."""
    if decision.label is None or decision.confidence is None:
        return ""
    distress = decision.probabilities.get(taxonomy.distress.key, 0.0)
    sure = f"{taxonomy[decision.label].name}: {percent(decision.confidence)} sure"
    if decision.outcome == "escalate" and decision.label != taxonomy.distress.key:
        sure += f"; distress: {percent(distress)}"
    return sure


def ago(then: datetime, now: datetime) -> str:
    """A short relative time."""
    minutes = max(0, int((now - then).total_seconds() // 60))
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def waited_minutes(then: datetime, now: datetime) -> float:
    """Minutes waited, at most the promised ones: how far the thin bar is filled."""
    return min(float(PROMISED_MINUTES), max(0.0, (now - then).total_seconds() / 60))


def chip(message: StoredMessage, taxonomy: Taxonomy) -> str:
    """The label on a row of the list. What a person must see for distress says so, whatever is most probable."""
    label = message.decision.label
    if message.escalation and label != taxonomy.distress.key:
        return f"Maybe {taxonomy.distress.name.lower()}"
    return taxonomy[label].name if label else "No label"


def first_words(text: str, length: int = 90) -> str:
    """The message's beginning on one line."""
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length else f"{line[:length].rstrip()}..."
