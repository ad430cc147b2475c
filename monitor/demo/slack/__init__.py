"""A stand-in for Slack that refuses what Slack refuses, and knows who would be pinged: for the demo and for tests."""

from __future__ import annotations

from monitor.demo.slack.pace import Limits
from monitor.demo.slack.rules import fault_of, update_fault
from monitor.demo.slack.server import Call, FakeSlack
from monitor.demo.slack.sockets import Envelope
from monitor.demo.slack.workspace import Posted

__all__ = ["Call", "Envelope", "FakeSlack", "Limits", "Posted", "fault_of", "update_fault"]
