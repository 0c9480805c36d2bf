"""Agreements: the signed papers of partnerships, with their dates, languages and signing parties."""
