"""`data/retrain.toml` as typed values: what a school may change about learning from its coaches."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from training.gate import GateBounds
from training.history import Caps, Weights
from training.poisoning import PoisoningSettings
from training.trigger import TriggerSettings


@dataclass(frozen=True, slots=True)
class RetrainSettings:
    """One part for each section of the file."""

    weights: Weights
    caps: Caps
    trigger: TriggerSettings
    gate: GateBounds
    poisoning: PoisoningSettings


def read_retrain_settings(path: Path) -> RetrainSettings:
    """Raises ValueError when a section lacks a value or has one that we do not know, naming it."""
    document = tomllib.loads(path.read_text("utf-8"))
    try:
        return RetrainSettings(
            Weights(**document["weights"]),
            Caps(**document["caps"]),
            TriggerSettings(**document["trigger"]),
            GateBounds(**document["gate"]),
            PoisoningSettings(**document["poisoning"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from None
