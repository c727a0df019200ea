#!/usr/bin/env python3
"""Cases of notify_test: omnitrond -d under a service manager."""
import os
import signal
import socket
import subprocess

from daemon import check, gone, main, until


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, d, abstract=False):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = d.work + "/notify"
        self.sock.bind("\0" + path if abstract else path)
        self.env = dict(os.environ, NOTIFY_SOCKET="@" + path if abstract
                        else path)
        self.d = d
        self.process = None

    def start(self):
        self.output = open(self.d.work + "/output", "w+b")
        self.process = subprocess.Popen(
            [self.d.omnitrond, "-d", "-H", self.d.home, "-c", self.d.conf],
            env=self.env, stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=self.output)

    def next(self, seconds=10):
        """The state that comes next."""
        self.sock.settimeout(seconds)
        return self.sock.recv(4096).decode().split("\n")[0]

    def nothing(self):
        self.sock.setblocking(False)
        try:
            return self.sock.recv(4096).decode()
        except BlockingIOError:
            return None

    def wait(self, seconds=20):
        return self.process.wait(seconds)

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def life(d, sig=signal.SIGTERM, abstract=False):
    d.app("a")
    m = Manager(d, abstract)
    m.start()
    try:
        check(m.next() == "READY=1", "READY=1 comes first")
        # it is ready: no retry is needed from now on
        check(d.call("ping")["pid"] == m.process.pid, "ping when ready")
        check(d.pid() == m.process.pid, "the lock when ready")
        check(d.all_there(), "all processes when ready")
        d.wait_online()
        pid = d.info("a")["pid"]
        os.kill(m.process.pid, signal.SIGHUP)
        check(m.next() == "RELOADING=1", "RELOADING=1")
        check(m.next() == "READY=1", "READY=1 after the reload")
        with open(d.conf, "a") as f:
            f.write("nonsense\n")
        os.kill(m.process.pid, signal.SIGHUP)
        until(10, lambda: "not reloaded" in d.log("omnitrond"),
              "the bad file is reported")
        check(m.nothing() is None, "a bad file changes nothing")
        check(d.info("a")["pid"] == pid, "the app noticed a bad file")
        # a death of one of its processes is none of the manager's business
        d.kill_kind("control")
        until(10, lambda: d.call("ping"), "control is back")
        check(m.nothing() is None, "something was said")
        os.kill(m.process.pid, sig)
        check(m.next() == "STOPPING=1", "STOPPING=1")
        check(m.wait() == 0, "exit %s" % m.process.returncode)
        check(gone(pid), "the app runs on")
        for name in ("daemon.pid", "daemon.sock"):
            check(not os.path.exists(d.home + "/" + name), name + " is left")
    finally:
        m.end()


def interrupt(d):
    life(d, signal.SIGINT)


def abstract(d):
    life(d, signal.SIGTERM, True)


def failure(d):
    """It never says READY=1 when it does not start."""
    d.app("a")
    with open(d.home + "/logs", "w"):
        pass
    m = Manager(d)
    m.start()
    try:
        check(m.wait() == 1, "exit %s" % m.process.returncode)
        check(m.nothing() is None, "something was said")
        os.unlink(d.home + "/logs")
        with open(d.conf, "a") as f:
            f.write("nonsense\n")
        m.start()
        check(m.wait() == 7, "exit %s" % m.process.returncode)
        check(m.nothing() is None, "something was said")
    finally:
        m.end()


def restarted(d):
    """The manager starts it again after a kill: apps are adopted."""
    d.app("a")
    m = Manager(d)
    m.start()
    try:
        check(m.next() == "READY=1", "READY=1")
        d.wait_online()
        d.recorded("a")
        before = d.identity()
        d.kill_parent()
        check(m.wait() == -signal.SIGKILL, "killed")
        m.start()
        check(m.next() == "READY=1", "READY=1 again")
        d.wait_online()
        check(d.identity() == before, "not adopted")
        os.kill(m.process.pid, signal.SIGTERM)
        check(m.wait() == 0, "exit %s" % m.process.returncode)
    finally:
        m.end()


main({f.__name__: f for f in (life, interrupt, abstract, failure,
                              restarted)})
