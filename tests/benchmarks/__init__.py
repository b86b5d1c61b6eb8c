"""What watching costs, beside nothing, a floor and the peers: `python -m tests.benchmarks`; no part of the tests."""
