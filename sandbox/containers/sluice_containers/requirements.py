"""`requirements.txt` beside the code. The image installs it with pip; here an index is never asked."""

import importlib.metadata
import os
import re
import subprocess
import sys

# The sandbox has the CPU build, whose distribution has another name.
ALIASES = {"xgboost": ["xgboost", "xgboost-cpu"]}


class RequirementsError(Exception):
    """A requirement that neither the image nor a vendored wheel satisfies."""


def _installed(name: str) -> bool:
    for candidate in ALIASES.get(name, [name]):
        try:
            importlib.metadata.version(candidate)
            return True
        except importlib.metadata.PackageNotFoundError:
            continue
    return False


def _missing(path: str) -> list[str]:
    missing = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            text = line.split("#")[0].strip()
            if not text or text.startswith("-"):
                continue
            name = re.split(r"[\s\[<>=!~;@]", text, maxsplit=1)[0].lower().replace("_", "-")
            if not _installed(name):
                missing.append(text)
    return missing


def satisfy(code_directory: str, target: str) -> None:
    """Installs what is missing from wheels vendored beside the code into `target`; fails with the names otherwise."""
    path = os.path.join(code_directory, "requirements.txt")
    if not os.path.exists(path):
        return
    missing = _missing(path)
    if not missing:
        return
    wheels = {folder for folder, _, files in os.walk(code_directory) if any(f.endswith(".whl") for f in files)}
    links = [option for folder in sorted(wheels) for option in ("--find-links", folder)]
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", target, *links, *missing]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RequirementsError(
            f"requirements.txt: expected packages of the image or wheels vendored beside the code, got {missing};"
            f" vendor them as wheels. {result.stderr.strip()}"
        )
    sys.path.insert(0, target)
