"""What the web role's reading costs with a million changes and ten thousand sources stored."""
