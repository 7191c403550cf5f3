"""What the distress detector misses, in plain words, from the live release's own evaluation and card. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

_HEADING = "## What not to rely on"


def misses(evaluation: bytes | None, card: bytes | None) -> Sequence[str]:
    """Sentences for a manager; a release without these files says so."""
    said: list[str] = []
    if evaluation is not None:
        found = json.loads(evaluation)
        said += _missed(found.get("distress_recall"), "messages from students in distress")
        said += _missed(found.get("urgent_recall"), "urgent ones among them")
        said += _alarmed(found.get("traffic_flagged"))
    if card is not None:
        said += _cautions(card.decode("utf-8", "replace"))
    return said or ["The release that runs says nothing about this: its evaluation is missing."]


def _missed(recall: Mapping[str, Any] | None, whom: str) -> Sequence[str]:
    if not recall or not recall.get("n"):
        return ()
    n = int(recall["n"])
    n_missed = round(n * (1 - float(recall["value"])))
    most = 1 - float(recall["low"])
    return [f"Of {n} {whom} that it had never seen, it let {n_missed} pass. The true share may be up to {most:.0%}."]


def _alarmed(flagged: Mapping[str, Any] | None) -> Sequence[str]:
    if not flagged or not flagged.get("n"):
        return ()
    return [f"It calls a human for about {float(flagged['value']) * 100:.0f} in 100 messages that need none."]


def _cautions(card: str) -> Sequence[str]:
    """The card's own list of what not to rely on, a sentence each."""
    _, _, after = card.partition(_HEADING)
    part = after.partition("\n## ")[0]
    return [item.replace("\n", " ").strip() for item in part.split("\n- ")[1:]]
