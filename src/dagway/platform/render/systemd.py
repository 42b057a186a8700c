"""A unit of systemd that keeps the platform up on a server: `dagway up`, which supervises the services and knows of runs."""

from __future__ import annotations

from pathlib import Path

from dagway.platform.model import seconds
from dagway.platform.render.deployment import LOGIN, Deployment, Files


def systemd(deployment: Deployment, program: Path) -> Files:
    """The unit; `program` is the path of `dagway` on the server."""
    root = str(deployment.root).replace("%", "%%")
    stop = seconds(deployment.config.runs.stop_within) + seconds(deployment.config.runs.cancel_within) + 60
    home = deployment.config.home
    writable = [deployment.root, *([(deployment.root / home).resolve()] if home else [])]
    is_asked = deployment.config.webserver.login == "password"
    login = f"# The webserver asks for {' and '.join(LOGIN)}: set them there.\n" if is_asked else ""
    return {
        f"{deployment.name}.service": f"""\
# Written by `dagway render systemd`. Variables and secrets: /etc/dagway/{deployment.name}.env, owned by root, mode 0600.
{login}[Unit]
Description=The data platform {deployment.name}
After=network-online.target postgresql.service
Wants=network-online.target

[Service]
Type=exec
User=dagster
WorkingDirectory={root}
EnvironmentFile=-/etc/dagway/{deployment.name}.env
ExecStart={_word(program)} --no-color up {_word(deployment.root)} --profile {deployment.config.profile}
# The first signal lets runs finish, up to `runs: stop_within`; then they are canceled. Should the platform be killed, its services
# end with it, and runs go on: the next one finds them.
KillMode=process
TimeoutStopSec={stop}
# One run that takes too much memory is killed alone, and fails.
OOMPolicy=continue
Restart=always
RestartSec=2
UMask=0077
NoNewPrivileges=yes
# No `PrivateTmp`: such a /tmp goes with each stop and each restart, and with it the sockets and temporary folders of runs that go on,
# and the notes by which the next platform finds them. What is written there is for this user alone.
# Not `strict`: versions are deployed from other folders, and the file of variables may name another DAGSTER_HOME.
ProtectSystem=full
ReadWritePaths={" ".join(map(_place, writable))}
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes

[Install]
WantedBy=multi-user.target
"""
    }


def _word(path: Path) -> str:
    """A path as one word of a command: systemd takes backslashes, `$` and `%` for more than themselves."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$").replace("%", "%%")
    return f'"{text}"' if " " in text else text


def _place(path: Path) -> str:
    """A path in a list of them; it may be missing until the first start."""
    text = f"-{path}".replace("%", "%%")
    return f'"{text}"' if " " in text else text
