"""The on-disk form of a trained model, and the only code that opens one.

A release is a folder: `vocabulary.json` and `weights.npz` (all that answering needs: no pickle, no scikit-learn),
`pipeline.joblib` (scikit-learn classes only, for notebooks and the next training), `evaluation.json`, `card.md`, and
`manifest.json`, which names the SHA-256 of each. Bytes are checked before they are parsed, and the checked bytes
are the ones parsed. With a key, `manifest.hmac` signs the manifest.
"""

import hashlib
import hmac
import io
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model.features import FeatureSettings
from model.policy import Thresholds
from model.scorer import BLOCKS, LinearWeights, Scorer
from model.taxonomy import Taxonomy
from model.text import NORMALISE_VERSION

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

FORMAT = 1
SERVED = ("vocabulary.json", "weights.npz")
GUARD_PREFIX = "guard."
MANIFEST, _SIGNATURE = "manifest.json", "manifest.hmac"
_LARGEST_FILE = 512 << 20
_LARGEST_ARRAY_FILE = 1 << 30


class ReleaseMissing(FileNotFoundError):
    """There is no release where one was looked for."""


class ReleaseCorrupt(ValueError):
    """A release that is damaged, unsigned although a key is set, or was made for something else."""


@dataclass(frozen=True, slots=True)
class Release:
    """A verified release, ready to score."""

    id: str
    scorer: Scorer
    thresholds: Thresholds
    manifest: Mapping[str, Any]
    guard: "Guard | None" = None


@dataclass(frozen=True, slots=True)
class Guard:
    """The release from the corpus alone, inside one that has learned from a history: distress that it reads is
    escalated, whatever the history taught. threshold: escalate at its P(distress) of this or more.
    """

    scorer: Scorer
    threshold: float

    def escalates(self, normalised_text: str, distress: int) -> bool:
        """Whether it reads distress in a text. `distress`: the label's column."""
        probabilities = self.scorer.score(normalised_text).probabilities
        return bool(probabilities[distress] >= self.threshold or int(probabilities.argmax()) == distress)


def save_release(
    folder: Path,
    *,
    vocabulary: Mapping[str, Sequence[str]],
    weights: LinearWeights,
    files: Mapping[str, bytes],
    manifest: Mapping[str, Any],
    key: bytes | None = None,
) -> None:
    """Write a release so that it appears whole or not at all. Raises FileExistsError when the folder exists."""
    contents = dict(files)
    contents["vocabulary.json"] = json.dumps({block: list(vocabulary[block]) for block in BLOCKS}).encode()
    arrays = io.BytesIO()
    idf: dict[str, Any] = {f"idf_{block}": weights.idf[block] for block in BLOCKS}
    np.savez(arrays, coefficients=weights.coefficients, intercept=weights.intercept, **idf)
    contents["weights.npz"] = arrays.getvalue()
    complete = {**manifest, "format": FORMAT, "normalise_version": NORMALISE_VERSION}
    complete["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(contents.items())}
    contents[MANIFEST] = json.dumps(complete, indent=1, sort_keys=True).encode()
    if key is not None:
        contents[_SIGNATURE] = signature(contents[MANIFEST], key)
    if folder.exists():
        raise FileExistsError(f"release {folder.name} exists already")
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for name, data in contents.items():
        (unfinished / name).write_bytes(data)
    unfinished.rename(folder)


def load_release(folder: Path, taxonomy: Taxonomy, key: bytes | None = None) -> Release:
    """Read and verify a release. Raises ReleaseMissing or ReleaseCorrupt, naming the condition."""
    manifest = read_manifest(folder, key)
    if tuple(manifest["labels"]) != taxonomy.keys:
        raise ReleaseCorrupt(f"release {folder.name}: made for other labels: {', '.join(manifest['labels'])}")
    scorer = _scorer(folder, manifest, manifest, "", taxonomy)
    try:
        thresholds = Thresholds(**manifest["thresholds"])
        guarded = manifest.get("guard")
        guard = guarded and Guard(
            _scorer(folder, manifest, guarded, GUARD_PREFIX, taxonomy), float(guarded["threshold"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReleaseCorrupt(f"release {folder.name}: {error}") from error
    return Release(str(manifest["id"]), scorer, thresholds, manifest, guard)


def _scorer(
    folder: Path, manifest: Mapping[str, Any], described: Mapping[str, Any], prefix: str, taxonomy: Taxonomy
) -> Scorer:
    vocabulary_bytes = _verified(folder, f"{prefix}vocabulary.json", manifest)
    arrays = _verified(folder, f"{prefix}weights.npz", manifest)
    try:
        scorer = Scorer(json.loads(vocabulary_bytes), _weights(arrays), _feature_settings(described))
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ReleaseCorrupt(f"release {folder.name}: {error}") from error
    if scorer.coefficients.shape[1] != len(taxonomy.labels) + 1:
        raise ReleaseCorrupt(f"release {folder.name}: {scorer.coefficients.shape[1]} columns of weights")
    return scorer


def guard_files(folder: Path, key: bytes | None = None) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What makes the release in `folder` the guard of another: its part of the manifest, and the files by name.

    Raises ReleaseMissing or ReleaseCorrupt.
    """
    manifest = read_manifest(folder, key)
    described = {
        "id": manifest["id"], "features": manifest["features"], "threshold": manifest["thresholds"]["distress"]
    }  # fmt: skip
    return described, {f"{GUARD_PREFIX}{name}": _verified(folder, name, manifest) for name in SERVED}


def load_pipelines(folder: Path, key: bytes | None = None) -> "Mapping[str, Pipeline]":
    """The scikit-learn pipelines of a release, `labels` and `urgent`, for notebooks and training.

    Their input is normalised text, their probabilities are the service's.

    Runs code that is in the file, so only after its checksum was verified, and only with the scikit-learn minor
    version that made it. Raises ReleaseMissing or ReleaseCorrupt.
    """
    import joblib
    import sklearn

    manifest = read_manifest(folder, key)
    made_by, here = str(manifest["libraries"]["scikit-learn"]), sklearn.__version__
    if made_by.split(".")[:2] != here.split(".")[:2]:
        raise ReleaseCorrupt(f"release {folder.name}: made by scikit-learn {made_by}, this is {here}")
    pipelines: Mapping[str, Pipeline] = joblib.load(io.BytesIO(_verified(folder, "pipeline.joblib", manifest)))  # noqa: TID251  verified
    return pipelines


def read_manifest(folder: Path, key: bytes | None = None) -> dict[str, Any]:
    """The manifest, its signature and versions checked. Raises ReleaseMissing or ReleaseCorrupt."""
    data = _read(folder, MANIFEST)
    if key is not None and not hmac.compare_digest(_read(folder, _SIGNATURE), signature(data, key)):
        raise ReleaseCorrupt(f"release {folder.name}: the manifest's signature is wrong")
    try:
        manifest = json.loads(data)
        known = isinstance(manifest["files"], dict) and isinstance(manifest["labels"], list)
        format_, normalise_version = manifest["format"], manifest["normalise_version"]
    except (KeyError, TypeError, ValueError) as error:
        raise ReleaseCorrupt(f"release {folder.name}: the manifest is unreadable ({type(error).__name__})") from error
    if not known or format_ != FORMAT:
        raise ReleaseCorrupt(f"release {folder.name}: format {format_!r}, expected {FORMAT}")
    if normalise_version != NORMALISE_VERSION:
        raise ReleaseCorrupt(
            f"release {folder.name}: text is normalised by version {NORMALISE_VERSION}, the release wants"
            f" {normalise_version!r}"
        )
    return dict(manifest)


def read_file(folder: Path, name: str, key: bytes | None = None) -> bytes:
    """A file of a release, its checksum verified. Raises ReleaseMissing or ReleaseCorrupt."""
    return _verified(folder, name, read_manifest(folder, key))


def readable_releases(releases: Path, key: bytes | None = None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The folder and manifest of every release that can be used, oldest first; damaged ones are passed over."""
    for path in sorted(releases.glob(f"[0-9]*/{MANIFEST}")):
        try:
            yield path.parent, read_manifest(path.parent, key)
        except (ReleaseMissing, ReleaseCorrupt):
            continue


def signature(data: bytes, key: bytes) -> bytes:
    """HMAC-SHA-256, in hexadecimal, by the releases' key."""
    return hmac.new(key, data, hashlib.sha256).hexdigest().encode()


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ReleaseCorrupt(f"release {folder.name}: {name} is larger than {_LARGEST_FILE} bytes")
        return path.read_bytes()
    except FileNotFoundError:
        kind = ReleaseMissing if name == MANIFEST else ReleaseCorrupt
        raise kind(f"release {folder.name}: {name} is missing") from None


def _verified(folder: Path, name: str, manifest: Mapping[str, Any]) -> bytes:
    data = _read(folder, name)
    if hashlib.sha256(data).hexdigest() != manifest["files"].get(name):
        raise ReleaseCorrupt(f"release {folder.name}: {name} does not have the checksum in the manifest")
    return data


def _weights(data: bytes) -> LinearWeights:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_ARRAY_FILE:
            raise ValueError("weights.npz unpacks to more than it may")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        weights = LinearWeights(
            idf={block: arrays[f"idf_{block}"] for block in BLOCKS},
            coefficients=arrays["coefficients"],
            intercept=arrays["intercept"],
        )
    if not (np.isfinite(weights.coefficients).all() and np.isfinite(weights.intercept).all()):
        raise ValueError("weights.npz holds numbers that are not finite")
    return weights


def _feature_settings(manifest: Mapping[str, Any]) -> FeatureSettings:
    stored = manifest["features"]
    return FeatureSettings(
        tuple(stored["words"]), tuple(stored["characters"]), stored["min_messages"], stored["word_weight"]
    )
