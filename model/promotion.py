"""Which release answers: promoted only past the gate, rolled back with one call, each step in the journal.

For the shell and the pages alike. The gate's word on a candidate is `gate.json` in its folder (`training/gate.py`), and
counts for exactly the candidate and the incumbent that were compared.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from model.answer import parts
from model.journal import Entry, Step, append, deciding, lived, read_journal
from model.live import live_id, make_live, make_shadow
from model.release import ReleaseMissing, load_release, signature

GATE = "gate.json"
_GATE_SIGNATURE = "gate.hmac"


class PromotionRefused(ValueError):
    """The release may not answer; says why and what would help."""


class NothingBefore(LookupError):
    """There is no release to go back to."""


def manifest_hash(folder: Path) -> str:
    """SHA-256 of a release's manifest, which names the hash of every other file. Raises ReleaseMissing."""
    try:
        return hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    except FileNotFoundError:
        raise ReleaseMissing(f"release {folder.name!r} is not in {folder.parent}") from None


def write_gate(folder: Path, report: Mapping[str, Any], key: bytes | None = None) -> None:
    """Keep the gate's report on a release beside it; signed, with a key."""
    data = json.dumps(report, indent=1, allow_nan=False).encode()
    (folder / GATE).write_bytes(data)
    if key is not None:
        (folder / _GATE_SIGNATURE).write_bytes(signature(data, key))


def read_gate(folder: Path, key: bytes | None = None) -> Mapping[str, Any] | None:
    """The gate's report on a release; None when it was never judged.

    Raises PromotionRefused when it is unreadable or, with a key, not signed by it.
    """
    try:
        data = (folder / GATE).read_bytes()
    except FileNotFoundError:
        return None
    if key is not None and not hmac.compare_digest(_signature_in(folder), signature(data, key)):
        raise PromotionRefused(f"{folder.name}: the gate's report has a wrong signature: judge it again")
    try:
        report: Mapping[str, Any] = json.loads(data)
        _ = report["passed"], report["candidate_sha256"], report["incumbent_sha256"], report["waits_for"]
    except (KeyError, TypeError, ValueError):
        raise PromotionRefused(f"{folder.name}: the gate's report is unreadable: judge it again") from None
    return report


def _signature_in(folder: Path) -> bytes:
    path = folder / _GATE_SIGNATURE
    return path.read_bytes() if path.exists() else b""


def promote(
    releases: Path,
    release_id: str,
    *,
    who: str,
    why: str,
    at: datetime,
    second: str | None = None,
    key: bytes | None = None,
) -> None:
    """Let a release answer from now on. The first release of all needs no gate.

    Raises PromotionRefused, ReleaseMissing or ReleaseCorrupt with everything as it was.
    """
    with deciding(releases):
        candidate = manifest_hash(releases / release_id)
        try:
            incumbent = live_id(releases)
        except ReleaseMissing:
            incumbent = None
        if incumbent is not None:
            _check_gate(releases, release_id, candidate, incumbent, who, second, key)
        load_release(releases / release_id, parts()[0], key)
        _note_found_live(releases, incumbent, at)
        make_live(releases, release_id)
        seconded = f" (seconded by {second})" if second else ""
        append(releases, Entry(at, who, Step.PROMOTED, release_id, why + seconded))


def _check_gate(
    releases: Path, release_id: str, candidate: str, incumbent: str, who: str, second: str | None, key: bytes | None
) -> None:
    if release_id == incumbent:
        raise PromotionRefused(f"{release_id} is live already")
    report = read_gate(releases / release_id, key)
    if report is None:
        raise PromotionRefused(f"{release_id} has not been through the gate: `aaq retrain` makes one that has")
    if report["candidate_sha256"] != candidate:
        raise PromotionRefused(f"{release_id} is not what the gate judged: its manifest has changed")
    if report["incumbent_sha256"] != manifest_hash(releases / incumbent):
        raise PromotionRefused(
            f"{release_id} was compared with {report.get('incumbent')}, but {incumbent} is live: `aaq retrain` again"
        )
    if not report["passed"]:
        raise PromotionRefused(f"the gate refused {release_id}: {report.get('refusal', '')}")
    if report["waits_for"] and (second is None or second.strip().casefold() == who.strip().casefold()):
        raise PromotionRefused(
            f"{release_id} waits for a second person (--second NAME, other than {who}): "
            + " ".join(report["waits_for"])
        )


def roll_back(releases: Path, *, who: str, why: str, at: datetime, key: bytes | None = None) -> str:
    """Let the release that was live before answer again, and return its id. Again goes back further.

    Raises NothingBefore, ReleaseMissing or ReleaseCorrupt with everything as it was.
    """
    with deciding(releases):
        now_live = live_id(releases)
        _note_found_live(releases, now_live, at)
        stack = lived(read_journal(releases))
        earlier = [release for release in stack[:-1] if release != now_live]
        if not earlier:
            raise NothingBefore(f"nothing was live before {now_live}")
        load_release(releases / earlier[-1], parts()[0], key)
        make_live(releases, earlier[-1])
        append(releases, Entry(at, who, Step.ROLLED_BACK, earlier[-1], why))
        return earlier[-1]


def shadow(
    releases: Path, release_id: str | None, *, who: str, why: str, at: datetime, key: bytes | None = None
) -> None:
    """Let a release run unseen beside the live one; None ends it. Raises ReleaseMissing or ReleaseCorrupt."""
    with deciding(releases):
        if release_id is not None:
            load_release(releases / release_id, parts()[0], key)
        make_shadow(releases, release_id)
        append(releases, Entry(at, who, Step.SHADOWED, release_id or "none", why))


def _note_found_live(releases: Path, live: str | None, at: datetime) -> None:
    """A release made live by other means enters the journal before the next step, so that one can go back to it."""
    stack = lived(read_journal(releases))
    if live is not None and (not stack or stack[-1] != live):
        append(releases, Entry(at, "found live", Step.PROMOTED, live, "it was live when the next step was decided"))
