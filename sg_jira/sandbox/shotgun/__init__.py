"""An in-memory FPTR (Flow Production Tracking) site over real HTTP, for the real `shotgun_api3`."""

from sg_jira.sandbox.shotgun.actor import Actor
from sg_jira.sandbox.shotgun.forwarder import SYNCED_TYPES, Delivery, Forwarder
from sg_jira.sandbox.shotgun.hook import DeliveryStatus, Hook, HookDelivery, HookStatus
from sg_jira.sandbox.shotgun.hooks import Hooks
from sg_jira.sandbox.shotgun.records import Entity, Record
from sg_jira.sandbox.shotgun.refusals import AuthenticationFault, ShotgunFault
from sg_jira.sandbox.shotgun.site import DEFAULT_PASSWORD, ShotgunSite

__all__ = [
    "DEFAULT_PASSWORD",
    "SYNCED_TYPES",
    "Actor",
    "AuthenticationFault",
    "Delivery",
    "DeliveryStatus",
    "Entity",
    "Forwarder",
    "Hook",
    "HookDelivery",
    "HookStatus",
    "Hooks",
    "Record",
    "ShotgunFault",
    "ShotgunSite",
]
