# A client of the control socket that expects errors, and what the kernel
# says of the control process.  For badinput.py, whose arguments it reads.
import json
import os
import socket
import sys

MIB = 1 << 20
PARSE, INVALID, METHOD, PARAMS = -32700, -32600, -32601, -32602
NOT_FOUND, LIMITED = -32004, -32029
ANY = range(-33000, 0)

path, control, patience = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
sanitized = patience > 1


class Wrong(Exception):
    pass


class Client:
    def __init__(self, timeout=20.0):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.connect(path)            # waits while the backlog is full
        self.s.settimeout(timeout)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.s.close()

    def send(self, data):
        self.s.sendall(data)

    def try_send(self, data):
        """False: it was closed before all was taken"""
        try:
            self.s.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def line(self):
        """The next reply, or None at the end"""
        while b"\n" not in self.rest:
            try:
                got = self.s.recv(1 << 20)
            except socket.timeout:
                raise Wrong("silence") from None
            except ConnectionResetError:
                got = b""
            if not got:
                if self.rest:
                    raise Wrong(f"half a reply: {self.rest[:200]!r}")
                return None
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        return line

    def reply(self):
        line = self.line()
        if line is None:
            raise Wrong("closed")
        try:
            return json.loads(line.decode("utf-8"))
        except ValueError:
            raise Wrong(f"no JSON: {line[:200]!r}") from None

    def closed(self):
        extra = self.line()
        if extra is not None:
            raise Wrong(f"not closed: {extra[:200]!r}")

    def error(self, *codes, id=None):
        r = self.reply()
        if "error" not in r or "result" in r:
            raise Wrong(f"no error: {str(r)[:200]}")
        allowed = [c for code in codes
                   for c in (code if isinstance(code, range) else [code])]
        if r["error"]["code"] not in allowed:
            raise Wrong(f"not {codes}: {str(r['error'])[:200]}")
        if r.get("id", 0) != id or r.get("jsonrpc") != "2.0":
            raise Wrong(f"the frame of the reply: {str(r)[:200]}")
        if not r["error"]["message"] or len(r["error"]["message"]) > 4096:
            raise Wrong(f"its message: {str(r)[:200]}")

    def ping(self):
        self.send(request("ping", id="still"))
        r = self.reply()
        if r.get("id") != "still" or "result" not in r:
            raise Wrong(f"no ping: {str(r)[:200]}")


def request(method, params=None, id=1):
    if "." not in method:
        method = "OmnitronDaemon." + method
    r = {"jsonrpc": "2.0", "id": id, "method": method}
    if params is not None:
        r["params"] = params
    return json.dumps(r).encode() + b"\n"


PING = request("ping").rstrip(b"\n")


def refused(texts, *codes, id=None):
    """Each is refused with the code, and the connection goes on."""
    with Client() as c:
        for text in texts:
            try:
                c.send(text + b"\n")
                c.error(*codes, id=id)
            except (Wrong, OSError) as e:
                raise Wrong(f"{text[:100]!r}: {e}") from None
        c.ping()


# ---- the control process ---------------------------------------------------

def fact(name):
    """A file of the control process, "" if there is none any more"""
    try:
        with open(f"/proc/{control}/{name}", encoding="ascii") as f:
            return f.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def memory():
    for line in fact("status").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


def descriptors():
    """How many it holds; only root can tell"""
    if os.geteuid() != 0:
        return 0
    return len(os.listdir(f"/proc/{control}/fd"))


def born():
    tail = fact("stat").rpartition(")")[2].split()
    return bool(tail) and tail[0] not in "ZX" and tail[19]
