"""What the corpus can teach: how much another author adds, and which labels are mistaken for which. As pictures."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from model.taxonomy import Taxonomy
from training import draw
from training.dataset import Messages
from training.fit import FitSettings, fit, out_of_fold_logits

Counts = NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Macro-F1 on unseen authors after learning from `n_authors` (mean, lowest and highest over the repeats)."""

    n_authors: int
    n_messages: int
    mean: float
    low: float
    high: float


def learning_curve(
    messages: Messages, settings: FitSettings, *, seed: int, repeats: int, say: Callable[[str], None]
) -> list[CurvePoint]:
    """Fit on 4, 8, 16 ... authors, each time judged on the same quarter that is held out; `repeats` random quarters."""
    authors = np.array(sorted(set(messages.authors.tolist())))
    n_held_out = max(1, len(authors) // 4)
    sizes = [size for size in (4, 8, 16, 32, 64, 128) if size < len(authors) - n_held_out]
    sizes.append(len(authors) - n_held_out)
    generator = np.random.default_rng(seed)
    scores: dict[int, list[tuple[int, float]]] = {size: [] for size in sizes}
    for repeat in range(repeats):
        order = generator.permutation(authors)
        held_out = messages.where(np.isin(messages.authors, order[:n_held_out]))
        for size in sizes:
            say(f"learning from {size} authors, round {repeat + 1} of {repeats}")
            learned = messages.where(np.isin(messages.authors, order[n_held_out : n_held_out + size]))
            predicted = fit(learned, settings).logits(list(held_out.texts))[:, :-1].argmax(axis=1)
            scores[size].append((len(learned), float(f1_score(held_out.labels, predicted, average="macro"))))
    return [
        CurvePoint(
            size,
            int(np.mean([n for n, _ in found])),
            float(np.mean([score for _, score in found])),
            min(score for _, score in found),
            max(score for _, score in found),
        )
        for size, found in scores.items()
    ]


def rise_by_doubling(curve: Sequence[CurvePoint]) -> float:
    """Points of macro-F1 (of 100) that the last doubling of authors brings, interpolated on a logarithmic axis."""
    sizes = np.log2([point.n_authors for point in curve])
    means = [point.mean for point in curve]
    return 100 * float(means[-1] - np.interp(sizes[-1] - 1, sizes, means))


def confusions(messages: Messages, settings: FitSettings, n_jobs: int) -> Counts:
    """Counts [label, prediction] with each author predicted by a model that has not read them."""
    predicted = out_of_fold_logits(messages, settings, n_jobs)[:, :-1].argmax(axis=1)
    n_labels = int(messages.labels.max()) + 1
    table = np.zeros((n_labels, n_labels), dtype=np.int_)
    np.add.at(table, (messages.labels, predicted), 1)
    return table


def confusable_pairs(table: Counts, taxonomy: Taxonomy, most: int = 12) -> list[tuple[str, str, int]]:
    """The pairs that are mistaken most often: (label, prediction, n)."""
    wrong = Counter(
        {
            (taxonomy.keys[i], taxonomy.keys[j]): int(table[i, j])
            for i in range(len(table))
            for j in range(len(table))
            if i != j and table[i, j]
        }
    )
    return [(label, prediction, n) for (label, prediction), n in wrong.most_common(most)]


def draw_curve(curve: Sequence[CurvePoint], path: Path) -> None:
    """Macro-F1 over authors, on a logarithmic axis."""
    says = f"The last doubling of authors brings {rise_by_doubling(curve):.1f} points"
    drawn, axes = draw.figure(7, 4, says)
    sizes = [point.n_authors for point in curve]
    axes.fill_between(
        sizes, [p.low for p in curve], [p.high for p in curve], color=draw.ACCENT, alpha=0.15, linewidth=0
    )
    axes.plot(sizes, [point.mean for point in curve], color=draw.ACCENT, marker="o")
    for point in curve:
        axes.annotate(
            f"{point.mean:.3f}", (point.n_authors, point.mean), (0, 8), textcoords="offset points", ha="center"
        )
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{point.n_authors}\n{point.n_messages / 1000:.1f}k" for point in curve])
    axes.minorticks_off()
    axes.set_xlabel("authors, and their messages in thousands")
    axes.set_ylabel("macro F1 on unseen authors")
    path.write_text(draw.svg(drawn), "utf-8")


def draw_confusions(table: Counts, taxonomy: Taxonomy, path: Path) -> None:
    """Where each label's messages go, as shares of its row."""
    drawn, axes = draw.figure(8, 7, "Which labels are mistaken for which, on unseen authors")
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=0.25)
    for i, j in np.argwhere(shares >= 0.01).tolist():
        colour = "white" if shares[i, j] > 0.15 else "black"
        axes.text(j, i, f"{shares[i, j]:.0%}", ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(table)), taxonomy.keys, rotation=60, ha="right")
    axes.set_yticks(range(len(table)), taxonomy.keys)
    axes.set_xlabel("predicted")
    axes.set_ylabel("label")
    path.write_text(draw.svg(drawn), "utf-8")


def draw_lengths(messages: Messages, path: Path) -> None:
    """How long the messages are."""
    lengths = messages.frame["text"].str.len().to_numpy()
    drawn, axes = draw.figure(7, 3, f"Half of the messages have {int(np.median(lengths))} characters or fewer")
    axes.hist(lengths, bins=np.logspace(0, 3.2, 40).tolist(), color=draw.ACCENT)
    axes.set_xscale("log")
    axes.set_xlabel("characters")
    axes.set_ylabel("messages")
    path.write_text(draw.svg(drawn), "utf-8")
