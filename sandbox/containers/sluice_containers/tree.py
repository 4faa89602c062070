"""The `/opt/ml` tree of one container: there is no file system of its own here, so its root is told and paths are mapped."""

import os
import tarfile


def local(path: str, root: str) -> str:
    """`/opt/ml/...` as user settings write it, under this container's root."""
    if path == "/opt/ml" or path.startswith("/opt/ml/"):
        return os.path.join(root, path[len("/opt/ml") :].lstrip("/"))
    return path


def unpack(archive: str, target: str) -> None:
    """Unpacks a tar.gz; refuses members that would leave `target`."""
    os.makedirs(target, exist_ok=True)
    with tarfile.open(archive, "r:*") as tar:
        tar.extractall(target, filter="data")
