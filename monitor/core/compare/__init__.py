"""Posts and what is known of them → changes: match, window, redline, significance, track."""
