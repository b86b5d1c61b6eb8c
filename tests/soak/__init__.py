"""`python -m tests.soak`: the demo site under mixed traffic for minutes or hours, and what it comes to."""
