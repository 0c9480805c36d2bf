"""How much a request may hold: a form little, one with files more. The web server and the application say the same."""

import re

#: Of a form without files.
LARGEST_FORM = 4 * 2**20
#: Of a form with files, all of them together.
LARGEST_UPLOAD = 64 * 2**20
#: The addresses of forms with files.
_FILES = re.compile(r"/documents/of/[^/?]+|/imports/")


def takes_files(path: str) -> bool:
    """Whether files are sent to an address (its path)."""
    return _FILES.fullmatch(path) is not None
