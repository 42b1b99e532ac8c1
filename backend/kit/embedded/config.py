"""How the server is set up: written anew before each start, so that it never depends on an older Palier.

Who may connect is decided by the folder of the socket (mode 700, no TCP at all): whoever can enter it is the
account of the server or root, and may read the data files anyway. So inside it every role is trusted; `peer`
would refuse nobody more, and would break when the account is renamed or root takes over. The two roles keep
our own code in bounds, not strangers.
"""

from collections.abc import Mapping

from backend.kit.embedded.place import PORT, Place, replace

ACCESS = "local all all trust\n"
DEFAULTS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Refusals by a constraint are daily life here and the application logs its own errors. The server's log
    # would only repeat them with the values people typed.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}


def write(place: Place, options: Mapping[str, str]) -> None:
    access = place.base / "access.conf"
    settings = {
        **DEFAULTS,
        **options,
        "unix_socket_directories": str(place.run),
        "hba_file": str(access),
    }
    replace(access, ACCESS)
    lines = (f"{name} = {_quoted(value)}\n" for name, value in settings.items())
    replace(place.config, "".join(lines))


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
