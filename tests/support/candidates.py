"""Releases beside the live one, made of it without training: another id, other thresholds, the gate's word."""

import json
import shutil
from pathlib import Path
from typing import Any

from model.live import LIVE, live_id, make_live
from model.promotion import GATE, manifest_hash

CHECK = {
    "name": "urgent recall",
    "incumbent": 1.0,
    "candidate": 1.0,
    "bound": "at most 0 lost",
    "passed": True,
    "sentence": "Of 40 urgent cases, 0 that the incumbent escalated would be missed.",
}


def copy_of(releases: Path, folder: Path) -> Path:
    """A folder of releases of one's own, with the same live release."""
    folder.mkdir()
    live = live_id(releases)
    shutil.copytree(releases / live, folder / live, ignore=shutil.ignore_patterns("pipeline.joblib"))
    make_live(folder, live)
    return folder


def add_candidate(releases: Path, release_id: str, *, thresholds: dict[str, float] | None = None, **report: Any) -> str:
    """The live release under another id, judged by the gate; `report` changes the gate's words."""
    live = (releases / LIVE).read_text("utf-8").strip()
    shutil.copytree(releases / live, releases / release_id)
    path = releases / release_id / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["id"] = release_id
    manifest["thresholds"] |= thresholds or {}
    manifest["data"]["history"] = {"n_rows": 7}
    path.write_text(json.dumps(manifest), "utf-8")
    judged = {
        "passed": True,
        "refusal": "",
        "waits_for": [],
        "checks": [CHECK],
        "suspicions": [],
        "candidate": release_id,
        "candidate_sha256": manifest_hash(releases / release_id),
        "incumbent": live,
        "incumbent_sha256": manifest_hash(releases / live),
        "judged_at": "2026-11-22T09:00:00+00:00",
    }
    (releases / release_id / GATE).write_text(json.dumps(judged | report), "utf-8")
    return release_id
