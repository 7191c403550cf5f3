"""What a page says after a form was sent, in one quiet line with its undo."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import Request

from model.taxonomy import Taxonomy
from serve.pages import view
from serve.store.reviews import batch_reviews, get_review

SAID: Mapping[str, str] = {
    "confirmed": "Confirmed.",
    "corrected": "Corrected.",
    "blind": "Labelled.",
    "many": "Confirmed.",
    "skipped": "Skipped; it waits on for somebody else.",
    "undone": "Undone. The message is back in the queue.",
    "undone-many": "Undone. The messages are back in the queue.",
    "acknowledged": "Acknowledged. This one is yours.",
    "acknowledged-before": "Somebody has acknowledged this one already.",
    "noted": "Noted.",
    "noted-before": "This note was written already; it is there once.",
    "note-empty": "A note needs a word. Nothing was written.",
    "already": "Another coach has decided this one. Nothing was changed.",
    "claimed": "Another coach has this one open. Nothing was changed; you can take it over.",
    "taken": "This one is yours now.",
    "missing": "This message is not here any more.",
    "missing-student": "This student is not here any more.",
    "none": "None of them could be confirmed: they were decided or taken meanwhile.",
    "nothing": "There is no suggestion to confirm. Choose a label.",
    "kept": "Kept. Nothing is sent yet.",
    "sent": "On its way.",
    "sent-before": "This was sent before. Nothing was sent twice.",
    "agreed": "The student's yes is recorded.",
    "again": "It is being tried again.",
    "by-hand": "Noted: done by hand.",
    "settled-before": "Somebody has seen to this one already.",
    "stale": "This form was from an earlier sign-in. Nothing was changed; please try again.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """words: what happened · undo: where the undo form goes, "" when there is nothing to undo · decided: the message
    and the label it now has, whose route may want more than a label.
    """

    words: str
    undo: str = ""
    decided: tuple[str, str] | None = None


def said_line(connection: sa.Connection, request: Request, taxonomy: Taxonomy) -> Line | None:
    """The line that an address asks for; None when it asks for none."""
    said = request.query_params.get("said", "")
    if said not in SAID:
        return None
    words = SAID[said]
    if batch_id := request.query_params.get("batch"):
        reviews = batch_reviews(connection, batch_id)
        n = len(reviews)
        return Line(f"{words} {view.counted(n, 'message')} alike.", f"/bursts/{batch_id}/undo") if n else Line(words)
    review = get_review(connection, request.query_params.get("undo", ""))
    if review is None:
        return Line(words)
    if review.kind == "blind":
        words = f"{words} {view.would_have_said(review, taxonomy)}"
    elif review.confirmed_label is not None:
        words = f"{words} {taxonomy[review.confirmed_label].name}."
    if review.undone_at is not None:
        return Line(words)
    decided = (review.message_id, review.confirmed_label) if review.confirmed_label else None
    return Line(words, f"/reviews/{review.id}/undo", decided)
