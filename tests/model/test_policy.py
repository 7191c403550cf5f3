"""The decision, without a model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.policy import Outcome, Reason, Signals, Thresholds, candidate_set, decide, decide_without_model
from model.taxonomy import Taxonomy, load_taxonomy

TAXONOMY = load_taxonomy()
LABELS = len(TAXONOMY.labels)
LINES = Thresholds(distress=0.05, urgent=0.5, confidence=0.8)

rows = st.lists(st.floats(0.001, 1.0), min_size=LABELS, max_size=LABELS).map(np.array).map(lambda row: row / row.sum())
signals = st.builds(
    Signals, net=st.booleans(), known_share=st.floats(0, 1), readable=st.booleans(), has_words=st.booleans()
)


def row(**shares: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    probabilities = np.full(LABELS, (1 - sum(shares.values())) / (LABELS - len(shares)))
    for key, share in shares.items():
        probabilities[TAXONOMY.index(key.replace("_", "-"))] = share
    return probabilities


@given(rows, signals)
def test_every_message_has_one_outcome_and_only_suggestions_pass_a_human_by(probabilities, given_signals) -> None:
    decision = decide(probabilities, 0.0, given_signals, LINES, TAXONOMY)
    assert decision.escalate_to_human is (decision.outcome is not Outcome.SUGGEST)
    assert (decision.route is None) is (decision.outcome is Outcome.ABSTAIN)
    assert decision.reasons
    assert decision.candidates[0] == decision.label


@given(rows, signals, st.floats(0, 1))
def test_more_distress_never_means_less_human(probabilities, given_signals, added) -> None:
    more = probabilities * (1 - added)
    more[TAXONOMY.index("distress")] += added
    before = decide(probabilities, 0.0, given_signals, LINES, TAXONOMY)
    after = decide(more, 0.0, given_signals, LINES, TAXONOMY)
    if before.outcome is Outcome.ESCALATE:
        assert after.outcome is Outcome.ESCALATE


def test_distress_wins_over_whatever_is_most_probable() -> None:
    decision = decide(row(lights=0.9, distress=0.06), 0.0, Signals(), LINES, TAXONOMY)
    assert decision.label == "lights"
    assert decision.outcome is Outcome.ESCALATE
    assert decision.route == TAXONOMY.distress.route
    assert decision.reasons == (Reason.DISTRESS_PROBABILITY,)


def test_the_safety_net_needs_no_classifier() -> None:
    decision = decide(row(coaching=0.99, distress=0.0001), 0.0, Signals(net=True, net_urgent=True), LINES, TAXONOMY)
    assert decision.outcome is Outcome.ESCALATE
    assert decision.urgent
    assert decision.reasons == (Reason.SAFETY_NET, Reason.URGENT_PHRASE)


def test_urgent_has_its_own_threshold_and_reason() -> None:
    distress = row(distress=0.6)
    assert not decide(distress, 0.49, Signals(), LINES, TAXONOMY).urgent
    urgent = decide(distress, 0.5, Signals(), LINES, TAXONOMY)
    assert urgent.urgent
    assert urgent.reasons == (Reason.DISTRESS_PROBABILITY, Reason.URGENT_PROBABILITY)
    assert not decide(row(coaching=0.99, distress=0.001), 0.99, Signals(), LINES, TAXONOMY).urgent


def test_confident_coaching_is_a_suggestion_not_a_doubt() -> None:
    decision = decide(row(coaching=0.95, distress=0.001), 0.0, Signals(), LINES, TAXONOMY)
    assert decision.outcome is Outcome.SUGGEST
    assert decision.route == TAXONOMY["coaching"].route


@pytest.mark.parametrize(
    ("given_signals", "reason"),
    [
        (Signals(known_share=0.2), Reason.UNKNOWN_WORDS),
        (Signals(readable=False), Reason.UNKNOWN_LANGUAGE),
        (Signals(has_words=False), Reason.TOO_SHORT),
    ],
)
def test_each_doubt_brings_a_human_however_confident(given_signals: Signals, reason: Reason) -> None:
    decision = decide(row(coaching=0.99, distress=0.0001), 0.0, given_signals, LINES, TAXONOMY)
    assert decision.outcome is Outcome.ABSTAIN
    assert decision.reasons == (reason,)
    assert decision.route is None


def test_low_confidence_abstains_and_shows_the_candidates() -> None:
    decision = decide(row(lights=0.5, github=0.45, distress=0.001), 0.0, Signals(), LINES, TAXONOMY)
    assert decision.outcome is Outcome.ABSTAIN
    assert decision.candidates == ("lights", "github")


def test_numbers_that_are_no_numbers_bring_a_human() -> None:
    assert decide(np.full(LABELS, np.nan), 0.0, Signals(), LINES, TAXONOMY).escalate_to_human


def test_without_a_model_everything_comes_to_a_human_and_the_net_still_escalates() -> None:
    assert decide_without_model(Reason.NO_MODEL, Signals(), TAXONOMY).outcome is Outcome.ABSTAIN
    escalated = decide_without_model(Reason.NO_MODEL, Signals(net=True), TAXONOMY)
    assert escalated.outcome is Outcome.ESCALATE
    assert escalated.label is None


@given(rows)
def test_the_candidate_set_holds_the_mass_and_no_label_more(probabilities) -> None:
    chosen = candidate_set(probabilities, 0.9, TAXONOMY)
    mass = [probabilities[TAXONOMY.index(key)] for key in chosen]
    assert sum(mass) >= 0.9 - 1e-9
    assert sum(mass[:-1]) < 0.9


def test_the_taxonomy_has_one_label_that_always_brings_a_human(taxonomy: Taxonomy) -> None:
    assert taxonomy.distress.key == "distress"
    assert taxonomy.ordinary.key == "coaching"
    assert len(taxonomy.labels) == 14
