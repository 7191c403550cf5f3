"""What a message means: pure functions from a student's text to a decision.

No web, no database, no clock; importing it does nothing. ``training`` makes releases with it,
``serve`` answers with it, and neither knows the other.
"""
