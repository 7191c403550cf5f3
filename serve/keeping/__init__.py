"""What must not stay: erasure, retention, and the daily round that sees to both."""
