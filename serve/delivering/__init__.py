"""The outbox and its worker: what was asked for reaches Jira, Slack, mail and the rest, once."""
