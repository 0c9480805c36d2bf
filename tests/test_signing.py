"""Tokens: one purpose each, and keys that change."""

import pytest
from itsdangerous import BadData

from tracker.signing import signer, timed_signer

OLD, NEW = "o" * 40, "n" * 40


def test_a_token_of_one_purpose_opens_nothing_else() -> None:
    token = signer([NEW], "stop letters").dumps([1, "letter"])

    assert signer([NEW], "stop letters").loads(token) == [1, "letter"]
    with pytest.raises(BadData):
        signer([NEW], "answer").loads(token)


def test_a_new_key_signs_and_the_old_one_still_reads() -> None:
    before = signer([OLD], "answer").dumps(7)
    after = signer([OLD, NEW], "answer").dumps(7)

    assert signer([OLD, NEW], "answer").loads(before) == 7
    assert signer([NEW], "answer").loads(after) == 7
    with pytest.raises(BadData):
        signer([NEW], "answer").loads(before)


def test_no_letter_of_a_token_may_be_another() -> None:
    token = timed_signer([NEW], "preview").dumps({"rule": 3})

    for place, letter in enumerate(token[:-1]):
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        with pytest.raises(BadData):
            timed_signer([NEW], "preview").loads(changed)
