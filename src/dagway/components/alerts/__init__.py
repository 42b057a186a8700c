"""Alerts: what happened (`events`), how it is told (`message`), and where it goes (`slack`, `webhook`)."""
