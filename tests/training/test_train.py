"""Training keeps its promises: no author on two sides, the same numbers twice, thresholds with their evidence."""

import json
from pathlib import Path

import numpy as np
import pytest
from doubles import DATA, MADE_AT
from school import RECIPE, small_data

from model.answer import build_answerer
from model.release import Release
from model.taxonomy import Taxonomy
from training.calibrate import calibrate
from training.corpus import read_corpus, read_traffic
from training.dataset import build_messages, read_evaluation_authors, read_teaching_only, split
from training.evaluate import answer_all, evaluate
from training.metrics import expected_calibration_error, rate, traffic_weights, weighted_rate
from training.releases import train
from training.risk import RiskTargets, confidence_threshold, distress_threshold, upper_bound


def test_no_author_is_on_two_sides(taxonomy: Taxonomy) -> None:
    messages = build_messages(read_corpus(DATA / "corpus", taxonomy), taxonomy)
    splits = split(messages, read_evaluation_authors(DATA / "splits.toml"), seed=1)
    calibrating = set(splits.development.authors[splits.calibration].tolist())
    controlling = set(splits.development.authors[splits.control].tolist())
    evaluating = set(splits.evaluation.authors.tolist())
    assert not calibrating & controlling
    assert not (calibrating | controlling) & evaluating
    assert len(splits.development) + len(splits.evaluation) == len(messages)


def test_who_teaches_only_is_learned_from_and_chooses_nothing(taxonomy: Taxonomy) -> None:
    messages = build_messages(read_corpus(DATA / "corpus", taxonomy), taxonomy)
    teaching = read_teaching_only(DATA / "splits.toml")
    splits = split(messages, read_evaluation_authors(DATA / "splits.toml"), seed=1, teaching_only=teaching)
    theirs = np.isin(splits.development.authors, sorted(teaching))
    assert set(splits.development.authors[theirs].tolist()) == teaching
    assert not (theirs & (splits.calibration | splits.control)).any()
    assert (theirs | splits.calibration | splits.control).all()


def test_an_evaluation_author_who_is_not_there_is_an_error(taxonomy: Taxonomy) -> None:
    messages = build_messages(read_corpus(DATA / "corpus", taxonomy), taxonomy)
    with pytest.raises(ValueError, match="nobody-of-ours"):
        split(messages, frozenset({"nobody-of-ours"}), seed=1)


def test_the_same_data_and_seed_give_the_same_numbers(tmp_path: Path) -> None:
    data = small_data(tmp_path / "data")
    first, second = (
        train(data, tmp_path / str(n_jobs), RECIPE, made_at=MADE_AT, n_jobs=n_jobs, key=b"signed", say=lambda _: None)
        for n_jobs in (1, 2)
    )
    assert json.dumps(first.evaluation.as_json()) == json.dumps(second.evaluation.as_json())
    assert first.release.thresholds == second.release.thresholds
    np.testing.assert_array_equal(first.release.scorer.coefficients, second.release.scorer.coefficients)


def test_the_manifest_holds_the_evidence(release: Release) -> None:
    for name in ("distress", "urgent", "confidence"):
        evidence = release.manifest["threshold_evidence"][name]
        assert evidence["n"] > 0
        assert evidence["observed"] <= evidence["upper_bound"] <= 1
    assert release.manifest["libraries"]["scikit-learn"]
    assert len(release.manifest["data"]["sha256"]) == 64


def test_the_stored_evaluation_is_what_the_release_does(releases: Path, release: Release, taxonomy: Taxonomy) -> None:
    messages = build_messages(read_corpus(DATA / "corpus", taxonomy), taxonomy)
    held_out = split(messages, read_evaluation_authors(DATA / "splits.toml"), seed=1).evaluation
    traffic = read_traffic(DATA / "traffic.toml", taxonomy)
    figures = evaluate(answer_all(build_answerer(release), held_out, traffic), taxonomy.keys)
    stored = json.loads((releases / release.id / "evaluation.json").read_text())
    assert stored == json.loads(json.dumps(figures.as_json()))


def test_the_temperature_undoes_overconfidence() -> None:
    generator = np.random.default_rng(1)
    true_logits = generator.normal(0, 1.5, (4000, 4))
    probabilities = np.exp(true_logits) / np.exp(true_logits).sum(axis=1, keepdims=True)
    labels = np.array([generator.choice(4, p=row) for row in probabilities])
    calibration = calibrate(true_logits * 3, labels, dict.fromkeys("abcd", 0.25))
    assert calibration.beta == pytest.approx(1 / 3, rel=0.1)


def test_the_prior_shift_moves_probabilities_towards_the_traffic_and_no_further() -> None:
    labels = np.repeat([0, 1, 2], 40)
    logits = np.zeros((120, 3))
    traffic = {"rare": 0.1, "common": 0.7, "other": 0.2}
    calibration = calibrate(logits, labels, traffic)
    rare, common, other = calibration.probabilities(logits)[0].tolist()
    assert 0.1 <= rare < 1 / 3 < common <= 0.7
    assert rare + common + other == pytest.approx(1)


def test_a_bound_needs_enough_cases() -> None:
    assert upper_bound(0, 300, 0.05) == pytest.approx(0.00994, abs=1e-4)
    assert upper_bound(0, 100, 0.05) > 0.029
    assert upper_bound(5, 5, 0.05) == 1


def test_the_distress_threshold_keeps_its_bound_or_says_that_it_cannot() -> None:
    generator = np.random.default_rng(2)
    is_distress = np.arange(5000) < 1000
    scores = np.where(is_distress, generator.beta(8, 2, 5000), generator.beta(2, 8, 5000))
    nothing = np.zeros(5000, dtype=bool)
    chosen = distress_threshold(scores, is_distress, nothing, np.ones(5000), RiskTargets(flagged=0.9))
    assert chosen.kept
    assert chosen.upper_bound <= 0.01
    few = np.r_[np.arange(50), np.arange(1000, 2000)]
    scarce = distress_threshold(
        scores[few], is_distress[few], nothing[few], np.ones(len(few)), RiskTargets(flagged=0.5)
    )
    assert not scarce.kept
    assert np.average(scores[few][~is_distress[few]] >= scarce.threshold) <= 0.5


def test_the_confidence_threshold_keeps_suggestions_right() -> None:
    generator = np.random.default_rng(3)
    confidence = generator.uniform(0.3, 1, 60_000)
    right = generator.uniform(size=60_000) < confidence
    chosen = confidence_threshold(confidence, right, np.ones(60_000), RiskTargets())
    assert chosen.upper_bound <= 0.03
    assert 0.93 < chosen.threshold < 0.99


def test_rates_carry_their_n_and_an_interval() -> None:
    some = rate(np.array([True] * 9 + [False]))
    assert (some.value, some.n) == (0.9, 10)
    assert some.low < 0.9 < some.high
    assert rate(np.array([], dtype=bool)).n == 0
    weights = traffic_weights(np.array([0, 0, 1]), np.array([0.2, 0.8]))
    assert weighted_rate(np.array([False, False, True]), weights).value == pytest.approx(0.8)
    assert expected_calibration_error(np.array([0.7] * 10), np.array([True] * 7 + [False] * 3), np.ones(10)) < 1e-9
