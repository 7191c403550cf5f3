"""A message of a burst joins the open ticket as a comment. The comment carries the delivery's label, to be found by."""

from jira import JIRA

from serve.transports.base import Delivery


def join(client: JIRA, key: str, label: str, delivery: Delivery) -> None:
    """Add the comment. Raises what the client raises."""
    client.add_comment(key, f"Also affected:\n\n{delivery.body['description']}\n\n{label}")


def joined(client: JIRA, key: str, label: str) -> bool:
    """Whether the ticket has the comment; Jira answers for a ticket's own comments at once, without a search."""
    return any(label in comment.body for comment in client.comments(key))
