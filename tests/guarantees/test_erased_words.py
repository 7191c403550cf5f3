"""What an erased student wrote is learned no more: not from the export we know, nor from a copy that we do not."""

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from doubles import DATA, MADE_AT, Service, ServiceFactory

from model.answer import parts
from model.features import FeatureSettings
from model.history import read_history
from model.release import load_pipelines
from model.verdicts import read_verdicts
from serve.store.people import find_user
from training.fit import FitSettings
from training.fixed_set import read_fixed_set
from training.history import learn_from
from training.releases import Lesson, Recipe, read_lesson, train_on
from training.retrain_settings import read_retrain_settings

STUDENT = "maya@school.example"
CANARY = "zyxquorble"  # no word of anybody else begins, ends or goes on like this
NGRAM = "yxqu"  # long enough not to stand in a megabyte of weights by chance
EVALUATION = ("brian", "grace")
RECIPE = Recipe(FitSettings(FeatureSettings(characters=(3, 4)), tolerance=1e-3))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's data with ten voices."""
    folder = tmp_path_factory.mktemp("tiny") / "data"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("corpus"))
    (folder / "corpus").mkdir()
    voices = [path.stem for path in sorted((DATA / "corpus").glob("*.csv")) if path.stem not in EVALUATION]
    for name in (*EVALUATION, *voices[:8]):
        shutil.copy(DATA / "corpus" / f"{name}.csv", folder / "corpus")
    for path in (folder / "cases").glob("*.csv"):
        pd.read_csv(path, keep_default_na=False).iloc[::3].to_csv(path, index=False)
    (folder / "splits.toml").write_text(f"[evaluation]\nauthors = {list(EVALUATION)}\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def lesson(tiny: Path) -> Lesson:
    return read_lesson(tiny, RECIPE)


def learned(data: Path, lesson: Lesson, history: Path, releases: Path, into: Path) -> Path:
    """A release's folder, from the corpus and a history as `aaq retrain` reads it."""
    settings = read_retrain_settings(data / "retrain.toml")
    fixed = read_fixed_set(data, lesson.splits.evaluation, parts()[0]).closed()
    rows = read_history(history, parts()[0]).rows
    found = learn_from(rows, read_verdicts(releases), fixed, settings.weights, settings.caps)
    lesson = Lesson(lesson.splits, lesson.traffic, lesson.corpus_hash, found)
    return train_on(lesson, into, RECIPE, made_at=MADE_AT, n_jobs=1, key=None, say=lambda _: None).folder


def words_in(folder: Path) -> Iterator[str]:
    """Everything in a release that is text, also inside what is packed."""
    for path in folder.iterdir():
        if path.suffix == ".npz":
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
                yield from (archive.read(name).decode("latin-1") for name in archive.namelist())
        elif path.suffix != ".joblib":
            yield path.read_text("utf-8")
    for pipeline in load_pipelines(folder).values():
        for _, vectorizer in pipeline[0].transformer_list:
            yield json.dumps(sorted(vectorizer.vocabulary_))


def history_of(service: Service, path: Path) -> None:
    """Three labelled messages of the student, and three of somebody else."""
    state = service.client.app.state
    with state.database.read() as connection:
        coach = find_user(connection, "coach").id
    for number, what in enumerate(("will not install here", "stays grey after a push", "says it cannot connect")):
        for student, text in ((STUDENT, f"{CANARY} {what}"), ("s2", f"the editor {what} since monday")):
            sent = service.post(f"{text} {number}", student={"id": student})
            state.reviewing.correct(str(sent["id"]), "ide", coach)
    state.histories.export(path)


def test_no_n_gram_of_an_erased_student_is_in_the_next_release(
    start_service: ServiceFactory, tiny: Path, lesson: Lesson, tmp_path: Path
) -> None:
    releases = tmp_path / "releases"
    releases.mkdir()
    service = start_service(worker=False, releases=releases)
    known, copied = tmp_path / "history.jsonl", tmp_path / "elsewhere" / "copy.jsonl"
    history_of(service, known)
    copied.parent.mkdir()
    shutil.copy(known, copied)
    before = learned(tiny, lesson, known, releases, tmp_path / "before")
    assert any(NGRAM in words for words in words_in(before)), "the canary is not learned even before"
    service.client.app.state.erasing.erase(STUDENT, "tests")
    for name, history in (("known", known), ("copied", copied)):
        after = learned(tiny, lesson, history, releases, tmp_path / name)
        assert not [words for words in words_in(after) if NGRAM in words], name
