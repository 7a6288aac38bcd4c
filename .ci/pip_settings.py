"""Print the machine's pip configuration as uv's environment variables, for a shell to evaluate.

pip's own order holds: global files, then the user's, then ``PIP_CONFIG_FILE``, then ``PIP_*``
variables. A variable of uv's that is already set is left alone. pip's constraints are not carried
over, since a lock with hashes leaves nothing to constrain.
"""

import configparser
import os
import shlex
from pathlib import Path

AS_UV = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "proxy": ("ALL_PROXY", " "),
}


def files() -> list[Path]:
    """pip's configuration files, the strongest last."""
    home = Path.home()
    system = os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")
    user = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    found = [Path(folder) / "pip/pip.conf" for folder in reversed(system)]
    found += [Path("/etc/pip.conf"), home / ".pip/pip.conf", user / "pip/pip.conf"]
    if named := os.environ.get("PIP_CONFIG_FILE"):
        found.append(Path(named))
    return found


def settings() -> dict[str, str]:
    """pip's settings by their long option names."""
    found: dict[str, str] = {}
    for path in files():
        parser = configparser.RawConfigParser()
        parser.read(path, encoding="utf-8")
        for section in ("global", "install"):
            if parser.has_section(section):
                for name, value in parser[section].items():
                    found[name.replace("_", "-")] = value
    for name, value in os.environ.items():
        if name.startswith("PIP_"):
            found[name[4:].lower().replace("_", "-")] = value
    return found


def main() -> None:
    """Print one ``export`` a line."""
    for option, value in settings().items():
        name, joined_by = AS_UV.get(option, (None, " "))
        if name and value.strip() and name not in os.environ:
            print(f"export {name}={shlex.quote(joined_by.join(value.split()))}")
    # Of several indexes pip takes the best match; the lock's hashes make that safe.
    print("export UV_INDEX_STRATEGY=${UV_INDEX_STRATEGY:-unsafe-best-match}")


if __name__ == "__main__":
    main()
