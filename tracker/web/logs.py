"""The program's log: one JSON object a line, or plain lines on a terminal."""

import json
import logging
import sys
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """One object a line; what a text holds cannot break out of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "what": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        # Only ASCII: there are more line breaks than those that JSON escapes, and terminals obey some letters.
        return json.dumps(line, ensure_ascii=True, default=str)


class PlainLines(logging.Formatter):
    """For a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, its facts behind it, and nothing that a terminal obeys."""
        facts = " ".join(f"{name}={value}" for name, value in getattr(record, "facts", {}).items())
        trace = self.formatException(record.exc_info).split("\n") if record.exc_info else []
        lines = [f"{record.levelname.lower()}: {record.getMessage()} {facts}".rstrip(), *trace]
        return "\n".join(map(_tame, lines))


def _tame(line: str) -> str:
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in line)


def start_logging() -> None:
    """Write the program's log to standard error. Safe to call twice."""
    logger = logging.getLogger("tracker")
    if logger.handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(PlainLines() if sys.stderr.isatty() else JsonLines())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
