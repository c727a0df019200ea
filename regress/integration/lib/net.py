# What tests of the network plane do in Python.
#
#	net.py token KEYFILE ROLE SECONDS	prints a token
#	net.py keepalive PORT TOKEN		http.client, many requests
#	net.py tcp PORT TOKEN			the line protocol
#	net.py tricks PORT			requests that are none
#	net.py flood PORT COUNT			connections that say nothing
#	net.py events PORT TOKEN COMMAND...	what is heard of the command
import base64
import hashlib
import hmac
import http.client
import json
import socket
import subprocess
import sys
import time


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(keyfile, role, seconds):
    with open(keyfile, "rb") as f:
        key = f.read()
    now = int(time.time())
    text = encode(b'{"alg":"HS256","typ":"JWT","kid":"k1"}') + b"." + encode(
        json.dumps({"sub": "ann", "role": role, "iat": now,
                    "exp": now + int(seconds)}).encode())
    print((text + b"." + encode(hmac.new(key, text, hashlib.sha256).digest()))
          .decode())


def call(method, number=1, **params):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
                       "params": params})


def keepalive(port, bearer):
    c = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    c.connect()
    sock = c.sock
    for i in range(200):
        c.request("POST", "/rpc", call("OmnitronDaemon.getApp", i, name="api"),
                  {"Authorization": f"Bearer {bearer}",
                   "Content-Type": "application/json"})
        r = c.getresponse()
        body = json.load(r)
        assert r.status == 200, r.status
        assert body["id"] == i and body["result"]["name"] == "api", body
        assert c.sock is sock, "the connection was not kept"
    c.request("POST", "/rpc", "x" * (1 << 20), {"Authorization":
                                               f"Bearer {bearer}"})
    r = c.getresponse()
    assert r.status == 400, r.status
    assert json.load(r)["error"]["code"] == -32700
    c.request("POST", "/rpc", call("OmnitronDaemon.list"),
              {"Authorization": f"Bearer {bearer}"})
    r = c.getresponse()
    assert r.status == 200 and len(json.load(r)["result"]) == 2


def tcp(port, bearer):
    s = socket.create_connection(("127.0.0.1", int(port)), 10)
    f = s.makefile("rw", encoding="utf-8", newline="\n")

    def ask(*args, **kwargs):
        f.write(call(*args, **kwargs) + "\n")
        f.flush()
        return json.loads(f.readline())

    assert ask("OmnitronDaemon.ping")["result"]["pid"] > 1
    assert ask("OmnitronDaemon.list")["error"]["code"] == -32001
    assert ask("OmnitronAuth.authenticate", token="a.b.c")["error"]["code"] \
        == -32001
    got = ask("OmnitronAuth.authenticate", token=bearer)
    assert got["result"]["role"] == "operator", got
    assert len(ask("OmnitronDaemon.list")["result"]) == 2
    got = ask("OmnitronDaemon.restartApp", name="api")
    assert got["result"]["status"] == "online", got
    got = ask("OmnitronDaemon.shutdown")
    assert got["error"]["code"] == -32003, got
    who = ask("OmnitronAuth.whoami")["result"]
    assert who["subject"] == "ann" and who["plane"] == "network", who


def answer(port, data, half=True):
    s = socket.create_connection(("127.0.0.1", int(port)), 10)
    s.sendall(data)
    if half:
        s.shutdown(socket.SHUT_WR)
    got = b""
    while part := s.recv(65536):
        got += part
    return got


OK = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
TRICKS = [
    b"GET /healthz HTTP/1.1\nHost: h\n\n",
    b"GET /healthz HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost : h\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n",
    b"GET http://h/healthz HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
    b"Content-Length: 40\r\n\r\n{}" + OK,
    b"POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\n{}" + OK,
    b"POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 2\r\n\r\n{}" + OK,
    b"POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + OK,
    b"POST /rpc HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"0x5\r\nhello\r\n0\r\n\r\n" + OK,
    b"POST /rpc HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n"
    + OK,
    b"GET /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 36\r\n\r\n" + OK,
]


def tricks(port):
    for data in TRICKS:
        got = answer(port, data)
        assert got.startswith(b"HTTP/1.1 400 "), (data, got)
        assert got.count(b"HTTP/1.1 ") == 1, (data, got)
        assert b"Connection: close\r\n" in got, (data, got)
    got = answer(port, OK * 50)
    assert got.count(b"HTTP/1.1 200 ") == 50, got[:100]
    assert answer(port, OK[:-1]) == b""
    assert answer(port, b"GET / HTTP/1.0\r\nHost: h\r\n\r\n") \
        .startswith(b"HTTP/1.1 505 ")
    assert answer(port, b"x" * 20000).startswith(b"HTTP/1.1 431 ")


# From many addresses, so that not only the limit of one is met: the ends
# that it closed are let go, those that it holds are held.
def flood(port, count):
    held, worst = [], 0.0
    began = time.time()
    for i in range(int(count)):
        s = socket.socket()
        s.setblocking(False)
        s.bind((f"127.1.{i // 100 % 200}.{1 + i % 50}", 0))
        try:
            s.connect(("127.0.0.1", int(port)))
        except BlockingIOError:
            pass
        held.append(s)
        if len(held) > 1500:
            held.pop(0).close()
        if i % 500 == 0:
            t = time.time()
            got = answer(port, OK)
            worst = max(worst, time.time() - t)
            assert b"200 OK" in got, got
    print(f"{count} connections in {time.time() - began:.1f} s, "
          f"others waited {worst * 1000:.0f} ms at most")
    assert worst < 2


def events(port, bearer, *command):
    s = socket.create_connection(("127.0.0.1", int(port)), 20)
    s.sendall(b"GET /events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
              + bearer.encode() + b"\r\n\r\n")
    f = s.makefile("rb")
    assert f.readline().startswith(b"HTTP/1.1 200 ")
    while f.readline().strip():
        pass
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seen = []
    while "app.online" not in seen:
        line = f.readline().decode()
        assert line, seen
        if line.startswith("event: "):
            seen.append(line.split()[1])
        if line.startswith("data: ") and "app" in (d := json.loads(line[6:])):
            assert d["app"] == "api", d
    assert "app.stopped" in seen or "app.starting" in seen, seen


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
