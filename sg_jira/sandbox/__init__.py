"""Both sites over real HTTP, for the demo, the tests and handler development."""

from sg_jira.sandbox.jira import Flavour
from sg_jira.sandbox.production import Colleague, Production
from sg_jira.sandbox.sandbox import BridgeCalls, BridgeSettings, Sandbox

__all__ = ["BridgeCalls", "BridgeSettings", "Colleague", "Flavour", "Production", "Sandbox"]
