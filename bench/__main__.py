"""Measure, print a table and write latest.json: `make bench`; BENCH_SECONDS and BENCH_ROUNDS shorten it.

`make bench ARGS=pages`, `mail`, `imports`, `downloads` or `backup` measures a part, `ARGS=work` in a minute what pages
cost; BENCH_LETTERS, BENCH_MILESTONES and BENCH_GROWTH_LETTERS shorten the second, BENCH_LINES the third,
BENCH_DOWNLOADED the fourth, BENCH_MEGABYTES and BENCH_ROWS the fifth.
"""

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import backup, downloads, imports, mail, office, work
from bench.mail import Figure
from bench.pages import START, WRITE_NAME
from bench.rivals import Contest, Rival, prepare
from bench.server import Running, free_port, processor_seconds, proportional_mb, running, whole

SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
CLIENTS = (2, 8)
STARTS, WARM_SECONDS, MEMORY_REQUESTS = 5, 1.0, 1_000
RESULT = Path(__file__).parent / "latest.json"


@dataclass(frozen=True)
class Measured:
    """A line of the table: the median, the floor's, the median of the ratios to it, and the ratio of each run."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    runs: tuple[float, ...] = ()


@dataclass(frozen=True)
class Speed:
    """How fast a server answered, and the processor time that each answer took, which a busy machine disturbs less."""

    per_second: float
    ms: float | None


def speed(server: Running, request: bytes, clients: int, seconds: float) -> Speed:
    """Let so many clients ask for so long. Raises RuntimeError if one got another answer than expected."""
    command = [sys.executable, "-m", "bench.load", str(server.port), str(clients), str(seconds)]
    began = processor_seconds(server.process.pid)
    answer = json.loads(subprocess.run(command, input=request, check=True, stdout=subprocess.PIPE).stdout)
    ended = processor_seconds(server.process.pid)
    if answer["failures"] or not answer["answers"]:
        raise RuntimeError(str(answer["failures"][:1]))
    ms = None if began is None or ended is None else (ended - began) / answer["answers"] * 1000
    return Speed(answer["answers"] / answer["seconds"], ms)


def throughput(contest: Contest) -> Iterator[Measured]:
    """Measure all rivals in turn, page by page, and compare them round by round."""
    asked = [*contest.requests.items(), (WRITE_NAME, contest.write)]
    found: dict[tuple[str, int, str], list[Speed]] = {}
    with ExitStack() as stack:
        servers = {rival.name: stack.enter_context(_running(rival, contest)) for rival in contest.rivals}
        for (name, request), server in itertools.product(asked, servers.values()):
            speed(server, request, max(CLIENTS), WARM_SECONDS)
            print(f"warm: {name}", file=sys.stderr)
        for _, (name, request), clients in itertools.product(range(ROUNDS), asked, CLIENTS):
            for rival, server in servers.items():
                found.setdefault((name, clients, rival), []).append(speed(server, request, clients, SECONDS))
    for (name, _request), clients in itertools.product(asked, CLIENTS):
        own = found[name, clients, "program"]
        for against in ("floor", "bare floor"):
            theirs, asking = found[name, clients, against], f"{name}, {clients} clients, to the {against}"
            yield _compared(asking, [one.per_second for one in own], [one.per_second for one in theirs], "answers/s")
            yield from _work_compared(asking, [one.ms for one in own], [one.ms for one in theirs])


def _work_compared(asking: str, own: Iterable[float | None], floor: Iterable[float | None]) -> Iterator[Measured]:
    """Compare the processor time of answers, where it is known; the ratio is that of the speeds."""
    pairs = [(mine, theirs) for mine, theirs in zip(own, floor, strict=True) if mine and theirs]
    if pairs:
        mine, theirs = (round(statistics.median(values), 3) for values in zip(*pairs, strict=True))
        ratios = tuple(round(of_floor / ours, 3) for ours, of_floor in pairs)
        yield Measured(f"{asking}, work", mine, "ms of CPU", theirs, round(statistics.median(ratios), 3), ratios)


def _compared(name: str, own: list[float], floor: list[float], unit: str) -> Measured:
    ratios = [round(mine / theirs, 3) for mine, theirs in zip(own, floor, strict=True)]
    return Measured(
        name,
        round(statistics.median(own), 3),
        unit,
        round(statistics.median(floor), 3),
        round(statistics.median(ratios), 3),
        tuple(ratios),
    )


def _running(rival: Rival, contest: Contest) -> AbstractContextManager[Running]:
    return running(rival.module, rival.environment, ask=contest.requests[START.name])


def starts(contest: Contest) -> Measured:
    """Compare the time from the start to the first answer with the floor's."""
    program, lowest, _bare = contest.rivals
    seconds: dict[str, list[float]] = {program.name: [], lowest.name: []}
    for _, rival in itertools.product(range(STARTS), (program, lowest)):
        with _running(rival, contest) as server:
            seconds[rival.name].append(round(server.first_answer, 3))
    return _compared("first answer after the start", seconds[program.name], seconds[lowest.name], "s")


def memory(contest: Contest) -> Iterator[Measured]:
    """Run all of it as people do, ask for every page in turn, and add up the memory of all its processes."""
    program = contest.rivals[0]
    port = free_port()
    with whole(program.environment, port, ask=contest.requests[START.name]) as server:
        yield Measured("first answer of tracker serve", round(server.first_answer, 3), "s")
        for request in contest.requests.values():
            asked = 0.0
            while asked < MEMORY_REQUESTS / len(contest.requests):
                asked += speed(server, request, max(CLIENTS), 1.0).per_second
        used = proportional_mb(server.process.pid)
        if used is not None:
            yield Measured("memory of server and worker", round(used, 1), "MB")


def weights(contest: Contest) -> Iterator[Measured]:
    """Tell what each page costs by itself."""
    for weight in contest.weights:
        name = weight.name
        yield Measured(f"{name}, queries", weight.queries, "queries")
        yield Measured(f"{name}, compressed", weight.compressed_kb, "kB")
        yield Measured(f"{name}, compressed with its style sheets", weight.with_style_kb, "kB")


def works(contest: Contest) -> Iterator[Measured]:
    """Tell how much work each page is, with no server and no connection between."""
    for one in work.compare(contest):
        least, floor_ms, ratios = round(one.ms, 2), round(one.floor_ms, 2), one.ratios
        ratio = round(statistics.median(ratios), 3)
        yield Measured(f"{one.name}, work", least, "ms of CPU", floor_ms, ratio, ratios)
    yield Measured("calendar of 2,000 entries, put together anew", round(min(work.anew(contest)), 2), "ms of CPU")


def show(lines: list[Measured]) -> None:
    """Print the table."""
    width = max(len(line.name) for line in lines)
    print(f"{'':{width}}  {'value':>10} {'unit':9} {'floor':>10} {'ratio':>7}  runs")
    for line in lines:
        beside = "" if line.floor is None else f"{line.floor:10.2f} {line.ratio:7.2f}  {' '.join(map(str, line.runs))}"
        print(f"{line.name:{width}}  {line.value:10.2f} {line.unit:9} {beside}".rstrip())


def pages(folder: Path) -> list[Measured]:
    """Make the office and measure its pages."""
    contest = prepare(office.make(folder / "office"))
    return [*weights(contest), *works(contest), starts(contest), *memory(contest), *throughput(contest)]


def quick(folder: Path) -> list[Measured]:
    """Make the office and tell what its pages cost by themselves."""
    contest = prepare(office.make(folder / "office"))
    return [*weights(contest), *works(contest)]


def letters(folder: Path) -> list[Measured]:
    """Measure mail and planning."""
    return _told(mail.measure(folder))


def spreadsheets(folder: Path) -> list[Measured]:
    """Measure how fast persons come in."""
    return _told(imports.measure(folder))


def files(folder: Path) -> list[Measured]:
    """Measure how fast lists become files."""
    return _told(downloads.measure(folder))


def backups(folder: Path) -> list[Measured]:
    """Measure what people notice of a backup."""
    return _told(backup.measure(folder))


def _told(figures: Iterable[Figure]) -> list[Measured]:
    measured = []
    for figure in figures:
        print(f"measured: {figure.name}: {figure.value:.2f} {figure.unit} {figure.runs}", file=sys.stderr)
        ratio = round(statistics.median(figure.runs), 3) if figure.runs else None
        measured.append(Measured(figure.name, round(figure.value, 3), figure.unit, figure.floor, ratio, figure.runs))
    return measured


PARTS = {"pages": pages, "mail": letters, "imports": spreadsheets, "downloads": files, "backup": backups, "work": quick}
#: The last is a part of the first.
USUAL = ("pages", "mail", "imports", "downloads", "backup")


def main(wanted: list[str]) -> None:
    """Measure the parts that are wanted, or all, print, and write the result."""
    lines: list[Measured] = []
    for name in wanted or USUAL:
        with tempfile.TemporaryDirectory(prefix="tracker-bench-") as folder:
            lines += PARTS[name](Path(folder))
    show(lines)
    RESULT.write_text(json.dumps([asdict(line) for line in lines], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
