"""A unit of systemd that keeps the platform up on a server: `dagway up`, which supervises the services and knows of runs."""

from __future__ import annotations

from pathlib import Path

from dagway.platform.model import seconds
from dagway.platform.render.deployment import LOGIN, Deployment, Files


def systemd(deployment: Deployment, program: Path) -> Files:
    """The unit; `program` is the path of `dagway` on the server."""
    root = deployment.root
    stop = seconds(deployment.config.runs.stop_within) + seconds(deployment.config.runs.cancel_within) + 60
    home = deployment.config.home
    writable = [str(root), *([str((root / home).resolve())] if home else [])]
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
ExecStart={program} --no-color up {root} --profile {deployment.config.profile}
# The first signal lets runs finish, up to `runs: stop_within`; then they are canceled.
KillMode=mixed
TimeoutStopSec={stop}
Restart=always
RestartSec=2
UMask=0077
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths={" ".join(writable)}
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes

[Install]
WantedBy=multi-user.target
"""
    }
