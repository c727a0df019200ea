# Every method, by every role, on every plane: what the table says, and
# nothing else.  A parameter that no method has is sent along, so that a call
# that is allowed ends with that, and nothing is done.
#
#	matrix.py CONTROL KEYFILE TCP HTTP TCP-MAX HTTP-MAX ROLE=SOCKET...
import sys

import planes
import tokens

ROLES = ["none", "viewer", "operator", "admin"]
UNAUTHORIZED, FORBIDDEN, METHOD, PARAMS = -32001, -32003, -32601, -32602
# Answered before anybody said who they are.
ANONYMOUS = {"OmnitronDaemon.ping", "OmnitronAuth.authenticate",
             "OmnitronAuth.validateToken"}
# Only where there are tokens.
OF_TOKENS = {"OmnitronAuth.authenticate", "OmnitronAuth.validateToken"}
WRONG = {"thereIsNoSuchParameter": 1}


def wrong(cells):
    for (plane, who, method), (got, expected) in cells.items():
        if got not in expected:
            yield "%s as %s: %s: %s, not %s" % (plane, who, method, got,
                                                expected)


def expected(method, role, cap, has):
    """Of somebody with that role, where no more than cap is given"""
    if method in ANONYMOUS:
        return [PARAMS]
    if not has:
        return [UNAUTHORIZED]
    level = min(ROLES.index(role), ROLES.index(cap))
    return [PARAMS] if level >= ROLES.index(TABLE[method]) else [FORBIDDEN]


def http_expected(method, role, cap, has):
    return {PARAMS: (200, PARAMS), FORBIDDEN: (403, FORBIDDEN),
            UNAUTHORIZED: (401, UNAUTHORIZED)}[
                expected(method, role, cap, has)[0]]


def people(key):
    """Name, token, role, whether it is anybody"""
    yield "nobody", None, "none", False
    ours = {"aud": "omnitron"}
    for role in ROLES[1:]:
        yield role, tokens.token("HS256", key, {"role": role, **ours}), \
            role, True
    yield "no role", tokens.token("HS256", key, ours), "none", True
    yield "expired", tokens.token("HS256", key, {"role": "admin", **ours},
                                  exp=-120), "none", False
    yield "of others", tokens.token("HS256", key, {
        "role": "admin", "aud": "elsewhere"}), "none", False


def local_cells(path, role, name, cells):
    c = planes.unix(path)
    for method in TABLE:
        if method in OF_TOKENS:
            cells[name, role, method] = (c.call(method, {"token": "x"}),
                                         [METHOD])
            continue
        cells[name, role, method] = (c.call(method, WRONG),
                                     expected(method, role, role, True))
    c.close()


def tcp_cells(port, cap, key, cells):
    for who, token, role, has in people(key):
        c = planes.tcp(port, token, planes.elsewhere())
        if token is not None and not has:
            cells["tcp", who, "authenticate"] = (
                c.said["error"]["code"], [UNAUTHORIZED])
            c.close()
            continue
        for method in TABLE:
            cells["tcp", who, method] = (c.call(method, WRONG),
                                         expected(method, role, cap, has))
        c.close()


def http_cells(port, cap, key, cells):
    for who, token, role, has in people(key):
        for method in TABLE:
            want = http_expected(method, role, cap, has)
            if token is not None and not has:
                want = (401, UNAUTHORIZED)   # a bad token, whatever is asked
            status, code, _ = planes.http_call(port, token, method, WRONG,
                                               source=planes.elsewhere())
            cells["http", who, method] = (status, code), [want]


def table(control):
    c = planes.unix(control)
    r = c.reply("OmnitronSystem.describe", {})["result"]
    c.close()
    methods = r["methods"] if isinstance(r, dict) and "methods" in r else r
    # what needs no role is called that of nobody
    return {m["name"]: {"anonymous": "none"}.get(m["role"], m["role"])
            for m in methods}


def main():
    global TABLE
    control, key, tcp, http, tcp_max, http_max = sys.argv[1:7]
    TABLE = table(control)
    cells = {}
    local_cells(control, "admin", "control", cells)
    for arg in sys.argv[7:]:
        role, path = arg.split("=", 1)
        local_cells(path, role, "local", cells)
    tcp_cells(int(tcp), tcp_max, key, cells)
    http_cells(int(http), http_max, key, cells)
    bad = list(wrong(cells))
    print("\n".join(bad[:50]))
    print("%d methods, %d cells, %d wrong" % (len(TABLE), len(cells),
                                              len(bad)))
    sys.exit(1 if bad or len(cells) < 12 * len(TABLE) else 0)


main()
