"""What search compares."""

import pytest

from tracker.folding import fold, fold_all


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße", "strasse"),
        ("Bistrița-Năsăud", "bistrita nasaud"),
        ("Forlì–Cesena", "forli cesena"),
        ("CSEPEL-sziget", "csepel sziget"),
        ("Ráckeve", "rackeve"),
        ("Ősz, űr", "osz ur"),
        ("  Łódź  ", "lodz"),
        ("e.V.", "e v"),
        ("😀", ""),
    ],
)
def test_case_accents_and_signs_do_not_count(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_spellings_stand_apart() -> None:
    assert fold_all(["Csepel", "Szepel-Insel", "csepel", ""]) == "csepel | szepel insel"
