#!/usr/bin/env python3
"""The daemon's side of an app channel, for one call.

usage: channel.py PATH SERVICE METHOD [ARGS]

Listens on PATH, waits until an app has connected and said that it is ready
and registered the service, invokes the method with ARGS (JSON), prints the
answer (its result, or its error's message after "error: "), and ends, which
to the app is the end of the daemon: a further run proves that it connects
again.  Notifications that came before are on standard error.
"""
import json
import os
import select
import socket
import sys
import time

LIMIT = 30      # seconds for all


def lines(sock, deadline):
    data = b""
    while True:
        while b"\n" in data:
            line, data = data.split(b"\n", 1)
            yield json.loads(line.decode("utf-8"))
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([sock], [], [], left)[0]:
            sys.exit("channel: nothing came in time")
        more = sock.recv(65536)
        if not more:
            sys.exit("channel: the app closed the connection")
        data += more


def main():
    path, service, method = sys.argv[1:4]
    args = json.loads(sys.argv[4]) if len(sys.argv) > 4 else []
    deadline = time.monotonic() + LIMIT
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, 0o666)
    listener.listen(1)
    listener.settimeout(LIMIT)
    sock = listener.accept()[0]
    ready = methods = None
    for message in lines(sock, deadline):
        if message.get("jsonrpc") != "2.0":
            sys.exit("channel: not JSON-RPC 2.0: %r" % message)
        if message.get("id") == 1:
            if "error" in message:
                print("error: %s" % message["error"]["message"])
            else:
                print(json.dumps(message["result"]))
            return
        print(json.dumps(message), file=sys.stderr)
        if message["method"] == "ready":
            ready = True
        elif message["method"] == "register":
            for s in message["params"]["services"]:
                if s["name"] == service:
                    methods = s["methods"]
        if ready and methods is not None:
            ready = False
            sock.sendall(json.dumps({
                "jsonrpc": "2.0", "id": 1, "method": "invoke", "params": {
                    "service": service, "method": method, "args": args},
            }).encode() + b"\n")


main()
