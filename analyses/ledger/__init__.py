"""The ledger put to the test: against other attributions, and as a prediction."""
