"""Delivery under fire: every role and the store are killed again and again, and nothing may be lost or out of order."""
