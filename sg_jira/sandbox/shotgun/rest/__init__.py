"""FPTR's REST API v1.1, the parts that a bridge uses: tokens, webhooks, reading, schema fields."""

from sg_jira.sandbox.shotgun.rest.api import RestApi
from sg_jira.sandbox.shotgun.rest.call import RestParts
from sg_jira.sandbox.shotgun.rest.tokens import Tokens

__all__ = ["RestApi", "RestParts", "Tokens"]
