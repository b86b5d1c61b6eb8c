"""Shows a Django process's signal dispatches, live. Imports the tracer's public modules only."""
