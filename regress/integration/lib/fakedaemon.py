#!/usr/bin/env python3
"""A daemon that is none: answers JSON-RPC lines on HOME/daemon.sock.

usage: fakedaemon.py [-d] [--tcp | --tls CERT KEY [--client-ca FILE]] HOME

With --tcp or --tls it also listens on a port of 127.0.0.1, which is then in
HOME/port, and there first wants a token: "tok.ROLE.good".  It returns 0 when the socket listens and goes on in the background (-d: in
the foreground), its pid in HOME/fake.pid and, with a true signature, in
HOME/daemon.pid.  For tests of omnitronctl alone.
"""
import argparse
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time

SERVICE = "OmnitronDaemon."
NOW = 1700000000000
LOCK = threading.Lock()
STREAMS = []            # (connection, subscription, app)
EVENTS = []             # (connection, subscription, channels)
CONNECTIONS = []


def app(name, **more):
    a = {
        "name": name, "pid": 4000 + len(APPS), "status": "online",
        "cpu": 3.25, "memory": 92379545, "uptime": 8040000, "restarts": 0,
        "instances": 1, "port": None, "mode": "classic", "critical": False,
        "health": "healthy", "intent": "run", "processes": [],
    }
    a.update(more)
    if not a["processes"] and a["pid"]:
        a["processes"] = [dict(
            name=name, instance=0, pid=a["pid"], status=a["status"],
            cpu=a["cpu"], memory=a["memory"], uptime=a["uptime"],
            restarts=a["restarts"])]
    APPS[name] = a


def off(**more):
    return dict(pid=None, cpu=0, memory=0, uptime=0, health=None, **more)


APPS = {}
app("api", instances=3, pid=41211)
app("shop", mode="bootstrap", instances=4, restarts=1, pid=41230, processes=[
    dict(name="http", instance=0, pid=41230, status="online", cpu=0.2,
         memory=13002342, uptime=8040000, restarts=0),
    dict(name="worker", instance=0, pid=41231, status="online", cpu=0.1,
         memory=9000000, uptime=7980000, restarts=1),
    dict(name="worker", instance=1, pid=41232, status="online", cpu=0.1,
         memory=10503513, uptime=7980000, restarts=0)])
app("mailer", status="errored", restarts=4, reason="exit 1",
    retryAt=int(time.time() * 1000) + 7500, **off())
app("web-1")
app("web-2")
app("bad", status="crashed", reason="exit 3", **off())
app("held", status="stopped", reason="waiting for db", **off())
app("db")
app("slow", status="stopped", intent="stop", **off())
app("stubborn")
app("evil", reason="\x1b[2J\u009bclear")


class Fault(Exception):
    def __init__(self, number, message, **data):
        super().__init__(message)
        self.error = {"code": number, "message": message, "data": data}


def named(params):
    name = params.get("name")
    if not isinstance(name, str):
        raise Fault(-32602, "parameter 'name' is missing", code="INVALID")
    if name not in APPS:
        raise Fault(-32004, "app '%s' not found; did you mean 'api'?" % name,
                    code="NOT_FOUND", name=name)
    return APPS[name]


def start(params):
    a = named(params)
    if a["name"] == "bad":
        raise Fault(-32010, "cannot start bad: exec: No such file or directory",
                    code="FAILED")
    if a["name"] == "slow" and params.get("wait", True):
        time.sleep(3)
    a.update(status="online", pid=a["pid"] or 5000, health="healthy")
    a.pop("reason", None)
    a.pop("retryAt", None)
    return a


def stop(params):
    a = named(params)
    if params.get("timeout", 1) < 1 or (params.get("force") and
                                        "timeout" in params):
        raise Fault(-32602, "timeout: expected duration")
    if a["name"] == "db" and not params.get("dependants"):
        raise Fault(-32009, "app 'db' is needed by 'held'", code="CONFLICT",
                    dependants=["held"])
    if a["name"] == "slow":
        time.sleep(3)
    a.update(status="stopped", **off())
    return {"success": True, "killed": a["name"] == "stubborn",
            "persisted": True}


def scale(params):
    a = named(params)
    a["instances"] = params["instances"]
    return a


def entry(i, name, level="info", message=None):
    return {"timestamp": NOW + i, "app": name, "process": name, "pid": 7,
            "stream": "stdout", "level": level,
            "message": message or "line %d of %s" % (i, name)}


def logs(params):
    names = [params["name"]] if "name" in params else ["api", "shop"]
    if "name" in params:
        named(params)
    out = []
    for i in range(200):
        for name in names:
            out.append(entry(2 * i + (name == "shop"), name,
                             "error" if i % 10 == 0 else "info"))
    if params.get("name") == "evil":
        out.append(entry(999, "evil", "warn", "a\x1b[2Jb\nc\u009bd"))
    if params.get("level") == "error":
        out = [e for e in out if e["level"] == "error"]
    if "since" in params:
        out = [e for e in out if e["timestamp"] >= params["since"]]
    lines = params.get("lines", 100)
    if not 1 <= lines <= 10000:
        raise Fault(-32602, "lines: expected int from 1 to 10000")
    return out[-lines:]


def inspect(params):
    a = named(params)
    return {"name": a["name"], "pid": a["pid"], "status": a["status"],
            "memory": {"rss": 92379545}, "uptime": 8040000, "restarts": 2,
            "services": [], "children": [
                {"name": a["name"], "instance": 0, "pid": 4242,
                 "status": "online", "uptimeSeconds": 75, "rss": 1048576,
                 "restarts": 2},
                {"name": a["name"], "instance": 1, "pid": None,
                 "status": "errored", "uptimeSeconds": 0, "rss": 0,
                 "restarts": 0}],
            "logPaths": {"app": "/nowhere/logs/%s.log" % a["name"]},
            "config": {"command": ["/bin/api", "-x"], "stopTimeout": 10000,
                       "envFile": "/srv/x.env" if a["name"] == "api"
                       else None},
            "lastExit": {"atIso": "2026-11-23T00:39:04.123Z", "code": 1,
                         "signal": None, "expected": False,
                         "stderrTail": ["first", "last \x1b[2Jwords"]}}


def status(params):
    return {"version": "0.1.0", "pid": os.getpid(), "uptime": 8040000,
            "apps": list(APPS.values()), "totalCpu": 3.6,
            "totalMemory": 123456789, "role": "master",
            "degraded": ["state cannot be written: No space left"],
            "cgroup": None,
            "processes": [
                {"kind": "parent", "pid": os.getpid(), "memory": 1500000,
                 "restarts": 0, "sandbox": "full"},
                {"kind": "logger", "pid": 4711, "memory": 900000,
                 "restarts": 2, "sandbox": "partial: no landlock"}]}


def health(params):
    names = [named(params)["name"]] if "name" in params else list(APPS)
    apps = {}
    for n in names:
        s = APPS[n]["health"] or "unhealthy"
        apps[n] = {"status": s, "checks": [
            {"name": "process", "status": "pass" if s == "healthy" else "fail",
             "message": APPS[n]["status"]}]}
    ok = all(a["status"] == "healthy" for a in apps.values())
    return {"timestamp": NOW, "overall": "healthy" if ok else "unhealthy",
            "apps": apps}


def describe(params):
    one = {"name": SERVICE + "getApp", "role": "viewer", "result": "ProcessInfo",
           "text": "One app.", "params": [
               {"name": "name", "type": "name", "required": True},
               {"name": "n", "type": "int", "required": False, "default": 3}]}
    return one if "method" in params else {"version": "0.1.0", "methods": [one]}


METHODS = {
    "ping": lambda p: {"uptime": 1000, "version": "0.1.0", "pid": os.getpid()},
    "list": lambda p: list(APPS.values()),
    "getApp": named,
    "status": status,
    "startApp": start,
    "restartApp": start,
    "reloadApp": start,
    "stopApp": stop,
    "startAll": lambda p: list(APPS.values()),
    "restartAll": lambda p: list(APPS.values()),
    "stopAll": lambda p: {"count": len(APPS)},
    "scale": scale,
    "signalApp": lambda p: named(p) and {"success": True},
    "getLogs": logs,
    "inspect": inspect,
    "getHealth": health,
    "getMetrics": lambda p: {
        "timestamp": NOW, "apps": {n: {"cpu": a["cpu"], "memory": a["memory"]}
                                   for n, a in APPS.items()},
        "totals": {"cpu": 6.5, "memory": 1000000}},
    "getEnv": lambda p: named(p) and {"PORT": "3001", "KEY": "<secret:k>"},
    "getConfig": lambda p: {"home": "/x", "logDir": "/nowhere/logs", "apps": [{"name": "api"}]},
    "getDependencyGraph": lambda p: {
        "nodes": [{"id": "app:held", "label": "held", "type": "app"},
                  {"id": "app:db", "label": "db", "type": "app"}],
        "edges": [{"from": "app:held", "to": "app:db", "type": "depends-on"}]},
}


WATCHED = [{"name": "api", "directory": "/srv/api", "pid": 7, "folders": 3},
           {"name": "shop", "process": "http", "directory": "/srv/shop",
            "pid": None, "folders": 0, "error": "there is no such folder"}]


def enable_watch(params):
    for name in params.get("apps", []):
        named({"name": name})
    return {"watching": WATCHED}


METHODS["enableWatch"] = enable_watch
METHODS["disableWatch"] = lambda p: {"success": True}
METHODS["getWatchStatus"] = lambda p: {"enabled": True, "apps": WATCHED}


def reload(params):
    if os.path.exists(os.path.join(HOME, "invalid")):
        raise Fault(-32010, "omnitrond.conf:3: syntax error", code="FAILED")
    return {"success": True, "changed": [
        {"name": "api", "restart": True, "fields": "env", "changes": [
            {"fields": "env", "action": "reload"}]}], "added": ["new"],
            "removed": []}


def execute(params):
    if set(params) - {"name", "service", "method", "args", "timeout"}:
        raise Fault(-32602, "unknown parameter", code="INVALID")
    named(params)
    if params["service"] != "greeter":
        raise Fault(-32601, "app 'api' has no service '%s'; it has: greeter"
                    % params["service"], code="METHOD_NOT_FOUND")
    if params["method"] == "fail":
        raise Fault(-32010, "as you wished", code="FAILED")
    if params["method"] == "slow":
        raise Fault(-32008, "timed out after %d ms" % params["timeout"],
                    code="TIMEOUT")
    return params["args"]


def forbidden(params):
    raise Fault(-32003, "not permitted", code="FORBIDDEN")


def drop(params):
    """Close all connections as a restart would, and write two lines."""
    with LOCK:
        for c in CONNECTIONS:
            try:
                c.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
    return {}


SECRETS = {}
REVOKED = []


def key(params):
    if params["key"] not in SECRETS:
        raise Fault(-32004, "there is no secret '%s'" % params["key"],
                    code="NOT_FOUND", key=params["key"])
    return params["key"]


def secret_set(params):
    SECRETS[params["key"]] = params["value"]
    return {"success": True}


def secret_delete(params):
    del SECRETS[key(params)]
    return {"success": True}


def role_of(token):
    parts = token.split(".")
    if len(parts) == 3 and parts[0] == "tok" and parts[2] == "good" and \
            parts[1] in ("viewer", "operator", "admin") and \
            token not in REVOKED:
        return parts[1]
    return None


def validate(params):
    role = role_of(params["token"])
    if role is None:
        return {"valid": False}
    return {"valid": True, "role": role, "subject": "someone",
            "expires": NOW}


def issue(params):
    if params["role"] not in ("viewer", "operator", "admin"):
        raise Fault(-32602, "role: expected viewer, operator or admin",
                    code="INVALID_PARAMS")
    return {"token": "tok.%s.good" % params["role"], "jti": "j-1",
            "expiresAt": NOW + params["ttl"], "kid": params["subject"]}


def revoke(params):
    REVOKED.append(params["jti"])
    write("revoked", json.dumps(params))
    return {"success": True}


def test_access(params):
    write("asked", json.dumps(params))
    if params["method"] == "OmnitronDaemon.restartApp" and \
            params.get("name") == "api":
        return {"allowed": True, "rule": 'allow user "alice" operate "api"'}
    if params["method"] == "OmnitronDaemon.ping":
        return {"allowed": True, "rule": None}
    return {"allowed": False, "rule": None}


def counted(params):
    return {"success": True, "count": len(SECRETS)}


def reset(params):
    SECRETS.clear()
    return {"success": True, "moved": "secrets.enc.damaged"}


OTHERS = {
    "OmnitronSecrets.get": lambda p: {"key": key(p),
                                      "value": SECRETS[key(p)]},
    "OmnitronSecrets.set": secret_set,
    "OmnitronSecrets.delete": secret_delete,
    "OmnitronSecrets.list": lambda p: [
        {"key": k, "updatedAt": NOW} for k in sorted(SECRETS)],
    "OmnitronSecrets.rekey": counted,
    "OmnitronSecrets.reset": reset,
    "OmnitronAuth.validateToken": validate,
    "OmnitronAuth.issue": issue,
    "OmnitronAuth.revoke": revoke,
}
METHODS["testAccess"] = test_access
METHODS["reloadConfig"] = reload
METHODS["exec"] = execute
METHODS["setMetricsEnabled"] = forbidden


class Connection(threading.Thread):
    def __init__(self, sock, role="admin"):
        super().__init__(daemon=True)
        self.sock = sock
        self.role = role        # None: not authenticated yet
        self.lock = threading.Lock()

    def send(self, message):
        message["jsonrpc"] = "2.0"
        data = (json.dumps(message) + "\n").encode()
        with self.lock:
            try:
                self.sock.sendall(data)
            except OSError:
                pass

    def stream(self, params):
        name = params.get("app")
        if name is not None:
            named({"name": name})
        sub = len(STREAMS) + 1
        with LOCK:
            STREAMS.append((self, sub, name))
        n = params.get("lines", 0)
        return {"subscription": sub}, [
            entry(i, name or "api") for i in range(n)]

    def authenticate(self, params):
        self.role = role_of(params["token"])
        if self.role is None:
            raise Fault(-32001, "the token is not valid", code="UNAUTHORIZED")
        return {"success": True, "role": self.role, "subject": "someone"}

    def subscribe(self, params):
        sub = len(EVENTS) + 1000
        with LOCK:
            EVENTS.append((self, sub, params.get("channels", ["*"])))
        return {"subscription": sub}

    def answer(self, request):
        method = request["method"]
        params = request.get("params", {})
        extra, sub = [], 0
        reply = {"id": request["id"]}
        try:
            if method == "OmnitronAuth.authenticate":
                reply["result"] = self.authenticate(params)
            elif self.role is None and method != SERVICE + "ping":
                raise Fault(-32001, "authenticate first", code="UNAUTHORIZED")
            elif method == "OmnitronAuth.whoami":
                reply["result"] = {"role": self.role, "plane": "control",
                                   "subject": "someone"}
            elif method in OTHERS and self.role != "admin":
                raise Fault(-32003, "that needs the role admin",
                            code="FORBIDDEN")
            elif method in OTHERS:
                reply["result"] = OTHERS[method](params)
            elif method == "OmnitronEvents.subscribe":
                reply["result"] = self.subscribe(params)
            elif method == "Test.event":
                with LOCK:
                    for c, s, channels in EVENTS:
                        if "*" in channels or params["channel"] in channels:
                            c.send({"method": "OmnitronEvents.event",
                                    "params": {
                                        "subscription": s,
                                        "event": dict(params,
                                                      timestamp=NOW)}})
                reply["result"] = {}
            elif method == "OmnitronLogs.streamLogs":
                reply["result"], extra = self.stream(params)
                sub = reply["result"]["subscription"]
            elif method == "OmnitronSystem.describe":
                reply["result"] = describe(params)
            elif method == "Test.drop":
                reply["result"] = drop(params)
            elif method == "Test.say":
                with LOCK:
                    for c, s, n in STREAMS:
                        c.send(note(s, entry(params["at"], n or "api")))
                reply["result"] = {}
            elif method == SERVICE + "shutdown":
                self.shutdown(reply, params)
                return
            elif method.startswith(SERVICE) and \
                    method[len(SERVICE):] in METHODS:
                reply["result"] = METHODS[method[len(SERVICE):]](params)
            else:
                raise Fault(-32601, "method '%s' not found" % method)
        except Fault as fault:
            reply["error"] = fault.error
        except (KeyError, TypeError, ValueError) as why:
            reply["error"] = {"code": -32603, "message": repr(why)}
        self.send(reply)
        for e in extra:
            self.send(note(sub, e))

    def shutdown(self, reply, params):
        if os.path.exists(os.path.join(HOME, "lingers")) and \
                not params.get("force"):
            time.sleep(30)
        reply["result"] = {"success": True, "killed": ["stubborn"]}
        self.send(reply)
        leave()

    def run(self):
        with LOCK:
            CONNECTIONS.append(self.sock)
        try:
            for line in self.sock.makefile("rb"):
                request = json.loads(line)
                threading.Thread(target=self.answer, args=(request,),
                                 daemon=True).start()
        except OSError:
            pass
        self.sock.close()


def note(sub, e):
    return {"method": "OmnitronLogs.entry",
            "params": {"subscription": sub, "entry": e}}


def leave(*_):
    for name in ("daemon.sock", "daemon.pid", "fake.pid"):
        try:
            os.unlink(os.path.join(HOME, name))
        except OSError:
            pass
    os._exit(0)


def signature(pid):
    """The text of daemon.pid (common/pidfile.h)."""
    stat = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    boot = open("/proc/sys/kernel/random/boot_id").read().strip()
    try:
        fd = os.pidfd_open(pid)
        inode = os.fstat(fd).st_ino
        os.close(fd)
    except (OSError, AttributeError):
        inode = 0
    return "%d\n%s\n%s\n%d\n%s\n%s\n" % (
        pid, stat[19], boot, inode, os.path.realpath(sys.executable), "0.1.0")


def write(name, text):
    path = os.path.join(HOME, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
              "w") as f:
        f.write(text)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("-d", action="store_true")
    parser.add_argument("--tcp", action="store_true")
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--client-ca")
    parser.add_argument("home")
    return parser.parse_args()


def secured(raw, context):
    """Each handshake in a thread of its own: a client may be slow."""
    try:
        if context is not None:
            raw = context.wrap_socket(raw, server_side=True)
        Connection(raw, None).start()
    except OSError:
        raw.close()


def far(args, listener):
    context = None
    if args.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*args.tls)
        if args.client_ca:
            context.load_verify_locations(args.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    while True:
        raw = listener.accept()[0]
        threading.Thread(target=secured, args=(raw, context),
                         daemon=True).start()


def far_listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port = 0
    try:
        port = int(open(os.path.join(HOME, "port")).read())
    except OSError:
        pass
    listener.bind(("127.0.0.1", port))      # the same again, if it was before
    listener.listen(64)
    write("port", "%d" % listener.getsockname()[1])
    return listener


def main():
    global HOME
    args = arguments()
    HOME = os.path.abspath(args.home)
    os.makedirs(HOME, 0o700, exist_ok=True)
    path = os.path.join(HOME, "daemon.sock")
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    os.umask(0o077)
    listener.bind(path)
    listener.listen(64)
    remote = far_listen() if args.tcp or args.tls else None
    if not args.d and os.fork() > 0:
        os._exit(0)
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    if not args.d:
        for fd in (0, 1, 2):
            os.dup2(null, fd)
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGUSR1,
                  lambda *_: write("reopened", "yes\n"))
    if remote:
        threading.Thread(target=far, args=(args, remote),
                         daemon=True).start()
    write("fake.pid", "%d\n" % os.getpid())
    write("daemon.pid", signature(os.getpid()))
    while True:
        try:
            Connection(listener.accept()[0]).start()
        except InterruptedError:
            pass


if __name__ == "__main__":
    main()
