"""The rooms lie in one order, and imports go up only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    "reminders",
    "answers",
    "guests",
    "hosting",
    "circulars",
    "travel",
    "reforms",
    "succession",
    "editions",
    "postbox",
    "privacy",
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


def modules() -> list[Path]:
    """Return every module of the application."""
    return sorted(path for path in TRACKER.rglob("*.py"))


def room_of(dotted: str) -> str:
    """Return the line of the listing: "web" for "tracker.web.forms"."""
    return dotted.split(".")[1]


def dotted(path: Path) -> str:
    """Return the name one imports a module by."""
    return ".".join(("tracker", *path.relative_to(TRACKER).with_suffix("").parts))


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield what a module imports of ours, types alone exempt, with the line."""
    exempt = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in exempt:
            continue
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}"
            for name in node.names:
                module = f"{node.module}.{name.name}"
                yield (module if is_module(module) else str(node.module)), node.lineno
        elif isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)


def is_module(name: str) -> bool:
    """Whether a name is a module of ours and not something in it."""
    path = TRACKER.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def ours(path: Path) -> list[tuple[str, int]]:
    """Return what a module imports of ours."""
    found = imports(ast.parse(path.read_text(encoding="utf-8")))
    return [(name, line) for name, line in found if name == "tracker" or name.startswith("tracker.")]


def test_every_room_has_its_line() -> None:
    rooms = {path.name for path in TRACKER.iterdir() if (path / "__init__.py").exists()}
    rooms |= {path.stem for path in TRACKER.glob("*.py") if path.stem != "__init__"}

    assert rooms == set(LISTING)


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_imports_go_up(path: Path) -> None:
    if path.name == "__init__.py":
        return
    here = LISTING.index(room_of(dotted(path)))
    wrong = [
        f"line {line}: {name}" for name, line in ours(path) if name == "tracker" or LISTING.index(room_of(name)) > here
    ]

    assert wrong == []


@pytest.mark.parametrize("path", [path for path in modules() if path.stem in KINDS], ids=dotted)
def test_kinds_of_file_go_up_inside_a_room(path: Path) -> None:
    room = room_of(dotted(path))
    wrong = [
        f"line {line}: {name}"
        for name, line in ours(path)
        if room_of(name) == room
        and name.split(".")[-1] in KINDS
        and KINDS.index(name.split(".")[-1]) > KINDS.index(path.stem)
    ]

    assert wrong == []


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_init_holds_a_docstring_and_nothing_else(path: Path) -> None:
    if path.name != "__init__.py":
        return
    body = ast.parse(path.read_text(encoding="utf-8")).body

    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)
    assert isinstance(body[0].value, ast.Constant)


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_no_import_hides_in_a_function(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    hidden = [
        inner.lineno for node in functions for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert hidden == []


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_commits_stand_at_the_edge(path: Path) -> None:
    if path.name in MAY_COMMIT or room_of(dotted(path)) == "mail":
        return
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    commits = [call.lineno for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"]

    assert commits == []


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_the_time_is_read_at_the_edge(path: Path) -> None:
    if path.name in MAY_READ_TIME:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    reads = [f"line {line}: {name}" for name, line in ours(path) if name == "tracker.clock"]
    reads += [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"utcnow", "today"}
        and ast.unparse(node.value) in {"date", "datetime"}
    ]

    assert reads == []


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
        for name, line in imports(ast.parse(path.read_text(encoding="utf-8")))
        if any(name == one or name.startswith(one + ".") for one in forbidden)
    ]

    assert wrong == []
