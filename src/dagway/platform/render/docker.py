"""One image for every service: dependencies in a layer of their own, nothing of a compiler in what runs, no root."""

from __future__ import annotations

from dagway import __version__
from dagway.platform.render.deployment import APP, HOME, STORAGE, TEMPORARY, Deployment, Files

#: As `dagway.platform.code_references` reads them, which imports Dagster.
URL, COMMIT = "DAGWAY_GIT_URL", "DAGWAY_GIT_COMMIT"
_PYTHON, _UV = "3.13", "0.9"
_USER = 10001


def docker(deployment: Deployment) -> Files:
    """`Dockerfile` and `.dockerignore`."""
    return {"Dockerfile": _dockerfile(deployment), ".dockerignore": _IGNORED}


def _dockerfile(deployment: Deployment) -> str:
    engine = deployment.config.runs.engine
    extras = ["platform", *([engine] if engine in {"celery", "ray"} else [])]
    packages = [f"dagway[{','.join(extras)}]=={__version__}"]
    # A chart brings Dagster's configuration, and starts runs as pods.
    is_chart = deployment.config.profile == "kubernetes"
    if is_chart:
        packages += ["dagster-k8s", *(["dagster-celery-k8s"] if engine == "celery" else [])]
    configuration = (
        ""
        if is_chart
        else f"COPY --chown=dagster:dagster deploy/dagster.yaml deploy/workspace.yaml {HOME}/\n"
    )
    copies, installs = _requirements(deployment)
    folders = ":".join(str(APP / path) for path in deployment.paths)
    return f"""\
# Written by `dagway render docker`. One image, an entry point for each service.
FROM python:{_PYTHON}-slim-bookworm AS build
COPY --from=ghcr.io/astral-sh/uv:{_UV} /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_CACHE_DIR=/var/cache/uv VIRTUAL_ENV=/opt/venv
RUN uv venv /opt/venv
WORKDIR {APP}
# What changes seldom comes first.
{copies}
RUN --mount=type=cache,target=/var/cache/uv \\
    uv pip install {" ".join(f'"{one}"' for one in packages)}{installs}
COPY . {APP}
RUN /opt/venv/bin/python -m compileall -q {APP}

FROM python:{_PYTHON}-slim-bookworm
RUN useradd --uid {_USER} --create-home dagster \\
    && install -d -o dagster -g dagster -m 0700 {HOME} {STORAGE} {TEMPORARY}
COPY --from=build /opt/venv /opt/venv
COPY --from=build --chown=dagster:dagster {APP} {APP}
{configuration}ENV PATH=/opt/venv/bin:$PATH \\
    PYTHONPATH={folders} \\
    PYTHONUNBUFFERED=1 \\
    DAGSTER_HOME={HOME} \\
    DAGWAY_PROFILE={deployment.config.profile}
# Where the code is from: an image has no repository, and assets link to it.
ARG {URL}= {COMMIT}=
ENV {URL}=${URL} {COMMIT}=${COMMIT}
USER {_USER}
WORKDIR {APP}
EXPOSE {" ".join(str(one.port) for one in deployment.entry_points if one.port)}
# Of the code server, which is what the image runs where nothing else is said; other services bring theirs.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \\
    CMD {_words(deployment.entry_points[0].health)}
CMD {_words(deployment.entry_points[0].command)}
"""


def _requirements(deployment: Deployment) -> tuple[str, str]:
    """The lines that copy what names the dependencies, and the words that install them."""
    copies, words = list[str](), ""
    for place in dict.fromkeys(deployment.places.values()):
        folder = deployment.root / place
        for name in ("requirements.txt", "pyproject.toml"):
            if (folder / name).is_file():
                copies.append(f"COPY {place / name} {APP / place}/")
                words += f" \\\n    -r {APP / place / name}"
                break
    return "\n".join(copies), words


def _words(command: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in command) + "]"


#: No secret goes into an image, and nothing that belongs to the machine it is built on. What comes last decides.
_IGNORED = """\
**/.git
**/.env*
!**/.env.example
**/*.pem
**/*.key
**/.dagway
**/.venv
**/__pycache__
**/evidence
**/*.duckdb
"""
