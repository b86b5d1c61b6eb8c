"""What the tracer must leave as it was: every test runs the same thing with it and without."""
