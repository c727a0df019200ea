"""A daemon in a scratch home, for integration tests in Python.

omni_init of omni.sh has made the folders; main(cases) runs the case named
on the command line with a Daemon, and turns a failure into exit 1.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback

import state

KINDS = ("supervisor", "store", "control", "logger")


class Failed(Exception):
    pass


def until(seconds, condition, what):
    """Wait until it is true; its value."""
    end = time.monotonic() + seconds
    while True:
        try:
            value = condition()
        except (OSError, KeyError, IndexError, ValueError, Failed, Answer):
            value = None
        if value:
            return value
        if time.monotonic() > end:
            raise Failed("after %g s still not so: %s" % (seconds, what))
        time.sleep(0.005)


def check(condition, what):
    if not condition:
        raise Failed(what)


def start_time(pid):
    """The kernel's start time of a living process, else None."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def gone(pid):
    return start_time(pid) is None


def title(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            return f.read().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


class Answer(Exception):
    """An error reply."""

    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.error = error
        self.code = error.get("data", {}).get("code")


class Connection:
    def __init__(self, path, timeout):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.buffer = b""
        self.id = 0

    def send(self, method, params=None):
        self.id += 1
        self.sock.sendall(json.dumps({
            "jsonrpc": "2.0", "id": self.id, "method": method,
            "params": params or {}}).encode() + b"\n")
        return self.id

    def receive(self):
        """The next reply; ConnectionError when the other side closed."""
        while b"\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionResetError("closed")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        reply = json.loads(line)
        if "error" in reply:
            raise Answer(reply["error"])
        return reply["result"]

    def call(self, method, params=None):
        self.send(method, params)
        return self.receive()

    def close(self):
        self.sock.close()


class Daemon:
    def __init__(self):
        build = os.environ["OMNITRON_BUILD"]
        self.home, self.work = sys.argv[2:4]
        self.conf = self.home + "/omnitrond.conf"
        self.socket = self.home + "/daemon.sock"
        self.ctl_path = build + "/omnitronctl"
        self.omnitrond = build + "/omnitrond"
        self.sole = self.work + "/sole"
        self.root = os.geteuid() == 0
        self.statedir = self.home + "/state" if self.root else self.home
        self.state = self.statedir + "/state.json"
        self.reports = self.work + "/reports"
        subprocess.run(["cp", build + "/regress/programs/sole", self.sole],
                       check=True)
        os.chmod(self.sole, 0o755)
        self.apps = []

    def app_user(self):
        """For preexec_fn: become the user of the apps."""
        if self.root:
            import pwd
            user = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)

    def app(self, name, what="stay", more=""):
        """An app of the program `sole`, added to the configuration."""
        self.command(name, '"%s" "%s/%s.lock" "%s" "%s"' % (
            self.sole, self.work, name, self.reports, what), more)

    def command(self, name, command, more=""):
        self.apps.append(name)
        with open(self.conf, "a") as f:
            f.write('app "%s" {\ncommand %s\n%s\n}\n' % (name, command, more))

    def run(self, *args, timeout=60):
        return subprocess.run(
            [self.ctl_path, "-H", self.home] + list(args),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=timeout)

    def up(self):
        done = self.run("up", "-c", self.conf)
        check(done.returncode == 0, "up: exit %d: %s" % (
            done.returncode, done.stdout))
        return self.pid()

    def down(self):
        done = self.run("down")
        check(done.returncode == 0, "down: %s" % done.stdout)

    def pid(self):
        with open(self.home + "/daemon.pid") as f:
            return int(f.readline())

    def connect(self, timeout=20):
        return Connection(self.socket, timeout)

    def call(self, method, params=None, timeout=20):
        c = self.connect(timeout)
        try:
            return c.call("OmnitronDaemon." + method, params)
        finally:
            c.close()

    def info(self, name):
        return self.call("getApp", {"name": name})

    def is_status(self, name, status):
        return self.info(name)["status"] == status

    def wait_status(self, name, status, seconds=20):
        until(seconds, lambda: self.is_status(name, status),
              "%s is %s" % (name, status))

    def wait_online(self):
        for name in self.apps:
            self.wait_status(name, "online")

    def children(self, parent=None):
        """The daemon's own processes, kind to pid."""
        parent = parent or self.pid()
        with open("/proc/%d/task/%d/children" % (parent, parent)) as f:
            pids = [int(p) for p in f.read().split()]
        found = {}
        for pid in pids:
            t = title(pid)
            if t.startswith("omnitrond: ") and not gone(pid):
                found[t.split()[1]] = pid
        return found

    def all_there(self):
        return set(KINDS) <= set(self.children())

    def identity(self, *names):
        """(pid, start time) of each app."""
        got = {}
        for name in names or self.apps:
            pid = self.info(name)["pid"]
            got[name] = (pid, start_time(pid) if pid else None)
        return got

    def kill_kind(self, kind):
        """SIGKILL; seconds until its successor is a child of the parent."""
        parent = self.pid()
        old = self.children(parent)[kind]
        begin = time.monotonic()
        os.kill(old, signal.SIGKILL)
        until(10, lambda: self.children(parent).get(kind, old) != old,
              "%s is back" % kind)
        return time.monotonic() - begin

    def kill_parent(self):
        """SIGKILL; returns when it and its processes are gone."""
        parent = self.pid()
        others = self.children(parent)
        os.kill(parent, signal.SIGKILL)
        until(10, lambda: gone(parent), "the parent is gone")
        for kind, pid in others.items():
            until(10, lambda: gone(pid), "%s ends after its parent" % kind)
        return parent

    def recorded(self, name):
        """Wait until the process it has now is on disk."""
        def is_recorded():
            pid = self.info(name)["pid"]
            processes = state.app(state.load(self.state), name)["processes"]
            return pid and pid in [p["pid"] for p in processes]
        until(10, is_recorded, "%s is recorded as it is" % name)

    def log(self, name):
        with open("%s/logs/%s.log" % (self.home, name), errors="replace") as f:
            return f.read()

    def no_reports(self):
        if os.path.exists(self.reports):
            with open(self.reports) as f:
                raise Failed("ran twice at a time: %s" % f.read())


def main(cases):
    daemon = Daemon()
    try:
        cases[sys.argv[1]](daemon)
        daemon.no_reports()
    except Exception as e:      # whatever it is, the test has failed
        if not isinstance(e, Failed):
            traceback.print_exc()
        print("FAILED: %s" % e, file=sys.stderr)
        print(daemon.run("list").stdout, file=sys.stderr)
        for name in ("/logs/omnitrond.log", "/omnitrond.log"):
            if os.path.exists(daemon.home + name):
                with open(daemon.home + name, errors="replace") as f:
                    print("".join(f.readlines()[-60:]), file=sys.stderr)
        sys.exit(1)
