"""Whom to tell of a student in distress, in which order, until a person answers; and who was forgotten."""
