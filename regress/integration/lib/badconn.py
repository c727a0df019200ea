# Bad input on the control socket: sizes, speeds and connections.  Each kind
# is a function that raises Wrong (badclient.py) if something is amiss.
import array
import os
import random
import socket
import threading
import time

from badclient import (INVALID, LIMITED, MIB, PARSE, PING, Client, Wrong,
                       memory, patience, path, request, sanitized)

# ---- sizes and speeds ------------------------------------------------------

def just_fits():
    with Client() as c:
        c.send(PING + b" " * (MIB - len(PING)) + b"\n")
        if "result" not in c.reply():
            raise Wrong("1 MiB is a request")


def one_byte_too_large():
    with Client() as c:
        c.try_send(PING + b" " * (MIB + 1 - len(PING)) + b"\n")
        c.error(INVALID)
        c.closed()


def huge_without_newline():
    for chunk in b"x" * MIB, b"[" * MIB, b"\0" * MIB:
        with Client() as c:
            sent = 0
            while sent < 64 and c.try_send(chunk):
                sent += 1
            if sent == 64:
                raise Wrong("64 MiB were taken")
            c.error(INVALID)
            c.closed()


def unfinished_megabytes():
    clients = [Client() for _ in range(160)]
    try:
        for c in clients:
            c.s.settimeout(2)
            try:
                c.try_send(b'"' + b"x" * (MIB - 2))
            except socket.timeout:
                raise Wrong("not read") from None
        refusals = 0
        for c in clients:
            c.s.settimeout(0.01)
            try:
                line = c.s.recv(4096)
            except (socket.timeout, ConnectionResetError):
                continue
            # A slow build is over their 10 s before.
            refusals += b"-32029" in line or sanitized and b"-32600" in line
        if not refusals:
            raise Wrong("160 MiB of unfinished requests are kept")
        if memory() > 600 * MIB and not sanitized:
            raise Wrong(f"memory is {memory()}")
    finally:
        for c in clients:
            c.s.close()


def byte_by_byte():
    with Client() as c:
        for n in range(len(PING)):
            c.send(PING[n:n + 1])
        c.send(b"\n")
        if "result" not in c.reply():
            raise Wrong("not answered")


def pipelined():
    with Client(30) as c:
        text = b"".join(request("ping", id=n) for n in range(10000))
        sender = threading.Thread(target=c.try_send, args=(text,))
        start = time.monotonic()
        sender.start()
        seen = {c.reply().get("id") for _ in range(10000)}
        sender.join()
        if seen != set(range(10000)):
            raise Wrong(f"{len(seen)} of 10000 answered")
        if time.monotonic() - start > 5 * patience:
            raise Wrong(f"took {time.monotonic() - start:.1f} s")
        c.ping()


def pipelined_garbage():
    with Client(30) as c:
        text = b"".join(b"{bad %d\n" % n for n in range(10000))
        sender = threading.Thread(target=c.try_send, args=(text,))
        sender.start()
        for _ in range(10000):
            c.error(PARSE)
        sender.join()
        c.ping()


def pipelined_work():
    """Slow ones: more than 64 of them wait, and none is lost."""
    with Client(60) as c:
        text = b"".join(request("getLogs", {"name": "lines", "lines": 10}, n)
                        for n in range(1000))
        sender = threading.Thread(target=c.try_send, args=(text,))
        sender.start()
        seen = {c.reply().get("id") for _ in range(1000)}
        sender.join()
        if seen != set(range(1000)):
            raise Wrong(f"{len(seen)} of 1000 answered")
        c.ping()


def deaf(c, seconds=20):
    """Send requests and read nothing, until it is closed."""
    text = request("OmnitronSystem.describe") * 200
    end = time.monotonic() + seconds
    c.s.settimeout(0.5)
    while time.monotonic() < end:
        try:
            c.s.send(text)
        except socket.timeout:
            continue
        except (BrokenPipeError, ConnectionResetError):
            return
    raise Wrong(f"not disconnected after {seconds} s")


def never_reads():
    before = memory()
    with Client() as c:
        deaf(c)
    if memory() > before + 64 * MIB and not sanitized:
        raise Wrong(f"memory went from {before} to {memory()}")


def many_never_read():
    wrong = []

    def one():
        try:
            with Client() as c:
                deaf(c, 40)
        except Wrong as e:
            wrong.append(e)
    threads = [threading.Thread(target=one) for _ in range(30)]
    for t in threads:
        t.start()
    most = 0
    while any(t.is_alive() for t in threads):
        most = max(most, memory())
        time.sleep(0.05)
    if wrong:
        raise Wrong(f"{len(wrong)} times: {wrong[0]}")
    if most > 500 * MIB and not sanitized:
        raise Wrong(f"memory was {most}")


def reads_slowly():
    """It loses nothing, as long as it reads."""
    with Client(30) as c:
        text = request("OmnitronSystem.describe") * 100
        sender = threading.Thread(target=c.try_send, args=(text,))
        sender.start()
        got = 0
        while got < 100:
            part = c.s.recv(65536)
            if not part:
                raise Wrong(f"closed after {got} replies")
            got += part.count(b"\n")
            time.sleep(0.005)
        sender.join()


def too_many_subscriptions():
    with Client() as c:
        for n in range(40):
            c.send(request("OmnitronLogs.streamLogs", {"app": "lines"}, n))
        results = [c.reply() for _ in range(40)]
        codes = [r["error"]["code"] for r in results if "error" in r]
        if len(codes) != 24 or set(codes) != {LIMITED}:
            raise Wrong(f"errors: {codes}")
        c.ping()
    for _ in range(200):
        with Client() as c:
            c.send(request("OmnitronLogs.streamLogs", {"app": "lines",
                                                       "lines": 10000}))


# ---- connections -----------------------------------------------------------

def half_open():
    for text, reply in ((b"", False), (PING[:20], True), (PING, True),
                        (PING + b"\n", True)):
        with Client() as c:
            c.send(text)
            c.s.shutdown(socket.SHUT_WR)
            if reply:
                c.reply()
            c.closed()
    for text in b"", PING + b"\n", (PING + b"\n") * 1000:
        with Client() as c:
            c.s.shutdown(socket.SHUT_RD)
            c.try_send(text)
    clients = [Client() for _ in range(100)]
    for c in clients:
        c.send(PING[:7])
    for c in clients:
        c.s.close()


def connect_and_close():
    for n in range(3000):
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        s.close()


def ask_and_close():
    asked = [PING + b"\n", PING[:9], request("OmnitronSystem.describe"),
             request("getLogs", {"name": "lines", "lines": 10000}),
             request("inspect", {"name": "lines"}), b"{bad\n" * 100,
             request("getConfig"), request("getEnv", {"name": "sleeper"}),
             request("getConfig") * 80]
    for n in range(1500):
        with Client() as c:
            c.send(asked[n % len(asked)])


def many_connections(count, least):
    clients = []
    try:
        for _ in range(count):
            clients.append(Client())
        served = 0
        for c in clients:
            c.try_send(PING + b"\n")
        for c in clients:
            line = c.line()
            served += line is not None and b"result" in line
        if served < least:
            raise Wrong(f"only {served} of {count} served")
    finally:
        for c in clients:
            c.s.close()


def work_and_close():
    """Operations, whose clients are gone when they end"""
    asked = [request("startApp", {"name": "sleeper"}),
             request("reloadConfig", {"dryRun": True}),
             request("signalApp", {"name": "sleeper", "signal": "CONT"}),
             request("setMetricsEnabled", {"enabled": True}),
             request("startAll"), request("reloadConfig", {"dryRun": True}),
             request("startApp", {"name": "lines", "wait": False})]
    for n in range(1500):
        with Client() as c:
            c.send(asked[n % len(asked)] * (n % 9))


def six_hundred():
    many_connections(600, 600)


def more_than_the_limit():
    many_connections(1300, 900)


def storm():
    """Many at once, each something else."""
    def one(seed):
        chance = random.Random(seed)
        bits = [PING, b"\n", PING + b"\n", b"[", b'"', b"\xff", b"{}", b"\r",
                request("list"), request("getConfig"), b"\0",
                request("getLogs", {"name": "lines", "lines": 100})]
        for _ in range(150):
            try:
                with Client(5) as c:
                    for _ in range(chance.randrange(8)):
                        c.send(chance.choice(bits))
                    if chance.random() < 0.3:
                        c.s.settimeout(0.01)
                        c.s.recv(100)
            except OSError:
                pass
    threads = [threading.Thread(target=one, args=(n,)) for n in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def descriptors_sent():
    fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(250)]
    try:
        for _ in range(40):
            with Client() as c:
                c.s.sendmsg([PING + b"\n"], [(
                    socket.SOL_SOCKET, socket.SCM_RIGHTS,
                    array.array("i", fds))])
                if "result" not in c.reply():
                    raise Wrong("not answered")
    finally:
        for fd in fds:
            os.close(fd)


def urgent_data():
    with Client() as c:
        try:
            c.s.send(b"x", socket.MSG_OOB)
        except OSError:
            return                      # this system has none
        c.try_send(PING + b"\n")
        c.reply()


# ---- slow ones, beside all the others --------------------------------------

class Slow(threading.Thread):
    """A byte each 0.2 s: closed when its 10 s are over."""

    def __init__(self):
        super().__init__()
        self.wrong = None

    def run(self):
        start = time.monotonic()
        with Client() as c:
            c.s.settimeout(0.2)
            while time.monotonic() - start < 20:
                try:
                    c.s.send(b" ")
                    got = c.s.recv(4096)
                except socket.timeout:
                    continue
                except (BrokenPipeError, ConnectionResetError):
                    got = b""
                took = time.monotonic() - start
                if b"-32600" not in got:
                    self.wrong = f"got {got!r} after {took:.1f} s"
                elif not 9 < took < 11 + patience:
                    self.wrong = f"closed after {took:.1f} s"
                return
        self.wrong = "never closed"


KINDS = [
    just_fits, one_byte_too_large, huge_without_newline, unfinished_megabytes,
    byte_by_byte, pipelined, pipelined_garbage, pipelined_work, never_reads,
    many_never_read, reads_slowly, too_many_subscriptions, half_open,
    connect_and_close, ask_and_close, work_and_close, six_hundred,
    more_than_the_limit, storm, descriptors_sent, urgent_data,
]
