#!/usr/bin/env python3
"""A peer of libomnitron in TLS, for its unit test.

usage: tlsecho.py CERT KEY PORTFILE [CA]

One connection after the other.  authenticate is answered, to the token
"a.good.token" with a role; S.echo with its parameters; S.big with params.n
bytes; S.burst with params.n notifications before the answer; S.close ends the
connection without a word.  With CA a client's certificate is required.
"""
import json
import os
import socket
import ssl
import sys


def send(f, message):
    f.write((json.dumps(message) + "\n").encode())


def answer(f, request):
    method, params = request["method"], request.get("params", {})
    reply = {"jsonrpc": "2.0", "id": request["id"]}
    if method == "OmnitronAuth.authenticate":
        if params["token"] == "a.good.token":
            reply["result"] = {"role": "operator"}
        else:
            reply["error"] = {"code": -32001, "message": "no such token",
                              "data": {"code": "UNAUTHORIZED"}}
    elif method == "S.big":
        reply["result"] = "x" * params["n"]
    elif method == "S.burst":
        for i in range(params["n"]):
            send(f, {"jsonrpc": "2.0", "method": "S.note",
                     "params": {"i": i}})
        reply["result"] = None
    elif method == "S.close":
        return False
    else:
        reply["result"] = params
    send(f, reply)
    f.flush()
    return True


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    if len(sys.argv) > 4:
        context.load_verify_locations(sys.argv[4])
        context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    with open(sys.argv[3] + ".new", "w") as f:
        f.write("%d" % listener.getsockname()[1])
    os.rename(sys.argv[3] + ".new", sys.argv[3])
    while True:
        raw = listener.accept()[0]
        try:
            with context.wrap_socket(raw, server_side=True) as tls:
                with tls.makefile("rwb") as f:
                    for line in f:
                        if not answer(f, json.loads(line)):
                            break
        except OSError:
            pass


if __name__ == "__main__":
    main()
