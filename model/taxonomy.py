"""The labels as data: read once from ``taxonomy.toml``, passed on as an argument."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files


class LabelUnknown(ValueError):
    """A label that is not in the taxonomy."""


@dataclass(frozen=True, slots=True)
class Label:
    """One label: its key in data and addresses, its name on pages, the route it leads to."""

    key: str
    name: str
    meaning: str
    route: str
    shortcut: str
    always_human: bool = False
    ordinary: bool = False


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The labels in the handbook's order, which is also the order of every probability column."""

    version: int
    labels: tuple[Label, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(label.key for label in self.labels)

    @property
    def distress(self) -> Label:
        """The one label that always brings a human."""
        return next(label for label in self.labels if label.always_human)

    @property
    def ordinary(self) -> Label:
        """The one label that needs nobody but the coach."""
        return next(label for label in self.labels if label.ordinary)

    def index(self, key: str) -> int:
        """The column of a label. Raises LabelUnknown."""
        try:
            return self.keys.index(key)
        except ValueError:
            raise LabelUnknown(f"label {key!r} is not one of: {', '.join(self.keys)}") from None

    def __getitem__(self, key: str) -> Label:
        return self.labels[self.index(key)]

    def __contains__(self, key: object) -> bool:
        return key in self.keys


def parse_taxonomy(document: Mapping[str, object]) -> Taxonomy:
    """Build a taxonomy from a parsed TOML document.

    Raises ValueError when keys or shortcuts repeat, or when not exactly one label is `always_human`.
    """
    rows = document["label"]
    assert isinstance(rows, list)
    labels = tuple(Label(**row) for row in rows)
    for field in ("key", "shortcut"):
        values = [getattr(label, field) for label in labels]
        if len(set(values)) != len(values):
            raise ValueError(f"taxonomy: every {field} must be unique, got {values}")
    for flag in ("always_human", "ordinary"):
        if sum(getattr(label, flag) for label in labels) != 1:
            raise ValueError(f"taxonomy: exactly one label must be {flag}")
    return Taxonomy(version=int(str(document["version"])), labels=labels)


def load_taxonomy() -> Taxonomy:
    """The taxonomy that ships with the package."""
    return parse_taxonomy(tomllib.loads(files("model").joinpath("taxonomy.toml").read_text("utf-8")))
