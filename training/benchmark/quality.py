"""Ours and the peers, side by side: same corpus, same splits, authors nobody trained on. And CLINC150."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

from model.text import normalise
from training.benchmark import peers
from training.benchmark.peers import Labels, Peer, Texts
from training.dataset import Messages
from training.fit import FitSettings
from training.metrics import Rate, rate

Fit = Callable[[Texts, Labels], Peer]
FLAG_RATE = 0.08  # every model may flag this share of ordinary messages; then its recall of distress is compared


@dataclass(frozen=True, slots=True)
class Measured:
    """One model on the corpus. recall: of distress, at the same flag rate · seconds: a message, batches of 100."""

    name: str
    accuracy: Rate
    macro_f1: float
    distress_recall: Rate
    microseconds: float
    megabytes: float


def contenders(settings: FitSettings) -> Mapping[str, Fit]:
    """By the name that is printed. The last two need the extra `peers`."""
    return {
        "ours": peers.ours(settings),
        "majority": peers.majority,
        "naive Bayes, words": peers.naive_bayes,
        "linear SVM, words": peers.linear_svm,
        "fastText": peers.fast_text,
        "MiniLM + LR": peers.mini_lm,
    }


def measure(name: str, fit: Fit, learned: Messages, held_out: Messages, distress: int, ordinary: int) -> Measured:
    """Fit on `learned`, judge on `held_out`. Raises ImportError when the model's library is not installed."""
    peer = fit(learned.texts, learned.labels)
    scores = peer.scores(held_out.texts)
    is_distress, is_ordinary = held_out.labels == distress, held_out.labels == ordinary
    threshold = np.quantile(scores[is_ordinary, distress], 1 - FLAG_RATE)
    predicted = scores.argmax(axis=1)
    return Measured(
        name,
        rate(predicted == held_out.labels),
        float(f1_score(held_out.labels, predicted, average="macro")),
        rate(scores[is_distress, distress] > threshold),
        _microseconds(peer, list(held_out.texts)[:1000]),
        peer.n_bytes() / 1e6,
    )


def _microseconds(peer: Peer, texts: list[str]) -> float:
    peer.scores(texts[:100])
    began = time.perf_counter()
    for start in range(0, len(texts), 100):
        peer.scores(texts[start : start + 100])
    return 1e6 * (time.perf_counter() - began) / len(texts)


@dataclass(frozen=True, slots=True)
class Clinc:
    """CLINC150 "full". accuracy: of in-scope messages; a right label that is held back counts as wrong · recall: of
    out-of-scope messages, at the same threshold · auroc: of in- against out-of-scope.
    """

    name: str
    accuracy: float
    recall: float
    auroc: float


# Larson et al. 2019, table 2 (full, out-of-scope by threshold or class): what others reported on the same messages.
PUBLISHED = (
    Clinc("SVM (Larson et al. 2019)", 0.910, 0.145, float("nan")),
    Clinc("Rasa (Larson et al. 2019)", 0.915, 0.453, float("nan")),
    Clinc("MLP on USE (Larson et al. 2019)", 0.935, 0.474, float("nan")),
    Clinc("BERT (Larson et al. 2019)", 0.969, 0.403, float("nan")),
    Clinc("BERT, threshold (Larson et al. 2019)", 0.962, 0.523, float("nan")),
)


TARGET = Clinc("target", 0.930, 0.60, 0.96)


def clinc(name: str, fit: Fit, path: Path) -> Clinc:
    """Learn the 150 intents from `train`, choose the threshold on `val` and `oos_val`, judge on `test` and `oos_test`.

    The threshold maximises the share of right decisions on the validation part, where out-of-scope is a decision too.
    """
    data = json.loads(path.read_text("utf-8"))
    intents = {intent: i for i, intent in enumerate(sorted({intent for _, intent in data["train"]}))}

    def texts(part: str) -> list[str]:
        return [normalise(text).text for text, _ in data[part]]

    def labels(part: str) -> NDArray[np.intp]:
        return np.array([intents[intent] for _, intent in data[part]], dtype=np.intp)

    peer = fit(texts("train"), labels("train"))
    valid, valid_out = peer.sureness(texts("val")), peer.sureness(texts("oos_val"))
    right = peer.scores(texts("val")).argmax(axis=1) == labels("val")
    thresholds = np.unique(np.concatenate([valid, valid_out]))

    def n_right(threshold: float) -> int:
        return int((right & (valid >= threshold)).sum() + (valid_out < threshold).sum())

    threshold = max(thresholds.tolist(), key=n_right)
    test, out = peer.sureness(texts("test")), peer.sureness(texts("oos_test"))
    in_scope = np.concatenate([np.ones(len(test)), np.zeros(len(out))])
    kept = (peer.scores(texts("test")).argmax(axis=1) == labels("test")) & (test >= threshold)
    auroc = roc_auc_score(in_scope, np.concatenate([test, out]))
    return Clinc(name, float(kept.mean()), float((out < threshold).mean()), float(auroc))
