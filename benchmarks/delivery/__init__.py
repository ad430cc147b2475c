"""What delivery costs and how fast it is: real notifier processes, a real store, receivers on loopback."""
