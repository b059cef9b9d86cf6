"""Keeps Flow Production Tracking (FPTR, formerly ShotGrid) and Jira in step, both ways."""

from importlib import import_module

for _module in ("shotgun_api3", "jira", "dotenv"):
    try:
        import_module(_module)
    except ImportError as error:
        raise RuntimeError(
            f"sg_jira needs the Python module {_module}, which cannot be imported. "
            "Install the requirements: pip install -r requirements.txt"
        ) from error
del _module

from sg_jira.bridge import Bridge  # noqa: E402  # the check above explains what is missing
from sg_jira.entities_generic_syncer import EntitiesGenericSyncer  # noqa: E402
from sg_jira.hook import JiraHook  # noqa: E402
from sg_jira.jira_session import JiraSession  # noqa: E402
from sg_jira.syncer import Syncer  # noqa: E402
from sg_jira.task_issue_syncer import TaskIssueSyncer  # noqa: E402

__all__ = [
    "Bridge",
    "EntitiesGenericSyncer",
    "JiraHook",
    "JiraSession",
    "Syncer",
    "TaskIssueSyncer",
]
