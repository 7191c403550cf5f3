"""Read the labelled messages in `data/`, and refuse what is not as it should be, by file and line."""

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from model.taxonomy import Taxonomy

COLUMNS = ("id", "text", "label", "also", "urgent", "author", "hard")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in the corpus. `problem` names the rule and the value, never a message."""

    path: Path
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}"


class CorpusInvalid(ValueError):
    """The corpus cannot be read as one; the findings say where and why."""

    def __init__(self, findings: list[Finding]) -> None:
        shown = "\n".join(str(finding) for finding in findings[:20])
        more = f"\n... and {len(findings) - 20} more" if len(findings) > 20 else ""
        super().__init__(f"{shown}{more}")
        self.findings = findings


def read_corpus(folder: Path, taxonomy: Taxonomy) -> pd.DataFrame:
    """Every row of `folder/*.csv`: columns as in COLUMNS, `urgent` and `hard` as booleans, plus `path` and `line`.

    Raises CorpusInvalid with every finding, FileNotFoundError when there is no CSV file.
    """
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise FileNotFoundError(f"no corpus in {folder}: expected CSV files with the columns {','.join(COLUMNS)}")
    rows: list[dict[str, object]] = []
    findings: list[Finding] = []
    seen: dict[str, str] = {}
    for path in paths:
        try:
            for line, row in _rows(path):
                problems = list(_problems(row, taxonomy))
                if row["id"] in seen:
                    problems.append(f"id {row['id']!r} is also in {seen[row['id']]}")
                seen[row["id"]] = f"{path.name}:{line}"
                findings += [Finding(path, line, problem) for problem in problems]
                rows.append({**row, "path": str(path), "line": line})
        except _Unreadable as error:
            findings.append(Finding(path, error.line, str(error)))
    if findings:
        raise CorpusInvalid(findings)
    frame = pd.DataFrame(rows)
    for column in ("urgent", "hard"):
        frame[column] = frame[column] == "1"
    return frame


class _Unreadable(ValueError):
    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the line on which it starts."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Unreadable(1, f"not UTF-8 at byte {error.start}") from None
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    line = 1
    try:
        header = next(reader, [])
        if tuple(header) != COLUMNS:
            raise _Unreadable(1, f"columns are {','.join(header)!r}, expected {','.join(COLUMNS)!r}")
        line = reader.line_num + 1
        for values in reader:
            if len(values) != len(COLUMNS):
                raise _Unreadable(line, f"{len(values)} fields, expected {len(COLUMNS)}")
            yield line, dict(zip(COLUMNS, values, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise _Unreadable(line, f"not CSV: {error}") from None


def _problems(row: dict[str, str], taxonomy: Taxonomy) -> Iterator[str]:
    if row["label"] not in taxonomy:
        yield f"label {row['label']!r} is not one of: {', '.join(taxonomy.keys)}"
    if row["also"] and row["also"] not in taxonomy:
        yield f"also {row['also']!r} is not one of: {', '.join(taxonomy.keys)}"
    for column in ("urgent", "hard"):
        if row[column] not in ("0", "1"):
            yield f"{column} is {row[column]!r}, expected 0 or 1"
    if row["urgent"] == "1" and row["label"] != taxonomy.distress.key:
        yield f"urgent is 1 with the label {row['label']!r}, allowed with {taxonomy.distress.key!r} only"
    for column in ("id", "author"):
        if not row[column].strip():
            yield f"{column} is empty"
    if not row["text"].strip():
        yield "text is empty"


def read_traffic(path: Path, taxonomy: Taxonomy) -> dict[str, float]:
    """The expected share of each label, in taxonomy order, summing to one.

    Raises ValueError when a label is missing, unknown or not positive.
    """
    shares = tomllib.loads(path.read_text("utf-8"))["shares"]
    if set(shares) != set(taxonomy.keys):
        raise ValueError(f"{path}: shares must name exactly the labels {', '.join(taxonomy.keys)}")
    if any(not share > 0 for share in shares.values()):
        raise ValueError(f"{path}: every share must be positive")
    total = sum(shares.values())
    return {key: shares[key] / total for key in taxonomy.keys}
