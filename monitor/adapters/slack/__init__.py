"""Slack: messages by bot token or incoming webhook, and the buttons under them by Socket Mode."""

from monitor.adapters.slack.sender import SlackSender

__all__ = ["SlackSender"]
