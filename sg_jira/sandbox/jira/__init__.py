"""An in-memory Jira site, Cloud or Data Center, that the real `jira` client can talk to."""

from sg_jira.sandbox.jira.actor import JiraActor
from sg_jira.sandbox.jira.delivering import Delivery
from sg_jira.sandbox.jira.flavour import Flavour
from sg_jira.sandbox.jira.people import Credentials, Person
from sg_jira.sandbox.jira.refusal import Refusal
from sg_jira.sandbox.jira.site import JiraSite
from sg_jira.sandbox.jira.store import Project
from sg_jira.sandbox.jira.webhooks import Webhook, Webhooks
from sg_jira.sandbox.jira.workflow import Transition

__all__ = [
    "Credentials",
    "Delivery",
    "Flavour",
    "JiraActor",
    "JiraSite",
    "Person",
    "Project",
    "Refusal",
    "Transition",
    "Webhook",
    "Webhooks",
]
