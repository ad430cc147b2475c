"""Slack: messages by bot token or incoming webhook, and the buttons under them by Socket Mode."""

from monitor.adapters.slack.sender import SlackSender
from monitor.adapters.slack.socket import Socket

__all__ = ["SlackSender", "Socket"]
