"""What counting costs."""
