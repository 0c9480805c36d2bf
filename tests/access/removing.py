"""What happens if a line that keeps somebody out were not there: each is taken out in turn, and the questions are put.

`python -m tests.access.removing` imports the application with a switch at each place that decides by who is asking,
switches one off at a time, and puts the questions whose answers came past it. What no question notices is listed.
With `--share 3/10` only every tenth place is tried, the fourth and so on.
"""

import argparse
import ast
import builtins
import dataclasses
import hashlib
import importlib.abc
import json
import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

#: Kinds of file that decide nothing: what they are asked to do was allowed before.
NOT_DECIDING = frozenset({"actions", "mails", "models"})
#: Those for whom every query finds the same …
SEEING_ALL = frozenset({"coordinator", "reader", "administrator"})
#: … and what tells them apart.
TELLING_APART = re.compile(r"\bmay_|\bis_[a-z]+|\brequire\(|\broles_")
#: A rule about somebody and one thing: it may keep anybody out, administrators too.
ABOUT_A_THING = re.compile(r"may_[a-z_]+\(reader, ")
#: Rooms that nobody asks over HTTP.
LEFT_OUT = frozenset({"tracker.cli", "tracker.scheduler", "tracker.serve", "tracker.watch", "tracker.example"})
#: What a role property says of the one who may most.
MOST = {
    "sees_all": True,
    "is_coordinator": True,
    "is_administrator": True,
    "is_partner": False,
    "is_reader": False,
    "is_authenticated": True,
}
#: Calls that take who asks and decide nothing.
DECIDING_NOTHING = frozenset({"render_template", "door.ask_again", "_is_confirmed"})
#: The end of a condition in a query that narrows to somebody's own …
THEIRS = (".in_(reader.organisation_ids)",)
#: … and of those by which a cookie signs nobody in any more.
WITHOUT_EFFECT = {"tracker.entrance.queries": ("SignIn.ended_at.is_(None)", "Person.locked_at.is_(None)")}
#: Questions about a sign-in that is over, and what lets it go on.
SHUTTING_OUT = {"is_over": False, "_holds": True}


@dataclasses.dataclass(frozen=True)
class Place:
    """A place that decides by who is asking."""

    module: str
    line: int
    code: str
    #: Whether it is decided when the module is loaded.
    at_once: bool

    @property
    def key(self) -> str:
        """What it is called where it is explained: lines move, words stay."""
        return f"{self.module}: {self.code}"

    def __str__(self) -> str:
        """Return where it stands, and what."""
        return f"{self.module.replace('.', '/')}.py:{self.line}: {self.code}"


@dataclasses.dataclass
class Switches:
    """Every place, which of them is off, and which an answer came past."""

    places: list[Place] = dataclasses.field(default_factory=list)
    off: int | None = None
    passed: set[int] = dataclasses.field(default_factory=set)

    def is_on(self, number: int) -> bool:
        """Whether a place decides as it is written; asked by the place itself."""
        self.passed.add(number)
        return number != self.off


SWITCHES = Switches()


def as_the_one_who_may_most(reader: Any) -> Any:  # noqa: ANN401 - a Somebody, which must not be imported before the switches
    """Return who asks as if they were an administrator, of every organisation."""
    # Behind the proxy that stands for whoever is signed in.
    somebody = getattr(reader, "_get_current_object", lambda: reader)()
    if not dataclasses.is_dataclass(somebody):
        return reader
    return dataclasses.replace(somebody, role="administrator", organisation_ids=frozenset(range(1, 100)))  # type: ignore[type-var] # a Somebody


class Switching(ast.NodeTransformer):
    """Puts a switch at each place of a module."""

    def __init__(self, module: str) -> None:
        """Take the name of the module."""
        self.module = module
        self.depth = 0

    def _switched(self, node: ast.expr, without: ast.expr, written: str) -> ast.expr:
        number = len(SWITCHES.places)
        SWITCHES.places.append(Place(self.module, node.lineno, written, at_once=self.depth == 0))
        asked = ast.Call(ast.Name("__is_on__", ast.Load()), [ast.Constant(number)], [])
        return ast.copy_location(ast.IfExp(asked, node, without), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Note that what stands in here is decided when it is called."""
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """Note that what stands in here is decided when it is called."""
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Switch what refuses, what narrows to somebody's own, and whoever hands on who is asking."""
        written, name = ast.unparse(node), ast.unparse(node.func)
        if name == "found" and node.args and isinstance(node.args[0], ast.IfExp):
            chosen = node.args[0]
            chosen.test = self._switched(chosen.test, ast.Constant(value=True), ast.unparse(chosen.test))
        handed_on = [one for one in node.args if _is_reader(one)]
        self.generic_visit(node)
        if name == "require":
            return self._switched(node, ast.Constant(None), written)
        if name == "found" and "reader" in written and "reader.id" not in written:
            return self._switched(node, node.args[0], written)
        shuts_out = name in SHUTTING_OUT and self.module == "tracker.entrance.queries"
        if (written.endswith(WITHOUT_EFFECT.get(self.module, THEIRS)) and name.endswith("_")) or shuts_out:
            return self._switched(node, ast.Constant(value=SHUTTING_OUT.get(name, True)), written)
        if ABOUT_A_THING.match(written):
            return self._switched(node, ast.Constant(value=True), written)
        if handed_on and name not in DECIDING_NOTHING:
            most = ast.Call(ast.Name("__as_most__", ast.Load()), [handed_on[0]], [])
            changed = ast.Call(node.func, [most if one is handed_on[0] else one for one in node.args], node.keywords)
            return self._switched(node, ast.copy_location(changed, node), written)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Switch every look at the role of who asks."""
        written = ast.unparse(node)
        self.generic_visit(node)
        if node.attr == "is_authenticated" and self.module != "tracker.web.access":
            return node
        if node.attr in MOST and (_is_reader(node.value) or ast.unparse(node.value) in {"self", "current_user"}):
            return self._switched(node, ast.Constant(value=MOST[node.attr]), written)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Switch every look whether something is theirs."""
        written = ast.unparse(node)
        self.generic_visit(node)
        if written.endswith(" not in reader.organisation_ids"):
            return self._switched(node, ast.Constant(value=False), written)
        if written.endswith((" in reader.organisation_ids", " == reader.id")):
            return self._switched(node, ast.Constant(value=True), written)
        return node


def _is_reader(node: ast.expr) -> bool:
    return ast.unparse(node) in {"reader", "somebody()"}


class Loader(SourceFileLoader):
    """Loads a module with its switches, and keeps nothing of that on the disk."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the module, switches and all."""
        tree = Switching(fullname).visit(ast.parse(self.get_data(self.path)))
        return compile(ast.fix_missing_locations(tree), self.path, "exec", dont_inherit=True)


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the application."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, to be loaded with switches."""
        parts = fullname.split(".")
        if parts[0] != "tracker" or ".".join(parts[:2]) in LEFT_OUT or parts[-1] in NOT_DECIDING:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = Loader(spec.loader.name, spec.loader.path)
        return spec


@contextmanager
def all_on() -> Iterator[None]:
    """Let every place decide as it is written for a while."""
    off, SWITCHES.off = SWITCHES.off, None
    try:
        yield
    finally:
        SWITCHES.off = off


class Trial:
    """The stage with switches, and every question to it."""

    def __init__(self, folder: Path) -> None:
        """Build the stage and think of the questions."""
        # The switches have to be there before what they are put into.
        questions, stage = (import_module(f"tests.access.{name}") for name in ("questions", "stage"))
        logging.disable(logging.CRITICAL)
        # A page that was kept comes past no place.
        vars(import_module("tracker.web.kept"))["MOST_BYTES"] = 0
        built = stage.build(folder)
        self.asking = questions.Asking(built, plainly=all_on)
        self.questions = [
            *questions.of_those_shut_out(built),
            *questions.of_the_table(built),
            *questions.of_others_in_the_same_project(built),
            *questions.of_what_the_office_is_told(),
            *questions.of_lists(built),
            *questions.of_foreign_things(self.asking),
            *questions.of_what_a_partner_sees(self.asking),
        ]

    def passing(self) -> dict[int, list[Any]]:
        """Return each place to the questions whose answers came past it."""
        past: dict[int, list[Any]] = {}
        for question in self.questions:
            SWITCHES.passed = set()
            self.asking.answer(question)
            for number in SWITCHES.passed:
                past.setdefault(number, []).append(question)
        return past

    def narrowed(self, place: Place, past: Sequence[Any]) -> list[Any]:
        """Return the questions past a place of those whom it may keep from something; not of those who see all.

        Where roles are told apart, that is everybody but administrators.
        """
        if ABOUT_A_THING.match(place.code):
            return list(past)
        kept_from_nothing = {"administrator"} if TELLING_APART.search(place.code) else SEEING_ALL
        return [question for question in past if question.who not in kept_from_nothing]

    def notices(self, number: int, past: Sequence[Any]) -> bool:
        """Whether an answer is wrong without a place."""
        SWITCHES.off = number
        try:
            return any(self.asking.complaints(question) for question in past)
        except Exception:  # noqa: BLE001 - not even the page that says so can be made: that is noticed
            return True
        finally:
            SWITCHES.off = None


def is_missed_at_once(number: int) -> bool:
    """Whether an answer is wrong where a place was missing when its module was loaded."""
    command = [sys.executable, "-m", "tests.access.removing", "--without", str(number)]
    return bool(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def share_of(key: str, parts: int) -> int:
    """Return in which of so many parts a place is, on every machine the same."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % parts


def main() -> int:
    """Take out every place, or a share of them, and print what became of each as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", default="0/1", help="which part of how many, 3/10")
    parser.add_argument("--only", default="", help="a regular expression for the places")
    parser.add_argument("--without", type=int, help="a place that decides when its module is loaded")
    asked = parser.parse_args()
    builtins.__dict__.update(__is_on__=SWITCHES.is_on, __as_most__=as_the_one_who_may_most)
    sys.meta_path.insert(0, Finder())
    SWITCHES.off = asked.without
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder))
        if asked.without is not None:
            sys.stdout.write(json.dumps(trial.notices(asked.without, trial.questions)))
            return 0
        past, (part, parts) = trial.passing(), (int(number) for number in asked.share.split("/"))
        told = []
        for number, place in enumerate(SWITCHES.places):
            if share_of(place.key, parts) == part and re.search(asked.only, str(place)):
                met = past.get(number, [])
                if met and not place.at_once and not trial.narrowed(place, met):
                    continue
                missed = is_missed_at_once(number) if place.at_once else trial.notices(number, met)
                told.append({"key": place.key, "place": str(place), "questions": len(met), "missed": missed})
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
