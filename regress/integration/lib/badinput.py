# Bad input on the control socket.  Each kind is a row of KINDS; while one is
# at work and after it another client's ping is answered within a second and
# the control process is the same; at the end it holds no more descriptors
# and hardly more memory than before.
#
#	badinput.py SOCKET PID SECONDS [KIND...]
#
# PID is the control process; SECONDS bounds what other clients wait (more
# than 1 for slow builds).  The daemon needs an app "sleeper" that runs and
# an app "lines" with a long log.
import resource
import sys
import threading
import time

sys.dont_write_bytecode = True

import badconn  # noqa: E402
import badtext  # noqa: E402
from badclient import (MIB, Client, Wrong, born, descriptors,  # noqa: E402
                       memory, patience, sanitized)


class Watcher(threading.Thread):
    """Another client, that pings all the time."""

    def __init__(self, evicted):
        super().__init__(daemon=True)
        self.evicted = evicted      # at the limit it may have to come again
        self.worst = 0.0
        self.wrong = None
        self.ended = False

    def pings(self):
        with Client() as c:
            while not self.ended:
                start = time.monotonic()
                c.ping()
                self.worst = max(self.worst, time.monotonic() - start)
                time.sleep(0.02)

    def run(self):
        while not self.ended:
            try:
                self.pings()
            except (Wrong, OSError) as e:
                if not self.evicted or "silence" in str(e):
                    self.wrong = f"a client that pings: {e}"
                    return


KINDS = badtext.KINDS + badconn.KINDS


def attempt(kind, birth):
    watcher = Watcher(kind == badconn.more_than_the_limit)
    watcher.start()
    start = time.monotonic()
    wrong = None
    try:
        kind()
    except Exception as e:
        wrong = f"{type(e).__name__}: {e}"
    watcher.ended = True
    watcher.join(30)
    wrong = wrong or watcher.wrong
    if not wrong and watcher.worst > patience:
        wrong = f"another client waited {watcher.worst:.2f} s"
    try:
        with Client(patience) as c:     # one that comes now
            c.ping()
        if born() != birth:
            wrong = "the control process died"
    except (Wrong, OSError) as e:
        wrong = f"afterwards: {e} (before: {wrong})"
    print(f"{kind.__name__:26} {time.monotonic() - start:6.2f} s  "
          f"worst ping {watcher.worst * 1000:5.0f} ms  "
          f"{memory() >> 10:7} KiB  {wrong or 'ok'}", flush=True)
    if born() != birth:
        sys.exit(f"{kind.__name__}: the control process died")
    return wrong


# What makes it allocate most.
AGAIN = ("ask_and_close", "unknown_methods", "pipelined_work", "never_reads",
         "too_many_subscriptions", "half_open", "storm")
KEPT = 32 * MIB         # by malloc, of what it gave back
GROWN = 24 * MIB        # by the same a second time


def settle(fds):
    """Closed connections, and what they asked for, take a moment."""
    end = time.monotonic() + 20
    last = -1
    while time.monotonic() < end:
        if descriptors() <= fds and memory() == last:
            return
        last = memory()
        time.sleep(0.25)


def leaks(fds, rss, birth):
    """Back to what it was, and no more when it is all done again?"""
    settle(fds)
    first = memory()
    if not sanitized and first > rss + KEPT:
        yield f"memory {first}, and before {rss}"
    for kind in KINDS:
        if kind.__name__ in AGAIN and attempt(kind, birth):
            yield f"{kind.__name__} again"
    settle(fds)
    if descriptors() > fds:
        yield f"{descriptors()} descriptors, and before {fds}"
    if not sanitized and memory() > first + GROWN:
        yield f"memory {memory()} when done again, and before {first}"


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(
        resource.RLIMIT_NOFILE)[1]))
    wanted = sys.argv[4:]
    with Client() as c:
        c.ping()
    time.sleep(0.1)
    fds, rss, birth = descriptors(), memory(), born()
    slow = badconn.Slow()
    slow.start()
    # At the limit of connections an idle one makes room: not this one.
    last = badconn.more_than_the_limit
    wrong = [k.__name__ for k in KINDS if k != last
             for _ in range(wanted.count(k.__name__) if wanted else 1)
             if attempt(k, birth)]
    slow.join()
    if slow.wrong:
        wrong.append("a byte each 0.2 s: " + slow.wrong)
    if not wanted or last.__name__ in wanted:
        if attempt(last, birth):
            wrong.append(last.__name__)
    if not wanted:
        wrong.extend(leaks(fds, rss, birth))
    print(f"{len(KINDS) + 1} kinds; memory {rss >> 10} KiB before and "
          f"{memory() >> 10} KiB after")
    if wrong:
        print("wrong: " + "; ".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
