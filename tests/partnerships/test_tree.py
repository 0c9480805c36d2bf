"""Where partnerships stand below their pillars."""

from collections.abc import Sequence

from tracker.partnerships.models import Pillar
from tracker.partnerships.tree import MOST_LEVELS, Branch, Stub, Tree, branches, tree_of

STATE, TOWN, THEME = Pillar.STATE, Pillar.MUNICIPALITY, Pillar.THEME


def written(tree: Tree) -> list[str]:
    """Return each place as a line: the pillar, and the way there, umbrellas of other pillars in brackets."""
    return [
        " ".join([place.pillar.value, *(f"({step.id})" if step.is_via else str(step.id) for step in place.way)])
        for place in tree.places
    ]


def drawn(some: Sequence[Branch], depth: int = 0) -> list[str]:
    """Return branches line by line, what is repeated in brackets."""
    lines = []
    for branch in some:
        lines.append("  " * depth + (f"({branch.step.id})" if branch.is_repeated else str(branch.step.id)))
        lines += drawn(branch.below, depth + 1)
    return lines


def family(*ids: int) -> list[Stub]:
    """Return an umbrella and what stands under it."""
    return [Stub(ids[0], THEME, None), *(Stub(one, THEME, ids[0]) for one in ids[1:])]


def test_pillars_come_in_the_order_of_the_office_and_umbrellas_above_what_they_cover() -> None:
    tree = tree_of([Stub(1, THEME, None), Stub(2, STATE, 3), Stub(3, STATE, None), Stub(4, TOWN, None)])

    assert written(tree) == ["state 3", "state 3 2", "municipality 4", "theme 1"]


def test_what_stands_under_an_umbrella_of_another_pillar_stands_in_its_own_via_the_umbrella() -> None:
    tree = tree_of([Stub(1, STATE, None), Stub(2, STATE, 1), Stub(3, TOWN, 2), Stub(4, TOWN, None), Stub(5, TOWN, 2)])

    assert written(tree) == ["state 1", "state 1 2", "municipality (2) 3", "municipality (2) 5", "municipality 4"]
    assert tree.numbers[2] == {TOWN: 2}


def test_an_umbrella_in_the_archive_covers_nothing() -> None:
    assert written(tree_of([Stub(2, TOWN, 1)])) == ["municipality 2"]


def test_a_circle_is_opened_where_it_is_met_first() -> None:
    tree = tree_of([Stub(1, THEME, 3), Stub(2, THEME, 1), Stub(3, THEME, 2), Stub(4, THEME, 4)])

    assert written(tree) == ["theme 1", "theme 1 2", "theme 1 2 3", "theme 4"]


def test_a_chain_goes_only_so_deep() -> None:
    chain = [Stub(1, THEME, None), *(Stub(number, THEME, number - 1) for number in range(2, 2001))]

    tree = tree_of(chain)

    assert len(tree.places) == len(chain)
    assert max(len(place.way) for place in tree.places) == MOST_LEVELS


def test_a_page_begins_with_a_family_unless_that_is_longer_than_a_page() -> None:
    families = [*family(1, 2), *family(3, 4, 5), *family(6), *family(7, 8, 9, 10, 11, 12), *family(13)]

    assert tree_of(families).begins(4) == [0, 2, 6, 10]
    assert tree_of([]).begins(4) == [0]


def test_what_is_torn_from_its_umbrella_says_under_which_it_stands() -> None:
    tree = tree_of([*family(7, 8, 9), Stub(1, STATE, None), Stub(2, TOWN, 1), Stub(3, TOWN, 2)])

    assert drawn(branches(tree.places[2:3])) == ["(1)", "  (2)", "    3"]
    assert drawn(branches(tree.places[4:])) == ["(7)", "  8", "  9"]
    assert drawn(branches(tree.places[3:])) == ["7", "  8", "  9"]
