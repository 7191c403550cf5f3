from pathlib import Path

import pytest

from model.taxonomy import Taxonomy
from training.corpus import CorpusInvalid, read_corpus, read_traffic

HEADER = "id,text,label,also,urgent,author,hard\n"
GOOD = "a-1,hello,coaching,,0,ann,0\n"


def problems(folder: Path, content: bytes, taxonomy: Taxonomy) -> list[tuple[int, str]]:
    (folder / "ann.csv").write_bytes(content)
    with pytest.raises(CorpusInvalid) as refused:
        read_corpus(folder, taxonomy)
    return [(finding.line, finding.problem) for finding in refused.value.findings]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a-2,hi,coachng,,0,ann,0\n", "label 'coachng'"),
        ("a-2,hi,coaching,lights?,0,ann,0\n", "also 'lights?'"),
        ("a-2,hi,coaching,,1,ann,0\n", "urgent is 1 with the label 'coaching'"),
        ("a-2,hi,coaching,,yes,ann,0\n", "urgent is 'yes'"),
        ("a-2,  ,coaching,,0,ann,0\n", "text is empty"),
        ("a-2,hi,coaching,,0,,0\n", "author is empty"),
        ("a-1,hi,coaching,,0,ann,0\n", "id 'a-1' is also in ann.csv:2"),
        ("a-2,hi,coaching,,0,ann\n", "6 fields, expected 7"),
    ],
)
def test_each_bad_row_is_named_by_line_and_value(tmp_path: Path, taxonomy: Taxonomy, row: str, says: str) -> None:
    ((line, problem),) = problems(tmp_path, (HEADER + GOOD + row).encode(), taxonomy)
    assert line == 3
    assert says in problem


def test_lines_are_counted_in_the_file_also_after_texts_of_several_lines(tmp_path: Path, taxonomy: Taxonomy) -> None:
    content = HEADER + 'a-1,"one\ntwo\nthree",coaching,,0,ann,0\na-2,x,nonsense,,0,ann,0\n'
    assert problems(tmp_path, content.encode(), taxonomy)[0][0] == 5


def test_other_encodings_and_columns_are_refused(tmp_path: Path, taxonomy: Taxonomy) -> None:
    assert "UTF-8" in problems(tmp_path, HEADER.encode() + b"a-1,caf\xe9,coaching,,0,ann,0\n", taxonomy)[0][1]
    assert "columns" in problems(tmp_path, b"text,label\n", taxonomy)[0][1]


def test_a_finding_never_repeats_a_message(tmp_path: Path, taxonomy: Taxonomy) -> None:
    content = HEADER + "a-1,canary-words,nonsense,,7,ann,0\n"
    assert "canary-words" not in str(problems(tmp_path, content.encode(), taxonomy))


def test_the_project_s_own_corpus_is_sound(taxonomy: Taxonomy) -> None:
    data = Path(__file__).parents[2] / "data"
    frame = read_corpus(data / "corpus", taxonomy)
    assert frame["label"].value_counts().reindex(taxonomy.keys).min() >= 60
    traffic = read_traffic(data / "traffic.toml", taxonomy)
    assert tuple(traffic) == taxonomy.keys
    assert sum(traffic.values()) == pytest.approx(1)
