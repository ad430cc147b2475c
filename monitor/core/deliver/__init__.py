"""From changes to what is sent."""
