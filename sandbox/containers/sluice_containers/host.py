"""
Starts containers by forking a process that has NumPy and XGBoost loaded already.

A container is ready in milliseconds and shares its library pages with the others (about 5 MB of its own instead of 57 MB), which is
what lets a blue/green update of several endpoints fit on a laptop.

Protocol: one JSON document per line. In: {"start": id, "kind": "train"|"serve", "spec": {...}}, {"signal": number, "id": id}.
Out: {"ready": true}, {"started": id, "pid": number}, {"exited": id, "code": number|null, "signal": number|null}.
End of input ends every container and this process.
"""

import ctypes
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback

import numpy  # noqa: F401  (loaded once, shared by every container)
import xgboost  # noqa: F401

from . import serving, training

try:
    import time_machine  # loaded before the fork: it costs a tenth of a second
except ImportError:
    time_machine = None

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """A container must not outlive its host, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def redirect_output(path: str) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)


def run_container(kind: str, spec: dict, listener: socket.socket | None) -> int:
    redirect_output(spec["log"])
    os.environ.clear()
    os.environ.update(spec["environment"])
    if kind == "train":
        return training.run(spec)
    assert listener is not None
    return serving.run(spec, listener)


def in_child(kind: str, spec: dict, listener: socket.socket | None, parent: int) -> None:
    code = 70
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        die_with_parent(parent)
        code = run_container(kind, spec, listener)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
    except BaseException:  # noqa: BLE001  (whatever user code raises ends its container only)
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                code = code or 74
        os._exit(code)


class Host:
    def __init__(self) -> None:
        self.identifiers: dict[int, int] = {}
        self.lock = threading.Lock()

    def say(self, **message: object) -> None:
        with self.lock:
            sys.stdout.write(json.dumps(message) + "\n")
            sys.stdout.flush()

    def start(self, identifier: int, kind: str, spec: dict) -> None:
        listener = None
        if kind == "serve":
            # Bound before the fork: whoever connects at once waits for the model, and is not refused.
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind(spec["socket"])
            listener.listen(256)
        parent = os.getpid()
        with self.lock:
            pid = os.fork()
        if pid == 0:
            self.lock = threading.Lock()
            in_child(kind, spec, listener, parent)
        self.identifiers[pid] = identifier
        if listener is not None:
            listener.close()
        self.say(started=identifier, pid=pid)

    def signal(self, identifier: int, number: int) -> None:
        for pid, known in list(self.identifiers.items()):
            if known != identifier:
                continue
            for target in (os.killpg, os.kill):
                try:
                    target(pid, number)
                    break
                except (ProcessLookupError, PermissionError):
                    continue  # not its own group leader yet, or gone already

    def reap(self) -> None:
        """Reports containers that ended. Runs on the main thread, woken by SIGCHLD."""
        while self.identifiers:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            identifier = self.identifiers.pop(pid, None)
            if identifier is None:
                continue
            by_signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
            self.say(exited=identifier, code=code, signal=by_signal)

    def stop(self) -> None:
        for identifier in list(self.identifiers.values()):
            self.signal(identifier, signal.SIGKILL)
        deadline = time.monotonic() + 2
        while self.identifiers and time.monotonic() < deadline:
            self.reap()
            time.sleep(0.005)

    def run(self) -> None:
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.say(ready=True)
        import select

        pending = b""
        while True:
            readable, _, _ = select.select([0, reader], [], [])
            if reader in readable:
                os.read(reader, 4096)
                self.reap()
            if 0 in readable:
                chunk = os.read(0, 1 << 16)
                if not chunk:
                    self.stop()
                    return
                *lines, pending = (pending + chunk).split(b"\n")
                for line in lines:
                    self.handle(json.loads(line))

    def handle(self, message: dict) -> None:
        if "start" in message:
            self.start(message["start"], message["kind"], message["spec"])
        else:
            self.signal(message["id"], message["signal"])


if __name__ == "__main__":
    Host().run()
