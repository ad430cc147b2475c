"""The web role: pages for editors and operators, a JSON API, server-sent events, feeds, health and metrics."""
