"""Which texts need a translator: those that lack a language, and those whose translation may be out of date."""
