# One call over each of the planes: a Unix socket, TCP, HTTP.  Each returns
# the error's number, or 0, and on HTTP the status as well.  Who fails to
# authenticate too often is not listened to for a while: such calls come from
# an address of their own (all of 127.0.0.0/8 is this host).
import http.client
import json
import socket


last = [0]


def elsewhere():
    last[0] += 1
    return "127.9.%d.%d" % (last[0] // 250, 1 + last[0] % 250), 0


def request(method, params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


class Lines:
    """A connection on which a JSON text a line is spoken"""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(20)
        self.file = sock.makefile("rb")

    def reply(self, method, params):
        text = json.dumps(request(method, params)) + "\n"
        self.sock.sendall(text.encode())
        line = self.file.readline()
        return json.loads(line) if line else None

    def call(self, method, params):
        r = self.reply(method, params)
        return None if r is None else r.get("error", {"code": 0})["code"]

    def close(self):
        self.file.close()
        self.sock.close()


def unix(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return Lines(s)


def tcp(port, token=None, source=None):
    c = Lines(socket.create_connection(("127.0.0.1", port), 20, source))
    if token is not None:
        c.said = c.reply("OmnitronAuth.authenticate", {"token": token})
    return c


def http_call(port, token, method, params, conn=None, source=None):
    """(status, error's number or 0, reply)"""
    c = conn or http.client.HTTPConnection("127.0.0.1", port, timeout=20,
                                           source_address=source)
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = "Bearer " + token
    c.request("POST", "/rpc", json.dumps(request(method, params)), headers)
    r = c.getresponse()
    body = r.read()
    if conn is None:
        c.close()
    try:
        reply = json.loads(body)
        code = reply.get("error", {"code": 0})["code"]
    except (ValueError, AttributeError, TypeError, KeyError):
        reply, code = body, None
    return r.status, code, reply
