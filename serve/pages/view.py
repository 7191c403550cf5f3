"""Stored messages in the words and pieces that a page shows. Pure; no HTML."""

from collections.abc import Mapping
from datetime import datetime

from model.answer import percent
from model.policy import Reason, Thresholds
from model.taxonomy import Taxonomy
from serve.store.queue import QueueRow
from serve.store.records import Review, StoredDecision

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


def why(decision: StoredDecision, thresholds: Thresholds | None, taxonomy: Taxonomy) -> str:
    """Why a coach sees this message, as one plain sentence with the figures that decided.

    thresholds: of the release that answered; without them the lines that were drawn are left out.
    """
    said = [_reason(Reason(reason), decision, thresholds, taxonomy) for reason in decision.reasons]
    parts = [said[0], *(f"{part[0].lower()}{part[1:]}" for part in said[1:])]
    return f"{'; '.join(parts)}."


def _reason(reason: Reason, decision: StoredDecision, thresholds: Thresholds | None, taxonomy: Taxonomy) -> str:
    distress = decision.probabilities.get(taxonomy.distress.key)
    shown_over = thresholds.distress if thresholds else None
    suggested_from = thresholds.confidence if thresholds else None
    measured: Mapping[Reason, tuple[float | None, str, float | None]] = {
        Reason.DISTRESS_PROBABILITY: (distress, "we show everything over", shown_over),
        Reason.LOW_CONFIDENCE: (decision.confidence, "we suggest from", suggested_from),
        Reason.CONFIDENT: (decision.confidence, "we suggest from", suggested_from),
    }
    value, says, line = measured.get(reason, (None, "", None))
    if value is None:
        return _WHY[reason]
    shown, limit = figures(value, line)
    return f"{_WHY[reason]} ({shown}; {says} {limit})" if limit else f"{_WHY[reason]} ({shown})"


def figures(value: float, line: float | None) -> tuple[str, str]:
    """A probability and the line it is held against, with as many decimals as tell them apart (two or three)."""
    if line is None or value > 0.99:
        return "over 0.99" if value > 0.99 else f"{value:.2f}", "" if line is None else f"{line:.2f}"
    digits = 2 if f"{value:.2f}" != f"{line:.2f}" else 3
    return f"{value:.{digits}f}", f"{line:.{digits}f}"


def how_sure(decision: StoredDecision, taxonomy: Taxonomy) -> str:
    """How sure the machine is, apart from the reason: the candidates with their shares, the likeliest first."""
    if decision.label is None or decision.confidence is None:
        return ""
    shown = [key for key in decision.candidates if key in taxonomy][:4] or [decision.label]
    if decision.outcome == "escalate" and taxonomy.distress.key not in shown:
        shown.append(taxonomy.distress.key)
    return ", ".join(f"{taxonomy[key].name} {percent(decision.probabilities.get(key, 0.0))}" for key in shown)


def alternatives(decision: StoredDecision) -> list[str]:
    """The labels that one key corrects to: the likeliest after the suggested one, at most four."""
    others = [key for key in decision.probabilities if key != decision.label]
    return sorted(others, key=lambda key: -decision.probabilities[key])[:4]


def would_have_said(review: Review, taxonomy: Taxonomy) -> str:
    """After a blind label: what the machine had said, which nobody saw."""
    if review.suggested_label is None or review.confirmed_label is None:
        return ""
    name = taxonomy[review.suggested_label].name
    sure = f", {percent(review.confidence)} sure" if review.confidence is not None else ""
    if review.suggested_label == review.confirmed_label:
        return f"We would have said {name} too{sure}."
    return f"You said {taxonomy[review.confirmed_label].name}; we would have said {name}{sure}."


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


def chip(row: QueueRow, taxonomy: Taxonomy) -> str:
    """The label on a row of the list. What a person must see for distress says so, whatever is most probable."""
    label = row.confirmed_label or row.label
    if row.escalated and not row.acknowledged_by and label != taxonomy.distress.key:
        return f"Maybe {taxonomy.distress.name.lower()}"
    if row.blind:
        return "Label first"
    return taxonomy[label].name if label else "No label"


def first_words(text: str, length: int = 90) -> str:
    """The message's beginning on one line."""
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length else f"{line[:length].rstrip()}..."


def counted(n: int, one: str, many: str = "") -> str:
    """ "1 note", "3 notes"."""
    return f"{n} {one if n == 1 else many or f'{one}s'}"
