# Bad input on the control socket: texts.  Each kind is a function that raises
# Wrong (badclient.py) if it is not answered as it should be.
import json
import random
import socket

from badclient import (ANY, INVALID, METHOD, NOT_FOUND, PARAMS, PARSE, PING,
                       Client, Wrong, refused, request)

# ---- JSON that is none -----------------------------------------------------

def truncated():
    refused([PING[:n] for n in range(len(PING))], PARSE)


def empty_lines():
    refused([b"", b" ", b"\t", b"\r", b"\r\r", b" " * 70000], PARSE)


def carriage_returns():
    with Client() as c:
        c.send(PING + b"\r\n" + PING.replace(b",", b"\r,\r") + b"\r\n")
        for _ in range(2):
            if "result" not in c.reply():
                raise Wrong("CRLF is white space")
        c.send(b"\r" * 1000 + PING + b"\r" * 1000)
        c.s.shutdown(socket.SHUT_WR)
        c.error(INVALID)            # no newline, no request
        c.closed()


def bad_literals():
    refused([b"tru", b"nul", b"True", b"undefined", b"NaN", b"Infinity",
             b"-Infinity", b"nan", b"'x'", b"{a:1}", b"{'a':1}", b"`", b"$",
             b"\\", b"\"\\x41\"", b"\"\\u12\"", b"\"\\u12G4\"", b"\"\\",
             b"\"abc", b"abc\""], PARSE)


def bad_numbers():
    refused([b'{"jsonrpc":"2.0","id":%s,"method":"x"}' % n for n in (
        b"01", b"-", b"+1", b".5", b"5.", b"1e", b"1e+", b"0x10", b"1_000",
        b"--1", b"1.2.3", b"1e999", b"-1e999", b"1e99999999999999999999",
        b"9" * 400)], PARSE)


def bad_punctuation():
    refused([b"[1,]", b"{,}", b"{\"a\":1,}", b"[,1]", b"{\"a\"}", b"{\"a\":}",
             b"{:1}", b"[1 2]", b"{\"a\":1 \"b\":2}", b"]", b"}", b"[}", b"{]",
             b"[[]", b"{1:2}", b"{null:2}", b",", b":"], PARSE)


def trailing_garbage():
    refused([PING + t for t in (b"x", b"}", b"{}", b" " + PING, b",", b"\x00",
                                b" 1", b"\x1e", b"\xef\xbb\xbf")], PARSE)


def comments():
    refused([b"// hello", b"/* x */" + PING, PING + b"/**/",
             PING.replace(b":", b":/*1*/", 1), b"# x", b"-- x",
             PING + b"// x"], PARSE)


def byte_order_marks():
    refused([b"\xef\xbb\xbf" + PING, b"\xff\xfe" + PING, b"\xfe\xff" + PING],
            PARSE)
    text = PING.decode()
    for code in "utf-16", "utf-32":
        with Client() as c:
            c.send(text.encode(code).replace(b"\n", b" ") + b"\n")
            c.error(PARSE)
            c.ping()


def invalid_utf8():
    refused([PING.replace(b"ping", t) for t in (
        b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80",
        b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf",
        b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80",
        b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80", b"\xfe", b"\xff", b"\xc3", b"\xe2\x82",
        b"\xf0\x9f\x98", b"\xc3(", b"\xe2(\xa1", b"caf\xe9")], PARSE)
    refused([b"\xff", b"{\"\xff\":1}", b"\x80" * 100000], PARSE)


def lone_surrogates():
    refused([PING.replace(b"ping", t) for t in (
        b"\\ud800", b"\\udc00", b"\\udc00\\ud800", b"\\ud800x",
        b"\\ud800\\u0041", b"\\uDBFF\\uDBFF", b"\\ud83d\\n")], PARSE)


def nul_bytes():
    refused([b"\0", b"\0" * 1000, PING.replace(b"ping", b"pi\0ng"),
             PING + b"\0", b"\0" + PING, PING.replace(b"ping", b"ping\\u0000"),
             PING.replace(b'"id"', b'"id\\u0000"'),
             PING.replace(b":", b":\0", 1)], PARSE)


def raw_controls():
    refused([PING.replace(b"ping", b"pi%cng" % c) for c in range(1, 32)
             if c != 10], PARSE)


def duplicate_keys():
    refused([b'{"jsonrpc":"2.0","id":1,"id":2,"method":"OmnitronDaemon.ping"}',
             b'{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.ping",'
             b'"method":"OmnitronDaemon.shutdown"}',
             b'{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.getApp",'
             b'"params":{"name":"sleeper","name":"lines"}}',
             b'{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.getApp",'
             b'"params":{"name":"sleeper","\\u006eame":"lines"}}'], PARSE)


def deep():
    def nest(n, opening=b"[", closing=b"]"):
        return opening * n + closing * n
    refused([nest(33), nest(33, b'{"a":', b"}").replace(b":}", b":1}", 1),
             nest(1000), nest(100000), b"[" * 100000, b'{"a":' * 100000,
             b"[{\"a\":" * 50000, b"]" * 100000], PARSE)
    # As deep as it may be, it is refused for another reason.
    refused([b'{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.ping",'
             b'"params":{"x":%s}}' % nest(30)], PARAMS, id=1)


def many_values():
    refused([b"[" + b"1," * 400000 + b"1]",
             b"{" + b",".join(b'"%d":0' % n for n in range(70000)) + b"}"],
            PARSE)
    # One name so often that a search for doubles could take for ever.
    refused([b"{" + b",".join(b'"%d":0' % n for n in range(32000)) + b"}"],
            INVALID)


def binary_garbage():
    noise = random.Random(4)
    lines = [bytes(noise.randrange(256) for _ in range(n)).replace(b"\n", b"")
             for n in list(range(1, 300)) + [5000, 100000]]
    refused(lines, PARSE, INVALID)


def other_protocols():
    for text in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500 +
                 b"\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"*1\r\n$4\r\nPING\r\n",
                 b"Content-Length: 46\r\n\r\n" + PING + b"\n"):
        with Client() as c:
            c.send(text)
            c.error(PARSE)


# ---- requests that are none ------------------------------------------------

def scalars():
    refused([b"1", b"-0", b"1.5", b"\"x\"", b"null", b"true", b"false", b"{}",
             b"\"\"", b"1e3"], INVALID)


def versions():
    refused([PING.replace(b'"2.0"', v) for v in (
        b'"1.0"', b'"2"', b"2.0", b"2", b"null", b"[]", b'""', b'"2.0 "',
        b'"2.00"')] + [PING.replace(b'"jsonrpc": "2.0", ', b"")], INVALID,
        id=1)


def method_types():
    refused([PING.replace(b'"OmnitronDaemon.ping"', v) for v in (
        b"1", b"null", b"true", b"[]", b"{}", b'["OmnitronDaemon.ping"]')],
        INVALID, id=1)
    refused([b'{"jsonrpc":"2.0","id":1}'], INVALID, id=1)


def params_types():
    refused([PING[:-1] + b',"params":%s}' % v for v in (
        b"1", b"null", b"true", b'"x"', b"1.5")], INVALID, id=1)
    refused([PING[:-1] + b',"params":%s}' % v for v in (
        b"[]", b"[1]", b'["sleeper"]')], PARAMS, id=1)


def strange_members():
    refused([PING[:-1] + b',"%s":1}' % v for v in (
        b"x", b"", b"Method", b"ID", b"auth", b"\\n", b"x" * 100000)],
        INVALID, id=1)


def odd_ids():
    refused([PING.replace(b'"id": 1', b'"id": %s' % v) for v in (
        b"true", b"false", b"[]", b"{}", b"[1]", b'{"a":1}',
        b'"' + b"x" * 100000 + b'"', b"1." + b"1" * 300)], INVALID)
    with Client() as c:
        for text in ("0", "-1", "1.5", "1e3", "9223372036854775807",
                     "9223372036854775808", "123456789012345678901234567890",
                     '""', '"\\""', '"\\u00e9"', '"\\ud83d\\ude00"',
                     '"</script>"', '"' + "x" * 200 + '"', "null"):
            c.send(PING.replace(b'"id": 1', f'"id": {text}'.encode()) + b"\n")
            r = c.reply()
            if "result" not in r or r["id"] != json.loads(text):
                raise Wrong(f"{text}: {r}")


def batches():
    refused([b"[]", b"[" + b",".join([PING] * 65) + b"]"], INVALID)
    with Client() as c:
        for text, want in (
                (b"[1]", [INVALID]), (b"[1,null,\"x\",[],{}]", [INVALID] * 5),
                (b"[[" + PING + b"]]", [INVALID]),
                (b"[" + PING + b",1," + PING.replace(b"ping", b"pong") + b"]",
                 [None, INVALID, METHOD])):
            c.send(text + b"\n")
            got = c.reply()
            if not isinstance(got, list) or sorted(
                    r.get("error", {}).get("code", 0) for r in got) != \
                    sorted(w or 0 for w in want):
                raise Wrong(f"{text!r}: {got}")
        # Notifications get no answer, not even an empty array.
        note = PING.replace(b'"id": 1, ', b"")
        c.send(b"[" + note + b"," + note + b"]\n" + note + b"\n")
        c.ping()


def notifications_of_nothing():
    with Client() as c:
        for method in "nosuch", "getApp", "stopApp":
            text = json.loads(request(method, {"x": [1]}))
            del text["id"]
            c.send(json.dumps(text).encode() + b"\n")
        c.ping()


def unknown_methods():
    refused([json.dumps({"jsonrpc": "2.0", "id": 1, "method": m}).encode()
             for m in ("", ".", "..", "ping", "OmnitronDaemon",
                       "OmnitronDaemon.", "OmnitronDaemon.ping ",
                       "omnitrondaemon.ping", "OmnitronDaemon.Ping",
                       "OmnitronDaemon.ping.ping", "%s%s%s%n", "../../etc",
                       "x" * 500000, "OmnitronDaemon." + "y" * 500000, "\n",
                       "\x7f\u202e", "OmnitronDaemon.execute",
                       "OmnitronDaemon.upgrade", "OmnitronSecrets.put",
                       "OmnitronAuth.login", "rpc.discover", "\U0001f600")],
            METHOD, id=1)


# ---- parameters ------------------------------------------------------------

RIGHT = {"name": "sleeper", "int": 1, "bool": False, "signal": "CONT",
         "duration": 1000, "string": "x", "time": 0, "level": "info",
         "object": {}, "array": []}
EVERY = [None, True, False, 0, 1, -1, 1.5, 1e300, 2 ** 31, 2 ** 62, 2 ** 63,
         -2 ** 70, "", "x", [], {}, [1], {"a": 1}, [[["x"]]]]


def may_be(kind, value):
    """Is it of the type, so that it would be tried?"""
    if kind in ("string", "name"):
        return isinstance(value, str)
    if isinstance(value, bool):
        return kind == "bool"
    if kind == "int":
        return isinstance(value, int) and -2 ** 31 <= value < 2 ** 32
    if kind == "duration":
        return isinstance(value, int) and 0 < value <= 86400000
    if kind == "time":
        return isinstance(value, int) and 0 <= value <= 2 ** 52
    if kind == "signal":
        return isinstance(value, int) and 0 < value < 65
    return kind == "object" and isinstance(value, dict) or \
        kind == "array" and isinstance(value, list)


def described():
    with Client() as c:
        c.send(request("OmnitronSystem.describe"))
        methods = c.reply()["result"]["methods"]
    if len(methods) < 20:
        raise Wrong(f"only {len(methods)} methods")
    return methods


def wrong_types():
    tried = 0
    with Client() as c:
        for m in described():
            right = {p["name"]: RIGHT[p["type"]] for p in m["params"]}
            for p in m["params"]:
                for value in EVERY:
                    if may_be(p["type"], value):
                        continue
                    params = dict(right, **{p["name"]: value})
                    c.send(request(m["name"], params))
                    try:
                        c.error(PARAMS, id=1)
                    except Wrong as e:
                        raise Wrong(f"{m['name']} {params}: {e}") from None
                    tried += 1
    if tried < 500:
        raise Wrong(f"only {tried} tried")


def missing_parameters():
    with Client() as c:
        for m in described():
            for p in m["params"]:
                if not p["required"]:
                    continue
                params = {q["name"]: RIGHT[q["type"]] for q in m["params"]
                          if q["required"] and q != p}
                c.send(request(m["name"], params))
                c.error(PARAMS, id=1)
                if not params:
                    c.send(request(m["name"]))
                    c.error(PARAMS, id=1)


def unknown_parameters():
    with Client() as c:
        for m in described():
            params = {q["name"]: RIGHT[q["type"]] for q in m["params"]}
            for name in "x", "", "Name", "name ", "\n", "%n", "y" * 200000:
                c.send(request(m["name"], dict(params, **{name: 1})))
                c.error(PARAMS, id=1)


def names_of_no_app():
    with Client() as c:
        for m in described():
            for p in m["params"]:
                if p["type"] != "name":
                    continue
                params = {q["name"]: RIGHT[q["type"]] for q in m["params"]
                          if q["required"]}
                for name in ("", ".", "..", "../x", "/", "a/b", "sleeper ",
                             "SLEEPER", "sleeper:0", "*", "all", "%s%n", "\n",
                             "\x1b[2J", "\u202e", "z" * 65, "z" * 300000):
                    c.send(request(m["name"], dict(params,
                                                   **{p["name"]: name})))
                    c.error(NOT_FOUND, PARAMS, id=1)


def numbers_out_of_range():
    with Client() as c:
        for method, params in (
                [("getLogs", {"name": "lines", "lines": n})
                 for n in (-1, 0, 10001, 2 ** 31 - 1)] +
                [("OmnitronLogs.streamLogs", {"app": "lines", "lines": n})
                 for n in (-1, 10001, 2 ** 31 - 1)] +
                [("scale", {"name": "sleeper", "instances": n})
                 for n in (-1, 0, 1025, 2 ** 31 - 1)] +
                [("signalApp", {"name": "sleeper", "signal": s, "instance": n})
                 for s, n in (("CONT", -1), ("CONT", 1025), ("CONT", 65536),
                              (0, 0), (65, 0), (10 ** 9, 0), ("NOSUCH", 0))] +
                [("OmnitronLogs.unsubscribe", {"subscription": n})
                 for n in (-1, 0, 2 ** 31 - 1)] +
                [("stopApp", {"name": "sleeper", "timeout": n})
                 for n in (0, -1, 86400001, 2 ** 62)]):
            c.send(request(method, params))
            try:
                c.error(ANY, id=1)
            except Wrong as e:
                raise Wrong(f"{method} {params}: {e}") from None


def regular_expressions():
    with Client() as c:
        for re in ("(", "[", "*", "a{2", "a{300}", "(a{20}){20}", "\\", "\\1",
                   "(a)\\1", "x" * 257, "[[:nosuch:]]", "[z-a]", "a{2,1}",
                   "((((a{9}){9}){9}){9}){9}", "a{1,255}{1,255}{1,255}",
                   "a{99999999999999999999}"):
            c.send(request("getLogs", {"name": "lines", "grep": re}))
            r = c.reply()
            if "error" in r and r["error"]["code"] != PARAMS:
                raise Wrong(f"{re}: {r}")
        # Allowed, and hard: others must not wait.
        for re in ("(a*)*b", "(a|a)*b", "(a|aa)+$b", "(.*a){20}b",
                   "(.*)(.*)(.*)(.*)b$", "((a*)*)*b", "(a?){15}a{15}b",
                   "(" * 100 + ")" * 100, "|" * 200):
            c.send(request("getLogs", {"name": "lines", "grep": re,
                                       "lines": 10000}))
            if "error" in c.reply():
                raise Wrong(f"{re}: refused")


KINDS = [
    truncated, empty_lines, carriage_returns, bad_literals, bad_numbers,
    bad_punctuation, trailing_garbage, comments, byte_order_marks,
    invalid_utf8, lone_surrogates, nul_bytes, raw_controls, duplicate_keys,
    deep, many_values, binary_garbage, other_protocols, scalars, versions,
    method_types, params_types, strange_members, odd_ids, batches,
    notifications_of_nothing, unknown_methods, wrong_types,
    missing_parameters, unknown_parameters, names_of_no_app,
    numbers_out_of_range, regular_expressions,
]
