"""
Time as a container sees it.

The sandbox's clock stands still while a container works, so code that sleeps would only slow the machine down. A sleep is counted
instead of waited for: a training job becomes that much longer, a request that much slower (`ModelLatency`), and nobody waits.
"""

import os
import signal
import threading
import time

_counter = threading.local()
_real_sleep = time.sleep


def slept_seconds() -> float:
    """Seconds that this thread has asked to sleep so far."""
    return getattr(_counter, "seconds", 0.0)


def reset() -> None:
    _counter.seconds = 0.0


def install_for_requests() -> None:
    def sleep(seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        _counter.seconds = slept_seconds() + float(seconds)

    time.sleep = sleep


class JobTime:
    """Sleeps of a whole job, over all threads; ends the job at its time limit as SageMaker does: SIGTERM, then SIGKILL."""

    GRACE_SECONDS = 120.0

    def __init__(self, limit_seconds: float, report: str) -> None:
        self.limit = limit_seconds
        self.report = report
        self.total = 0.0
        self.lock = threading.Lock()
        self.terminated = False

    def install(self) -> None:
        time.sleep = self.sleep

    def sleep(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        with self.lock:
            self.total += float(seconds)
            self.write()
            over = self.total - self.limit
        if over >= self.GRACE_SECONDS:
            os.kill(os.getpid(), signal.SIGKILL)
        if over >= 0 and not self.terminated:
            self.terminated = True
            os.kill(os.getpid(), signal.SIGTERM)
        _real_sleep(0)

    def write(self) -> None:
        with open(self.report, "w", encoding="utf-8") as file:
            file.write(f"{self.total:.3f}")


class Calendar:
    """Lets `datetime.now()` and `time.time()` tell the sandbox's time; it ticks on until it is set again."""

    def __init__(self, epoch_milliseconds: int) -> None:
        self.traveller = None
        try:
            import time_machine
        except ImportError:
            return  # the calendar is a courtesy: without time-machine, code sees the machine's date
        self.traveller = time_machine.travel(epoch_milliseconds / 1000, tick=True).start()

    def move_to(self, epoch_milliseconds: int) -> None:
        if self.traveller is not None:
            self.traveller.move_to(epoch_milliseconds / 1000)
