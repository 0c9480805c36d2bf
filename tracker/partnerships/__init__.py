"""Lasting links between parties on two sides, on three pillars."""
