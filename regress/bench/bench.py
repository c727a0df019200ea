#!/usr/bin/env python3
"""Measures the build in build/ (or $OMNITRON_BUILD): python3 regress/bench/bench.py [case...]

Cases: lines, ldd, pss, idle, restart, ping, jwt, network, exec, beats, start (and stop).  Each prints what it measured; none is a test, since machines are noisy.
The daemon runs in a scratch home below the build folder; as root its apps run as nobody.
"""
import glob, json, os, re, shutil, signal, socket, ssl, statistics, subprocess, sys, tempfile, time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("OMNITRON_BUILD", TOP + "/build"))
STAMP = BUILD + "/regress/bench/stamp"
REF = BUILD + "/regress/bench/ref"
SD = """import os, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ["NOTIFY_SOCKET"])
while True:
    s.send(b"READY=1\\nWATCHDOG=1")
    time.sleep(0.1)
"""
ECHO = """import json, os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ["OMNITRON_CHANNEL"])
f = s.makefile("rwb")
def say(**m):
    f.write(json.dumps(dict(jsonrpc="2.0", **m)).encode() + b"\\n")
    f.flush()
say(method="register", params={"services": [{"name": "e", "version": "1", "methods": ["echo"]}]})
say(method="ready")
for line in f:
    m = json.loads(line)
    say(id=m["id"], result=m["params"].get("args"))
"""
USER = 'user "nobody"' if os.geteuid() == 0 else ""


class Daemon:
    def __init__(self, apps, extra="", command=None, top=""):
        self.home = tempfile.mkdtemp(prefix="bench.", dir=BUILD)
        os.chmod(self.home, 0o711)
        self.work = tempfile.mkdtemp(prefix="omnitron-bench.", dir="/tmp")
        os.chmod(self.work, 0o777)
        self.fifo = self.work + "/fifo"
        os.mkfifo(self.fifo)
        os.chmod(self.fifo, 0o666)
        self.fd = os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK)
        self.stamp = self.work + "/stamp"
        shutil.copy(STAMP, self.stamp)
        os.chmod(self.stamp, 0o755)
        self.names = ["app%04d" % i for i in range(apps)]
        command = command or '"%s" "%s"' % (self.stamp, self.fifo)
        with open(self.home + "/omnitrond.conf", "w") as f:
            f.write(top + "\n")
            f.write('default { %s initial 0s max-restarts 64 window 1s directory "/" %s }\n' % (USER, extra))
            for n in self.names:
                f.write('app "%s" { command %s }\n' % (n, command))
        os.chmod(self.home + "/omnitrond.conf", 0o600)

    def up(self):
        # The daemon itself: `omnitronctl up` waits for the apps to settle.
        subprocess.run([BUILD + "/omnitrond", "-H", self.home, "-c", self.home + "/omnitrond.conf"], check=True)

    def ctl(self, *args):
        return subprocess.run([BUILD + "/omnitronctl", "-H", self.home, *args], capture_output=True, text=True).stdout

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.home + "/daemon.sock")
        return s

    def stamps(self, n, timeout=30):
        """n stamps (clock_gettime(CLOCK_MONOTONIC) in ns, pid) that instances wrote at their first instruction."""
        out, buf, end = [], b"", time.monotonic() + timeout
        while len(out) < n and time.monotonic() < end:
            try:
                buf += os.read(self.fd, 65536)
            except BlockingIOError:
                time.sleep(0.0002)
                continue
            while len(buf) >= 16:
                out.append((int.from_bytes(buf[:8], "little"), int.from_bytes(buf[8:16], "little")))
                buf = buf[16:]
        return out

    def processes(self):
        return json.loads(self.ctl("--json", "status"))["processes"]

    def close(self):
        self.ctl("down")
        os.close(self.fd)
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.work, ignore_errors=True)


def pss(pid):
    with open("/proc/%d/smaps_rollup" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("Pss:"))


def case_lines():
    def count(pattern):
        return sum(len(open(f).readlines()) for p in pattern for f in glob.glob(TOP + "/" + p))
    print("lines of C (and yacc) per program, without tests")
    for name, folders in (("omnitrond", ["parent"]), ("omnitrond-supervisor", ["supervisor"]), ("omnitrond-store", ["store"]),
                          ("omnitrond-secrets", ["secrets"]), ("omnitrond-control", ["control"]), ("omnitrond-network", ["network"]),
                          ("planes alike", ["rpc"]), ("omnitrond-apps", ["apps"]), ("omnitrond-egress", ["egress"]),
                          ("omnitrond-logger", ["logger"])):
        print("  %-22s %6d" % (name, count("omnitrond/%s/*.[chy]" % f for f in folders)))
    print("  %-22s %6d" % ("shared by them", count(["omnitrond/*.[ch]"])))
    print("  %-22s %6d" % ("common/", count(["common/*.[ch]"])))
    print("  %-22s %6d" % ("libomnitron", count(["common/libomnitron/*.[ch]"])))
    print("  %-22s %6d" % ("omnitronctl", count(["omnitronctl/*.[ch]"])))


def case_ldd():
    out = subprocess.run(["ldd", BUILD + "/omnitrond"], capture_output=True, text=True).stdout
    print("ldd omnitrond:", ", ".join(sorted(line.split()[0].split("/")[-1] for line in out.splitlines())))


def case_pss():
    for n in (0, 100, 1000):
        d = Daemon(n)
        d.up()
        d.stamps(n)
        time.sleep(1)
        parts = {p["kind"]: pss(p["pid"]) for p in d.processes()}
        print("pss KiB, %4d apps: %5d  (%s)" % (n, sum(parts.values()), ", ".join("%s %d" % x for x in parts.items())))
        d.close()


def cpu_ms(pid):
    """CPU that a process used so far, finer than the ticks of its stat."""
    with open("/proc/%d/schedstat" % pid) as f:
        return int(f.read().split()[0]) / 1e6


def case_idle(seconds=60):
    for text in ("metrics no", "metrics interval 5s"):
        d = Daemon(1000, top="monitoring { %s }" % text)
        d.up()
        d.stamps(1000)
        time.sleep(6)
        pids = {p["kind"]: p["pid"] for p in d.processes() if p["pid"]}
        before = {k: cpu_ms(v) for k, v in pids.items()}
        time.sleep(seconds)
        used = {k: (cpu_ms(v) - before[k]) * 60 / seconds for k, v in pids.items()}
        fds = {k: len(os.listdir("/proc/%d/fd" % v)) for k, v in pids.items()}
        print("idle, 1000 apps, %s: %.1f ms of CPU a minute (%s); descriptors: %s" %
              (text, sum(used.values()), ", ".join("%s %.1f" % x for x in used.items() if x[1] >= 0.05),
               ", ".join("%s %d" % x for x in fds.items())))
        d.close()


def case_restart(rounds=200):
    for n in (10, 100, 1000):
        d = Daemon(n)
        d.up()
        pids = [p for _, p in d.stamps(n)]
        took = []
        for i in range(rounds):
            victim = pids.pop(0)
            t = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            os.kill(victim, signal.SIGKILL)
            got = d.stamps(1, 5)
            if not got:
                print("  no restart of pid", victim)
                continue
            took.append((got[0][0] - t) / 1e6)
            pids.append(got[0][1])
            time.sleep(0.003)
        took.sort()
        print("SIGKILL to first instruction, %4d apps, ms: p50 %.2f  p99 %.2f  max %.2f" %
              (n, statistics.median(took), took[int(len(took) * 0.99)], took[-1]))
        d.close()


def case_ping():
    d = Daemon(1)
    d.up()
    d.stamps(1)
    s = d.connect()
    f = s.makefile("rb")
    req = b'{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.ping"}\n'
    took = []
    for _ in range(20000):
        t = time.perf_counter()
        s.sendall(req)
        f.readline()
        took.append(time.perf_counter() - t)
    print("ping on one connection, one at a time: p50 %.1f us, %d/s" % (statistics.median(took) * 1e6, 20000 / sum(took)))
    t = time.perf_counter()
    for _ in range(4000):
        s.sendall(req * 64)
        for _ in range(64):
            f.readline()
    print("ping on one connection, 64 in flight: %d/s" % (4000 * 64 / (time.perf_counter() - t)))
    d.close()


def case_jwt():
    """Of the processor, in us; the bars: HS256 cold 15, seen before 2."""
    for line in subprocess.run([BUILD + "/regress/bench/network/jwt"], capture_output=True, text=True, check=True).stdout.splitlines():
        name, *v = line.split()
        if len(v) == 1:
            print("jwt us, the signing of one with HMAC alone: %s" % v[0])
        else:
            print("jwt us, %s: cold %s (of it libjwt's agreement %s), seen before %s" % (name, *v))


NGINX = """worker_processes 1; error_log /dev/null; pid %(d)s/pid; user root; daemon off;
events { worker_connections 256; }
http { access_log off; client_body_temp_path %(d)s/b; proxy_temp_path %(d)s/p; fastcgi_temp_path %(d)s/f; uwsgi_temp_path %(d)s/u;
scgi_temp_path %(d)s/s; keepalive_requests 100000000;
server { listen 127.0.0.1:%(http)d; location / { return 200 "ok"; } }
server { listen 127.0.0.1:%(https)d ssl; ssl_certificate %(d)s/cert.pem; ssl_certificate_key %(d)s/key.pem; location / { return 200 "ok"; } } }
"""
WRK = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.ping"}'
"""
PING = b'{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.ping"}\n'


def free_ports(n):
    s = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [x.getsockname()[1] for x in s]
    for x in s:
        x.close()
    return ports


def ping_lines(what, s, seconds=3):
    """One at a time on one connection, then 64 in flight."""
    f, took, end, n = s.makefile("rb"), [], time.monotonic() + seconds, 0
    while time.monotonic() < end:
        t = time.perf_counter()
        s.sendall(PING)
        f.readline()
        took.append(time.perf_counter() - t)
    t, end = time.perf_counter(), time.monotonic() + seconds
    while time.monotonic() < end:
        s.sendall(PING * 64)
        for _ in range(64):
            f.readline()
        n += 64
    rate = n / (time.perf_counter() - t)
    took.sort()
    print("%-12s p50 %.0f us, p99 %.0f us, %.0f/s; 64 in flight %.0f/s" % (what, took[len(took) // 2] * 1e6,
          took[len(took) * 99 // 100] * 1e6, len(took) / sum(took), rate), flush=True)


def wrk(url, script, pid, seconds=5):
    """Requests a second, the 99th percentile, and what each took of the server's processor, by 2 threads on 32 connections."""
    began = cpu_ms(pid)
    out = subprocess.run(["wrk", "-t2", "-c32", "-d%ds" % seconds, "--latency", "-s", script, url], capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Requests/sec" not in out:
        sys.exit("wrk %s: %s" % (url, out))
    return (float(re.search(r"Requests/sec:\s*([\d.]+)", out).group(1)), re.search(r"99%\s*(\S+)", out).group(1),
            (cpu_ms(pid) - began) * 1e3 / int(re.search(r"(\d+) requests in", out).group(1)))


def case_network():
    """ping over each transport; HTTP beside nginx, which answers with a constant."""
    tcp, tls, http, https, nhttp, nhttps = free_ports(6)
    d = tempfile.mkdtemp(prefix="bench.", dir=BUILD)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                    "-days", "2", "-keyout", d + "/key.pem", "-out", d + "/cert.pem"], check=True, capture_output=True)
    for name, data in (("jwt.key", os.urandom(32)), ("wrk.lua", WRK.encode()),
                       ("nginx.conf", (NGINX % dict(d=d, http=nhttp, https=nhttps)).encode())):
        with open(d + "/" + name, "wb") as f:
            f.write(data)
        os.chmod(d + "/" + name, 0o600)
    daemon = Daemon(1, top="""listen tcp on 127.0.0.1 port %d
listen tcp on 127.0.0.1 port %d tls
listen http on 127.0.0.1 port %d
listen http on 127.0.0.1 port %d tls
jwt { algorithm HS256 key "k" file "%s/jwt.key" }
tls { certificate "%s/cert.pem" key "%s/key.pem" }""" % (tcp, tls, http, https, d, d, d))
    nginx = subprocess.Popen(["nginx", "-p", d, "-c", d + "/nginx.conf"], stderr=subprocess.DEVNULL)
    daemon.up()
    daemon.stamps(1)
    context = ssl._create_unverified_context()
    ping_lines("unix", daemon.connect())
    ping_lines("tcp", socket.create_connection(("127.0.0.1", tcp)))
    ping_lines("tls", context.wrap_socket(socket.create_connection(("127.0.0.1", tls))))
    network = next(p["pid"] for p in daemon.processes() if p["kind"] == "network")
    worker = int(open("/proc/%d/task/%d/children" % (nginx.pid, nginx.pid)).read().split()[0])
    for name, ours, theirs in (("http", http, nhttp), ("https", https, nhttps)):
        us, them = (wrk("%s://127.0.0.1:%d/rpc" % (name, port), d + "/wrk.lua", pid) for port, pid in ((ours, network), (theirs, worker)))
        print("%-12s %.0f/s, p99 %s, %.1f us of CPU each; nginx %.0f/s, p99 %s, %.1f us: %.2f x" %
              (name, *us, *them, us[0] / them[0]), flush=True)
    nginx.terminate()
    nginx.wait()
    daemon.close()
    shutil.rmtree(d, ignore_errors=True)


def ms_since(t):
    return (time.clock_gettime_ns(time.CLOCK_MONOTONIC) - t) / 1e6


def ref_once(d, n):
    """ms from exec of ref, and from the first program, to the last one; ms to stop them."""
    t = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    ref = subprocess.Popen([REF, str(n), d.stamp, d.fifo])
    got = sorted(x for x, _ in d.stamps(n))
    t2 = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    ref.send_signal(signal.SIGTERM)
    ref.wait()
    return (got[-1] - t) / 1e6, (got[-1] - got[0]) / 1e6, ms_since(t2)


def start_once(d, n):
    """The same of the daemon, and the CPU its own processes used until all run."""
    t = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    d.up()
    got = sorted(x for x, _ in d.stamps(n))
    cpu = sum(cpu_ms(p["pid"]) for p in d.processes() if p["pid"])
    t2 = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    d.ctl("stop", "all")
    return (got[-1] - t) / 1e6, (got[-1] - got[0]) / 1e6, ms_since(t2), cpu


def python(path, text):
    """The command of an app that runs it, from this file."""
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o644)
    return '"%s" "-IS" "%s"' % (shutil.which("python3", path="/usr/bin:/bin") or sys.executable, path)


def wait_online(d, n):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if sum(a["status"] == "online" for a in json.loads(d.ctl("--json", "list"))) == n:
            return
        time.sleep(0.05)
    sys.exit("the apps did not get ready: " + d.ctl("list"))


def exec_round(s, data):
    t = time.perf_counter()
    s.sendall(b'{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.exec","params":{"name":"app0000","service":"e",'
              b'"method":"echo","args":["%s"]}}\n' % data)
    buf = b""
    while not buf.endswith(b"\n"):
        buf += s.recv(1 << 20)
    if b'"result"' not in buf:
        sys.exit("exec: %r" % buf[:200])
    return (time.perf_counter() - t) * 1e6


def case_exec(rounds=5000):
    path = "/tmp/omnitron-bench-echo.%d.py" % os.getpid()
    d = Daemon(1, extra="ready channel", command=python(path, ECHO))
    d.up()
    wait_online(d, 1)
    s = d.connect()
    for size, n in ((1, rounds), (100000, rounds // 50)):
        us = sorted(exec_round(s, b"x" * size) for _ in range(n))
        print("exec of an echo in Python, %6d bytes, us: median %.0f, p99 %.0f of %d" %
              (size, us[n // 2], us[n * 99 // 100], n))
    d.close()
    os.unlink(path)


def case_beats(apps=200, seconds=10):
    """What heartbeats cost: each app sends one every 100 ms."""
    path = "/tmp/omnitron-bench-sd.%d.py" % os.getpid()
    d = Daemon(apps, extra="ready notify watchdog 5s", command=python(path, SD))
    d.up()
    wait_online(d, apps)
    pids = {p["kind"]: p["pid"] for p in d.processes()}
    before = {k: cpu_ms(p) for k, p in pids.items()}
    time.sleep(seconds)
    after = {k: cpu_ms(p) for k, p in pids.items()}
    print("%d apps, 10 heartbeats a second each, CPU ms a second: %s" % (apps, ", ".join(
        "%s %.1f" % (k, (after[k] - before[k]) / seconds) for k in pids)))
    d.close()
    os.unlink(path)


def case_start(rounds=5):
    for n in (100, 1000):
        ours, refs = [], []
        for _ in range(rounds):
            d = Daemon(n)
            refs.append(ref_once(d, n))
            ours.append(start_once(d, n))
            d.close()
        us = [statistics.median(x) for x in zip(*ours)]
        ref = [statistics.median(x) for x in zip(*refs)]
        print("start %4d apps, ms: %.0f from exec of omnitrond to the last app, %.0f from the first app (ref %.0f: %.2f x); "
              "own CPU %.0f" % (n, us[0], us[1], ref[1], us[1] / ref[1], us[3]))
        print("stop  %4d apps, ms: %.0f by omnitronctl (ref %.0f: %.2f x)" % (n, us[2], ref[2], us[2] / ref[2]))


if __name__ == "__main__":
    for name in sys.argv[1:] or ["lines", "ldd", "pss", "idle", "restart", "ping", "jwt", "network", "exec", "beats", "start"]:
        globals()["case_" + name]()
