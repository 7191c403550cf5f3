"""The statistical promises, against classifiers whose true risk is known, and against MAPIE's controller."""

import warnings

import numpy as np
import pytest
from scipy.stats import norm

from training.risk import RiskTargets, confidence_threshold, distress_threshold, upper_bound

ROUNDS = 200


def normal_scores(generator: np.random.Generator, n: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores of a classifier whose P(score < t | distress) is known: normal around 2 for distress, around 0 else."""
    is_distress = generator.uniform(size=n) < share
    return norm.cdf(generator.normal(np.where(is_distress, 2.0, 0.0), 1.0)), is_distress


def true_miss_rate(threshold: float) -> float:
    return float(norm.cdf(norm.ppf(threshold) - 2.0))


def test_the_true_miss_rate_exceeds_the_bound_in_no_more_rounds_than_promised() -> None:
    generator = np.random.default_rng(11)
    targets = RiskTargets(missed=0.05, delta=0.1, flagged=1.0)
    broken = 0
    for _ in range(ROUNDS):
        scores, is_distress = normal_scores(generator, 1500, 0.3)
        chosen = distress_threshold(scores, is_distress, np.zeros(1500, dtype=bool), np.ones(1500), targets)
        assert chosen.kept
        broken += true_miss_rate(chosen.threshold) > targets.missed
    # The threshold is searched for in one order and the bound must hold at it; 3 deviations of a binomial are allowed.
    assert broken <= ROUNDS * targets.delta + 3 * (ROUNDS * targets.delta * (1 - targets.delta)) ** 0.5


def test_the_true_share_of_wrong_suggestions_exceeds_the_bound_in_no_more_rounds_than_promised() -> None:
    generator = np.random.default_rng(12)
    targets = RiskTargets(wrong=0.05, delta=0.1)
    broken = 0
    for _ in range(ROUNDS):
        confidence = generator.beta(5, 1, 3000)  # calibrated: right with probability `confidence`
        right = generator.uniform(size=3000) < confidence
        chosen = confidence_threshold(confidence, right, np.ones(3000), targets)
        grid = np.linspace(chosen.threshold, 1, 2000)
        true_risk = 1 - np.average(grid, weights=grid**4) if chosen.kept else 0.0
        broken += true_risk > targets.wrong
    assert broken <= ROUNDS * targets.delta + 3 * (ROUNDS * targets.delta * (1 - targets.delta)) ** 0.5


@pytest.mark.filterwarnings("ignore")
def test_our_distress_threshold_is_as_careful_as_mapie_s() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mapie.risk_control import BinaryClassificationController

    scores, is_distress = normal_scores(np.random.default_rng(13), 4000, 0.3)
    controller = BinaryClassificationController(
        predict_function=lambda x: np.column_stack([1 - x[:, 0], x[:, 0]]),
        risk="recall",
        target_level=0.95,
        confidence_level=0.9,
        list_predict_params=np.linspace(0.3, 0.9, 61),
    ).calibrate(scores[:, None], is_distress.astype(int))
    valid = np.asarray(controller.valid_predict_params, dtype=float)
    targets = RiskTargets(missed=0.05, delta=0.1, flagged=1.0)
    ours = distress_threshold(scores, is_distress, np.zeros(4000, dtype=bool), np.ones(4000), targets).threshold
    assert valid.size
    # MAPIE corrects for the many thresholds it looks at, and its bound is looser: ours may lie higher.
    assert valid.max() - 0.01 <= ours <= valid.max() + 0.1
    assert true_miss_rate(ours) <= 0.055


def test_with_too_few_cases_the_bound_is_given_up_and_more_is_flagged() -> None:
    scores, is_distress = normal_scores(np.random.default_rng(14), 300, 0.2)
    targets = RiskTargets(missed=0.01, delta=0.05, flagged=0.3)
    chosen = distress_threshold(scores, is_distress, np.zeros(300, dtype=bool), np.ones(300), targets)
    assert not chosen.kept
    assert chosen.note
    assert 0.2 <= (scores[~is_distress] >= chosen.threshold).mean() <= 0.3


def test_the_upper_bound_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(15)
    events = generator.binomial(500, 0.04, 2000)
    covered = np.mean([upper_bound(int(k), 500, 0.05) >= 0.04 for k in events])
    assert covered >= 0.94
