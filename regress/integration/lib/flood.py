# Many who come and say nothing, or little by little, while others work.
#
#	flood.py CONTROL TCP HTTP TOKEN NETWORK-PID
#
# 10 000 connections are attempted from 250 addresses; meanwhile somebody on
# the control socket, somebody who was let in before and somebody who comes
# new are answered.  Prints what took too long; exits 1 if anything did.
import errno
import os
import resource
import select
import socket
import sys
import time

import planes

ATTEMPTS = 10000
ADDRESSES = 250
BAR_MS = 250           # of the 99th percentile; alone it takes 1 ms
TICK = os.sysconf("SC_CLK_TCK")
PIECES = [b"", b"POST /rpc HTTP/1.1\r\nHost: x\r\n", b'{"jsonrpc"',
          b"GET / HTTP/1.1\r\nX-", b"\x16\x03\x01\x02\x00\x01"]


def cpu(pid):
    with open("/proc/%d/stat" % pid) as f:
        field = f.read().rsplit(")", 1)[1].split()
    return (int(field[11]) + int(field[12])) / TICK


class Flood:
    def __init__(self, ports):
        self.socks, self.ports, self.n, self.refused = [], ports, 0, 0

    def some(self, count):
        for _ in range(count):
            if self.n >= ATTEMPTS:
                return
            s = socket.socket()
            s.setblocking(False)
            try:
                s.bind(("127.8.1.%d" % (1 + self.n % ADDRESSES), 0))
                e = s.connect_ex(("127.0.0.1", self.ports[self.n % 2]))
            except OSError as err:
                e = err.errno
            self.n += 1
            if e not in (0, errno.EINPROGRESS):
                self.refused += 1
                s.close()
                continue
            self.socks.append((s, PIECES[self.n % len(PIECES)]))
        self.talk()

    def talk(self):
        """The newest say the little that they say"""
        for s, piece in self.socks[-200:]:
            try:
                if piece:
                    s.send(piece[:1])
            except OSError:
                pass

    def trim(self, most):
        """So many descriptors there are, and no more"""
        while len(self.socks) > most:
            self.socks.pop(0)[0].close()

    def end(self):
        self.trim(0)


def percentile(times, p):
    times = sorted(times)
    return times[min(len(times) - 1, int(len(times) * p / 100))]


def once(call, times):
    t = time.monotonic()
    code = call()
    times.append(1000 * (time.monotonic() - t))
    if code != 0:
        raise SystemExit("answered %s" % code)


def newcomer(port, token):
    status, code, _ = planes.http_call(port, token, "OmnitronDaemon.ping", {},
                                       source=planes.elsewhere())
    return 0 if status == 200 and code == 0 else status


def measure(flood, calls, times):
    flood.some(100)
    for name, call in calls.items():
        once(call, times[name])
    select.select([], [], [], 0.01)


def main():
    control, tcp, http, token, pid = sys.argv[1:6]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = planes.tcp(int(tcp), token)
    c = planes.unix(control)
    calls = {
        "control": lambda: c.call("OmnitronDaemon.ping", {}),
        "let in before": lambda: held.call("OmnitronDaemon.ping", {}),
        "new": lambda: newcomer(int(http), token),
    }
    times = {name: [] for name in calls}
    flood = Flood([int(tcp), int(http)])
    began = time.monotonic()
    while flood.n < ATTEMPTS:
        measure(flood, calls, times)
        flood.trim(min(hard, 8192) - 200)
    spent = time.monotonic() - began
    busy = cpu(int(pid))
    time.sleep(1)
    idle = cpu(int(pid)) - busy
    flood.end()
    bad = ["%s: p99 %.0f ms" % (name, percentile(t, 99))
           for name, t in times.items() if percentile(t, 99) > BAR_MS]
    if idle > 0.2:
        bad.append("%.0f %% of a CPU while nothing happens" % (100 * idle))
    again = []
    once(calls["new"], again)
    if again[0] > 1000:
        bad.append("afterwards: %.0f ms" % again[0])
    print("\n".join(bad))
    print("%d attempts in %.1f s, %d refused; p99 ms: %s" % (
        flood.n, spent, flood.refused, ", ".join(
            "%s %.1f" % (n, percentile(t, 99)) for n, t in times.items())))
    sys.exit(1 if bad else 0)


main()
