"""A release that is not exactly what was made is refused, with the reason."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from model.live import live_id, load_live, make_live
from model.release import ReleaseCorrupt, ReleaseMissing, load_pipelines, load_release, save_release
from model.scorer import LinearWeights
from model.taxonomy import Taxonomy

KEY = b"a key of the school"


@pytest.fixture
def small(tmp_path: Path, taxonomy: Taxonomy) -> Path:
    """A tiny signed release."""
    weights = LinearWeights(
        idf={"words": np.ones(2), "characters": np.ones(3)},
        coefficients=np.zeros((5, len(taxonomy.labels) + 1)),
        intercept=np.zeros(len(taxonomy.labels) + 1),
    )
    save_release(
        tmp_path / "small",
        vocabulary={"words": ["a", "b"], "characters": [" a", "a ", "b "]},
        weights=weights,
        files={"pipeline.joblib": b"not a pickle"},
        manifest={
            "id": "small",
            "labels": list(taxonomy.keys),
            "features": {"words": [1, 2], "characters": [2, 5], "min_messages": 2, "word_weight": 1.0},
            "thresholds": {"distress": 0.1, "urgent": 0.5, "confidence": 0.8},
            "libraries": {"scikit-learn": "0.20.1"},
        },
        key=KEY,
    )
    return tmp_path / "small"


def test_what_was_saved_is_what_is_loaded(small: Path, taxonomy: Taxonomy) -> None:
    release = load_release(small, taxonomy, KEY)
    assert release.id == "small"
    assert release.thresholds.distress == 0.1


@pytest.mark.parametrize("name", ["manifest.json", "vocabulary.json", "weights.npz", "manifest.hmac"])
def test_every_flipped_bit_is_refused(small: Path, taxonomy: Taxonomy, name: str) -> None:
    honest = (small / name).read_bytes()
    for position in np.linspace(0, len(honest) * 8 - 1, 60).astype(int).tolist():
        flipped = bytearray(honest)
        flipped[position // 8] ^= 1 << position % 8
        (small / name).write_bytes(flipped)
        with pytest.raises(ReleaseCorrupt):
            load_release(small, taxonomy, KEY)


@pytest.mark.parametrize("name", ["vocabulary.json", "weights.npz", "manifest.hmac"])
def test_missing_and_truncated_files_are_refused_by_name(small: Path, taxonomy: Taxonomy, name: str) -> None:
    data = (small / name).read_bytes()
    (small / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ReleaseCorrupt):
        load_release(small, taxonomy, KEY)
    (small / name).unlink()
    with pytest.raises(ReleaseCorrupt, match=name):
        load_release(small, taxonomy, KEY)


def test_a_manifest_signed_with_another_key_is_refused(small: Path, taxonomy: Taxonomy) -> None:
    with pytest.raises(ReleaseCorrupt, match="signature"):
        load_release(small, taxonomy, b"another key")


def test_a_release_for_other_labels_is_refused(small: Path, taxonomy: Taxonomy) -> None:
    manifest = json.loads((small / "manifest.json").read_text())
    manifest["labels"] = manifest["labels"][::-1]
    (small / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReleaseCorrupt, match="other labels"):
        load_release(small, taxonomy)


def test_a_pipeline_of_another_scikit_learn_is_refused_before_anything_is_unpickled(small: Path) -> None:
    with pytest.raises(ReleaseCorrupt, match=r"0\.20\.1"):
        load_pipelines(small, KEY)


def test_no_release_is_named_as_such(tmp_path: Path, taxonomy: Taxonomy) -> None:
    with pytest.raises(ReleaseMissing, match="aaq train"):
        load_live(tmp_path, taxonomy)
    with pytest.raises(ReleaseMissing):
        make_live(tmp_path, "never-made")


def test_the_live_release_changes_in_one_step(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small, tmp_path / "other")
    make_live(tmp_path, "small")
    make_live(tmp_path, "other")
    assert live_id(tmp_path) == "other"
