"""A location that is served through a link: a server stays, for its life, in the folder that the link names when it starts.

The link can be switched to another version meanwhile: runs of this server, which may import late, go on in their own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: The link's path; whoever starts a code server through a link sets it.
LINK = "DAGWAY_LINK"


def settle() -> None:
    """Puts the folder in the place of the link: in the words, the import path and the working directory of this process."""
    link = os.environ.pop(LINK, "")
    if not link:
        return
    folder, began_in = os.path.realpath(link), str(Path.cwd())
    os.chdir(folder)
    sys.argv[:] = [placed(word, link, folder) for word in sys.argv]
    # `python -m` has put the working directory first.
    first = [folder] if sys.path[:1] == [began_in] else []
    sys.path[:] = [*first, *(placed(entry, link, folder) for entry in sys.path[len(first) :])]
    if "PYTHONPATH" in os.environ:
        os.environ["PYTHONPATH"] = placed_all(os.environ["PYTHONPATH"], link, folder)


def placed(path: str, link: str, folder: str) -> str:
    """The path with `folder` in the place of `link`, if that is what it is or lies in; else as it is."""
    return folder + path[len(link) :] if path == link or path.startswith(f"{link}{os.sep}") else path


def placed_all(paths: str, link: str, folder: str) -> str:
    """The same for each of several paths, as in `PYTHONPATH`."""
    return os.pathsep.join(placed(path, link, folder) for path in paths.split(os.pathsep))
