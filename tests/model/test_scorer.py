"""The scorer says what scikit-learn says; the evidence adds up to what the scorer says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from doubles import DATA

from model.answer import Answerer
from model.explain import contributions
from model.release import Release, load_pipelines
from model.taxonomy import Taxonomy
from model.text import normalise
from training.corpus import read_corpus

ODD = ["", " ", "👍", "a", "??", "word " * 4000, "x" * 20_000, "don't can't", "\n\n\t", "не знаю что делать", "�"]


@pytest.fixture(scope="module")
def texts(taxonomy: Taxonomy) -> list[str]:
    frame: pd.DataFrame = read_corpus(DATA / "corpus", taxonomy)
    return [*frame["text"].sample(300, random_state=1), *ODD]


def test_probabilities_are_those_of_the_pipeline(release: Release, releases: Path, texts: list[str]) -> None:
    plain = [normalise(text).text for text in texts]
    pipelines = load_pipelines(releases / release.id)
    scores = [release.scorer.score(text) for text in plain]
    ours = np.array([score.probabilities for score in scores])
    np.testing.assert_allclose(ours, pipelines["labels"].predict_proba(plain), atol=1e-9)
    np.testing.assert_allclose(ours.sum(axis=1), 1)
    urgent = pipelines["urgent"].predict_proba(plain)[:, 1]
    np.testing.assert_allclose([score.urgent for score in scores], urgent, atol=1e-9)


def test_contributions_add_up_to_the_logit(release: Release, texts: list[str], taxonomy: Taxonomy) -> None:
    scorer = release.scorer
    for text in texts[:60]:
        plain = normalise(text).text
        features = scorer.features(plain)
        for index in (0, taxonomy.index("lights")):
            rows = scorer.coefficients[features.columns, :-1]
            expected = float(features.values @ (rows[:, index] - rows.mean(axis=1)))
            assert sum(contributions(scorer, plain, index).values()) == pytest.approx(expected, abs=1e-9)


def test_evidence_is_spans_of_the_text_as_it_was_written(answerer: Answerer) -> None:
    text = "Hi!  I PUSHED everything, but the LIGHT is still   grey"
    answer = answerer.answer(text)
    assert answer.decision.label == "lights"
    assert answer.evidence
    assert all(0 <= span.start < span.end <= len(text) and span.weight > 0 for span in answer.evidence)
    assert any("LIGHT" in text[span.start : span.end] for span in answer.evidence)


def test_an_escalation_shows_what_spoke_for_distress_too(answerer: Answerer) -> None:
    text = "the light is grey and i pushed twice, honestly i just want to give up and quit this course"
    assert {"distress"} <= {span.label for span in answerer.answer(text).evidence}
