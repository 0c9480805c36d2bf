"""A rule said no, and says so to the user."""


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """A sentence for the user, in their language, shown beside the form."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence, which is already translated."""
        super().__init__(sentence)
        self.sentence = sentence
