"""A rule said no, and says so to the user."""


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """A sentence for the user, in their language, shown above the form or beside the field that it is about."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        """Keep the sentence, which is already translated, and the name of what it is about."""
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
