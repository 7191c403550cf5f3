"""The model card: what a release does and what not to rely on, in plain words with figures."""

from collections.abc import Mapping
from typing import Any

from model.taxonomy import Taxonomy
from training.evaluate import Evaluation


def write_card(manifest: Mapping[str, Any], evaluation: Evaluation, taxonomy: Taxonomy) -> str:
    """Markdown."""
    distress, urgent, confidence = (
        manifest["threshold_evidence"][name] for name in ("distress", "urgent", "confidence")
    )
    weakest = sorted(evaluation.recall_by_label.items(), key=lambda item: item[1].value)[:4]
    by_label = "\n".join(f"| {taxonomy[key].name} | {figure} |" for key, figure in evaluation.recall_by_label.items())
    return f"""# Release {manifest["id"]}

Made {manifest["made_at"]} from {manifest["data"]["n_messages"]} messages. The figures below are about
{evaluation.n_messages} messages by {evaluation.n_authors} authors that no part of it has learned from. The messages
were written for this purpose, not collected from students: expect real ones to be harder.

## What it does
Labels a message, says how sure it is, and brings a human when it is not sure or when anything reads like distress.

| what | figure (95% interval, n) |
|---|---|
| right label | {evaluation.accuracy} |
| right label on the messages marked hard | {evaluation.hard_accuracy} |
| right label, at the traffic's mix | {evaluation.traffic_accuracy} |
| macro F1 | {evaluation.macro_f1:.3f} |
| distress escalated | {evaluation.distress_recall} |
| urgent distress escalated | {evaluation.urgent_recall} |
| urgent distress marked urgent | {evaluation.urgent_marked} |
| ordinary messages escalated | {evaluation.ordinary_flagged} |
| messages without distress escalated, at the traffic's mix | {evaluation.traffic_flagged} |
| messages that get a suggestion, at the traffic's mix | {evaluation.traffic_coverage} |
| suggestions that are right, at the traffic's mix | {evaluation.traffic_suggested_right} |
| expected calibration error, at the traffic's mix | {evaluation.calibration_error:.3f} |

## Where it draws its lines
- Escalates at P(distress) of {distress["threshold"]:.4f} or more: missed {distress["observed"]:.3f} of {distress["n"]}
  cases, at most {distress["upper_bound"]:.3f} with 95% confidence ({distress["note"]}).
- Marks an escalation as urgent at P(urgent) of {urgent["threshold"]:.3f} or more: left {urgent["observed"]:.3f} of
  {urgent["n"]} urgent cases unmarked ({urgent["note"]}).
- Suggests at a confidence of {confidence["threshold"]:.3f} or more: wrong {confidence["observed"]:.3f} of
  {confidence["n"]}, at most {confidence["upper_bound"]:.3f} with 95% confidence ({confidence["note"]}).

## What not to rely on
- It reads one message. A pattern over weeks, a tone of voice, what was said before: it does not see them.
- It is weakest on: {", ".join(f"{taxonomy[key].name} ({figure.value:.2f})" for key, figure in weakest)}.
- It reads English. Other languages go to a human unless the safety net knows the phrase.
- Distress without any of its usual words is what it misses most. A calm message is not proof of a calm student.

## By label: right label
| label | recall |
|---|---|
{by_label}
"""
