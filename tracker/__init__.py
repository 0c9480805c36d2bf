"""Tracker keeps the international partnerships of a district or a town alive."""
