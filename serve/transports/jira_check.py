"""Whether a Jira project can take our tickets: permission, and every field that a ticket must have."""

from collections.abc import Mapping
from typing import Any

from jira import JIRA

from serve.transports.jira_client import PRIORITIES, JiraServer, is_cloud

_FILLED = frozenset({"project", "issuetype", "summary", "description", "priority", "labels", "reporter"})


def problems_of(client: JIRA, server: JiraServer) -> list[str]:
    """What is wrong, in plain words; empty when a ticket could be created. Raises what the client raises."""
    permissions = client.my_permissions(server.project, permissions="CREATE_ISSUES")["permissions"]
    problems: list[str] = []
    if not permissions.get("CREATE_ISSUES", {}).get("havePermission"):
        problems.append(f"the account may not create issues in {server.project}")
    fields = _fields(client, server)
    if fields is None:
        problems.append(f"project {server.project} has no issue type {server.issue_type!r} (AAQ_JIRA_ISSUE_TYPE)")
        return problems
    return problems + _field_problems(fields, server)


def _fields(client: JIRA, server: JiraServer) -> Mapping[str, Any] | None:
    """The issue type's fields by id, from createmeta; None when the project has no such type."""
    if is_cloud(client):
        # https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issues/#api-rest-api-2-issue-createmeta-get
        found = client.createmeta(
            projectKeys=server.project, issuetypeNames=server.issue_type, expand="projects.issuetypes.fields"
        )
        types = [issue_type for project in found["projects"] for issue_type in project["issuetypes"]]
        return types[0]["fields"] if types else None
    for issue_type in client.project_issue_types(server.project):
        if issue_type.name == server.issue_type:
            return {field.fieldId: field.raw for field in client.project_issue_fields(server.project, issue_type.id)}
    return None


def _field_problems(fields: Mapping[str, Any], server: JiraServer) -> list[str]:
    filled = _FILLED | ({"components"} if server.category_as == "component" else set())
    problems = [
        f"the project requires the field {known['name']!r}, which a ticket of ours does not fill: give it a default"
        for key, known in sorted(fields.items())
        if known.get("required") and not known.get("hasDefaultValue") and key not in filled
    ]
    if "labels" not in fields:
        problems.append("labels are not on the create screen: without them a ticket whose answer was lost is not found")
    if "priority" not in fields:
        problems.append("the priority is not on the create screen")
        return problems
    names = {value.get("name") for value in fields["priority"].get("allowedValues") or ()}
    for name in PRIORITIES:
        if names and server.priority(name) not in names:
            problems.append(f"there is no priority {server.priority(name)!r} for {name} (AAQ_JIRA_PRIORITIES)")
    return problems
