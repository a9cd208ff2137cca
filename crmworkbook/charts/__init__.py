"""Model result and language in, matplotlib figure out; one module per chapter."""
