"""The real `jira` client as the outbox needs it: it retries nothing and knows which kind of Jira it talks to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from jira import JIRA
from pydantic import SecretStr

from serve.transports.base import DeliveryFailed, Kind

_CLOUD, _DATA_CENTER = "Cloud", ("Server", "DataCenter", "Data Center")
PRIORITIES = ("Blocker", "High", "Medium", "Low")


@dataclass(frozen=True, slots=True)
class JiraServer:
    """user: the account's mail address on Cloud; without one the token is a personal access token (Data Center).

    category_as: whether a ticket's category becomes a label or a component · names: our category -> theirs ·
    priorities: the handbook's priority -> theirs, where they differ.
    """

    url: str
    user: str | None
    token: SecretStr
    project: str = "TS"
    issue_type: str = "Bug"
    category_as: Literal["label", "component"] = "label"
    names: Mapping[str, str] = field(default_factory=dict)
    priorities: Mapping[str, str] = field(default_factory=dict)
    ca_file: str | None = None
    timeout: tuple[float, float] = (3.0, 10.0)  # seconds to connect, to read

    def priority(self, name: str) -> str:
        """The handbook's priority by its name over there."""
        return self.priorities.get(name, name)

    def category(self, key: str) -> str:
        """Our category by its name over there."""
        return self.names.get(key, key)


def connect(server: JiraServer) -> JIRA:
    """The client, after it has asked what it talks to. Raises DeliveryFailed, or what the client raises."""
    token = server.token.get_secret_value()
    client = JIRA(
        server.url,
        options={"verify": server.ca_file or True},
        basic_auth=(server.user, token) if server.user else None,
        token_auth=None if server.user else token,
        max_retries=0,  # with the default of 3, one lost reply makes four tickets
        timeout=server.timeout,
        logging=False,
    )
    # On a server that it does not recognise as Cloud the client's search answers None instead of failing.
    if client.deploymentType != _CLOUD and client.deploymentType not in _DATA_CENTER:
        raise DeliveryFailed("the server does not say whether it is Jira Cloud or Data Center", Kind.RETRYABLE)
    return client


def is_cloud(client: JIRA) -> bool:
    """Whether it is Jira Cloud, whose search and createmeta differ from Data Center's."""
    return client.deploymentType == _CLOUD
