#!/usr/bin/env python3
"""greeter: a small service that others call by `omnitronctl exec`, in Python.

    hello(name)   "hello, name"
    add(a, b)     their sum
    slow(ms)      answers later, and others meanwhile
    fail()        an error

On TERM it answers what it was asked before and ends.
"""
import json
import os
import signal
import socket
import sys
import threading
import time


def hello(name):
    return "hello, %s" % name


def add(a, b):
    return a + b


def slow(ms):
    time.sleep(ms / 1000)
    return "at last"


def fail():
    raise RuntimeError("as you wished")


METHODS = {"hello": hello, "add": add, "slow": slow, "fail": fail}
HEARTBEAT = int(os.environ.get("WATCHDOG_USEC", "10000000")) / 2e6


class Channel:
    """One connection to omnitrond: a JSON-RPC message a line, both ways."""

    def __init__(self, path):
        self.lock = threading.Lock()
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(path)

    def send(self, **message):
        data = json.dumps(dict(jsonrpc="2.0", **message)) + "\n"
        with self.lock:
            self.sock.sendall(data.encode())

    def answer(self, request):
        params = request.get("params", {})
        try:
            if request["method"] == "health":
                result = {"status": "healthy"}
            elif request["method"] == "shutdown":
                result = {"success": True}
                os.kill(os.getpid(), signal.SIGTERM)
            elif params["method"] in METHODS:
                result = METHODS[params["method"]](*params["args"])
            else:
                raise LookupError("no such method")
            self.send(id=request["id"], result=result)
        except OSError:
            pass                        # nobody waits for it any more
        except LookupError as e:
            self.send(id=request["id"], error={
                "code": -32601, "message": str(e)})
        except TypeError as e:
            self.send(id=request["id"], error={
                "code": -32602, "message": str(e)})
        except Exception as e:
            self.send(id=request["id"], error={
                "code": -32010, "message": str(e),
                "data": {"code": "FAILED"}})

    def beat(self):
        try:
            while True:
                self.send(method="heartbeat")
                time.sleep(HEARTBEAT)
        except OSError:
            pass                        # the next connection has its own

    def run(self):
        self.send(method="register", params={"services": [
            {"name": "greeter", "version": "1.0", "methods": list(METHODS)}]})
        self.send(method="status", params={"text": "greeting"})
        self.send(method="ready")
        threading.Thread(target=self.beat, daemon=True).start()
        for line in self.sock.makefile("rb"):
            threading.Thread(target=self.answer,
                             args=(json.loads(line),)).start()


def main():
    path = os.environ["OMNITRON_CHANNEL"]
    # Ends the main thread alone: those that answer are waited for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wait = 0.1
    while True:
        try:
            Channel(path).run()
            wait = 0.1
        except OSError:
            wait = min(wait * 2, 5)
        time.sleep(wait)


main()
