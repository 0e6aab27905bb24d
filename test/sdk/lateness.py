"""What a process's owner thread could not do in time for no fault of its own: the disk was slow, the cores were taken.

    with Lateness(process.pid, tmp_path) as lateness:
        ...
        allowed = lateness.sync_s(0.5), lateness.wait_s(0.5)

Beside the process a thread syncs a small file on the same disk again and again, and reads how long the kernel let the thread
"opik-owner" of that process wait for a core (/proc/PID/task/TID/schedstat).
"""
import os
import pathlib
import threading
import time

PAUSE_S = 0.01


class Lateness:
    def __init__(self, pid, folder):
        self.tasks = pathlib.Path(f"/proc/{pid}/task")
        self.file = os.open(folder / "probe", os.O_WRONLY | os.O_CREAT, 0o600)
        self.syncs = []  # (end, duration)
        self.waits = []  # (when, seconds since the thread began)
        self.began = time.monotonic()  # of the sync that is on its way
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        os.close(self.file)

    def run(self):
        owner = None
        n = 0
        while not self.over.is_set():
            self.began = begin = time.monotonic()
            os.pwrite(self.file, b"x" * 4096, n % 64 * 4096)
            os.fdatasync(self.file)
            end = time.monotonic()
            self.syncs.append((end, end - begin))
            n += 1
            try:
                owner = owner or next(task for task in self.tasks.iterdir() if (task / "comm").read_text().strip() == "opik-owner")
                self.waits.append((end, int((owner / "schedstat").read_text().split()[1]) / 1e9))
            except (OSError, StopIteration):
                pass
            time.sleep(PAUSE_S)

    def sync_s(self, window_s):
        """The longest sync that ended within the window before now, or is on its way."""
        now = time.monotonic()
        return max([now - self.began, *(took for end, took in self.syncs if end > now - window_s)])

    def wait_s(self, window_s):
        """How long the owner thread waited for a core within the window before now."""
        now = time.monotonic()
        before = [waited for when, waited in self.waits if when <= now - window_s]
        return self.waits[-1][1] - (before[-1] if before else 0) if self.waits else 0
