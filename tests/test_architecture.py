"""The rooms lie in one order, and imports go up only."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("architecture")

TRACKER = Path(__file__).parent.parent / "tracker"

#: The listing of tracker/README.md: a line may import itself and the lines above it.
LISTING = (
    "clock",
    "locations",
    "folding",
    "language",
    "refusal",
    "config",
    "signing",
    "ready",
    "db",
    "schema",
    "web",
    "history",
    "mail",
    "workdays",
    "organisations",
    "people",
    "accounts",
    "factors",
    "preferences",
    "entrance",
    "proofs",
    "partnerships",
    "agreements",
    "projects",
    "events",
    "programmes",
    "participants",
    "attendance",
    "guestlists",
    "contributions",
    "milestones",
    "calendar",
    "updates",
    "log",
    "documents",
    "lineage",
    "exchange",
    "guests",
    "hosting",
    "travel",
    "reminders",
    "answers",
    "circulars",
    "reforms",
    "succession",
    "editions",
    "imports",
    "downloads",
    "postbox",
    "inbox",
    "backups",
    "privacy",
    "portability",
    "texts",
    "oversight",
    "publishing",
    "overview",
    "briefing",
    "example",
    "scheduler",
    "app",
    "watch",
    "gate",
    "serve",
    "cli",
)
#: Kinds of file inside a feature, in the order of import. What a room has besides lies between models and actions.
KINDS = ("models", "rules", "queries", "mails", "actions", "forms", "routes")
MAY_COMMIT = ("routes.py", "scheduler.py", "cli.py", "app.py")
MAY_READ_TIME = ("clock.py", "routes.py", "scheduler.py", "cli.py", "watch.py", "app.py")


@cache
def modules() -> list[Path]:
    """Return every module of the application."""
    return sorted(path for path in TRACKER.rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """Return what a module says; all rules ask the same."""
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    """Let go of all that was read when the last rule has been asked."""
    yield
    for read in (imports, tree_of):
        read.cache_clear()


def room_of(dotted: str) -> str:
    """Return the line of the listing: "web" for "tracker.web.forms"."""
    return dotted.split(".")[1]


def dotted(path: Path) -> str:
    """Return the name one imports a module by."""
    return ".".join(("tracker", *path.relative_to(TRACKER).with_suffix("").parts))


@cache
def imports(path: Path) -> list[tuple[str, int]]:
    """Return what a module imports, types alone exempt, with the line."""
    tree = tree_of(path)
    exempt = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    return [found for node in ast.walk(tree) if id(node) not in exempt for found in named_by(node)]


def named_by(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield what a statement imports, with its line."""
    if isinstance(node, ast.ImportFrom):
        for name in node.names:
            module = f"{node.module}.{name.name}"
            yield (module if is_module(module) else str(node.module)), node.lineno
    elif isinstance(node, ast.Import):
        yield from ((name.name, node.lineno) for name in node.names)


@cache
def is_module(name: str) -> bool:
    """Whether a name is a module of ours and not something in it."""
    path = TRACKER.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def ours(path: Path) -> list[tuple[str, int]]:
    """Return what a module imports of ours."""
    return [(name, line) for name, line in imports(path) if name == "tracker" or name.startswith("tracker.")]


def places(path: Path, found: Iterable[tuple[object, int]]) -> list[str]:
    """Return where something was found, for whoever has to mend it."""
    return [f"{dotted(path)} line {line}: {what}" for what, line in found]


def test_every_room_has_its_line() -> None:
    rooms = {path.name for path in TRACKER.iterdir() if (path / "__init__.py").exists()}
    rooms |= {path.stem for path in TRACKER.glob("*.py") if path.stem != "__init__"}

    assert rooms == set(LISTING)


def test_no_import_is_relative() -> None:
    wrong = [
        f"{dotted(path)} line {node.lineno}"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert wrong == []


def test_imports_go_up() -> None:
    wrong = []
    for path in modules():
        if path.name != "__init__.py":
            here = LISTING.index(room_of(dotted(path)))
            wrong += places(path, (one for one in ours(path) if one[0] == "tracker" or _line_of(one[0]) > here))

    assert wrong == []


def _line_of(name: str) -> int:
    return LISTING.index(room_of(name))


def test_kinds_of_file_go_up_inside_a_room() -> None:
    wrong = []
    for path in modules():
        if path.stem in KINDS:
            room, here = room_of(dotted(path)), KINDS.index(path.stem)
            own = [(name, name.split(".")[-1], line) for name, line in ours(path) if room_of(name) == room]
            wrong += places(path, ((name, line) for name, kind, line in own if kind in KINDS[here + 1 :]))

    assert wrong == []


def test_init_holds_a_docstring_and_nothing_else() -> None:
    wrong = [dotted(path) for path in modules() if path.name == "__init__.py" and not _is_a_docstring(tree_of(path))]

    assert wrong == []


def _is_a_docstring(tree: ast.Module) -> bool:
    match tree.body:
        case [ast.Expr(value=ast.Constant(value=str()))]:
            return True
    return False


def test_no_import_hides_in_a_function() -> None:
    wrong = []
    for path in modules():
        functions = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef)]
        inside = {inner for node in functions for inner in ast.walk(node)}
        hidden = [inner for inner in inside if isinstance(inner, ast.Import | ast.ImportFrom)]
        wrong += places(path, ((ast.unparse(one), one.lineno) for one in hidden))

    assert wrong == []


def test_commits_stand_at_the_edge() -> None:
    wrong = []
    for path in modules():
        if path.name not in MAY_COMMIT and room_of(dotted(path)) != "mail":
            calls = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
            commits = [one for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr == "commit"]
            wrong += places(path, ((ast.unparse(one), one.lineno) for one in commits))

    assert wrong == []


def test_the_time_is_read_at_the_edge() -> None:
    wrong = []
    for path in modules():
        if path.name not in MAY_READ_TIME:
            wrong += places(path, (one for one in ours(path) if one[0] == "tracker.clock"))
            looked = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)]
            reads = [one for one in looked if one.attr in {"utcnow", "today"} and _is_a_kind_of_day(one.value)]
            wrong += places(path, ((ast.unparse(one), one.lineno) for one in reads))

    assert wrong == []


def _is_a_kind_of_day(node: ast.expr) -> bool:
    return ast.unparse(node) in {"date", "datetime"}


@pytest.mark.parametrize(
    ("kind", "forbidden"),
    [
        ("models", ("flask", "tracker.clock")),
        ("rules", ("flask", "sqlalchemy", "wtforms", "tracker.clock")),
        ("queries", ("flask", "tracker.clock")),
        ("mails", ("sqlalchemy", "tracker.clock")),
        ("actions", ("flask", "wtforms", "tracker.clock")),
        ("forms", ("tracker.clock",)),
    ],
)
def test_each_kind_of_file_keeps_to_its_question(kind: str, forbidden: tuple[str, ...]) -> None:
    wrong = [
        f"{dotted(path)} line {line}: {name}"
        for path in modules()
        if path.stem == kind
        for name, line in imports(path)
        if any(name == one or name.startswith(one + ".") for one in forbidden)
    ]

    assert wrong == []
