"""Cooperation projects: who takes part in which role, who coordinates."""
