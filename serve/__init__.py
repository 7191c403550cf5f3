"""Runs the shift: message -> queue -> coach -> action."""
