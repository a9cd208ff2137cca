"""Databases (being written)."""
