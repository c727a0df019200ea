# Tokens that must not be accepted, over TCP and HTTP, and some that must.
#
#	jwtabuse.py ALGORITHM KEY OTHER-KEY PUBLIC TCP HTTP NETWORK-PID
#
# KEY signs what is accepted; OTHER-KEY is another one of its kind; PUBLIC is
# what anybody may know (of HS256 nothing: "").  Prints what was wrongly taken
# or refused, and how much time of the process a refusal took at most.
import json
import os
import sys
import time

import planes
import tokens

UNAUTHORIZED, TOO_LARGE = -32001, -32600
ADMIN = {"role": "admin", "aud": "omnitron", "iss": "omnitron", "sub": "x"}
TICK = os.sysconf("SC_CLK_TCK")


def make(claims=None, header=None, exp=600, key=None, algorithm=None):
    return tokens.token(algorithm or ALGORITHM, key or KEY,
                        {**ADMIN, **(claims or {})}, header, exp)


def raw(head, body, key=None):
    return tokens.sign(ALGORITHM, key or KEY, head.encode(), body.encode())


def split(token):
    return token.split(".")


def claims_text(extra=""):
    text = json.dumps({**ADMIN, "exp": int(time.time()) + 600})
    return text[:-1] + extra + "}"


def header_text(extra=""):
    return '{"alg":"%s","kid":"one"%s}' % (ALGORITHM, extra)


def unsigned(name):
    head = tokens.b64(('{"alg":"%s","kid":"one"}' % name).encode())
    return (head + b"." + tokens.b64(claims_text().encode())).decode()


def flipped(text, at):
    alphabet = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                "0123456789-_")
    old = alphabet.index(text[at])
    return text[:at] + alphabet[old ^ 16] + text[at + 1:]


def noncanonical(part):
    """The same bytes, written with bits that say nothing"""
    alphabet = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                "0123456789-_")
    if len(part) % 4 == 0:
        return None
    return part[:-1] + alphabet[alphabet.index(part[-1]) | 1]


def abuses():
    good = make()
    head, body, sig = split(good)
    now = int(time.time())
    for name in ("none", "None", "NONE", "nOnE"):
        yield "alg %s, no signature" % name, unsigned(name) + "."
        yield "alg %s, its signature" % name, unsigned(name) + "." + sig
    yield "no signature", head + "." + body + "."
    yield "two parts", head + "." + body
    yield "four parts", good + ".x"
    yield "truncated signature", good[:-4]
    yield "longer signature", good + "AAAA"
    yield "padded signature", good + "="
    yield "junk in the signature", good[:-6] + "!" + good[-6:]
    for at in (0, len(sig) // 2):
        yield "a bit of the signature", ".".join(
            (head, body, flipped(sig, at)))
    for at in (2, len(body) // 2):
        yield "a bit of the claims", ".".join((head, flipped(body, at), sig))
    yield "another key", make(key=OTHER)
    yield "another key, no kid", make(header={"kid": None}, key=OTHER)
    yield "unknown kid", make(header={"kid": "two"})
    yield "kid is a path", make(header={"kid": "../../../dev/null"})
    yield "kid is a statement", make(header={"kid": "one' OR '1'='1"})
    yield "kid is empty", make(header={"kid": ""})
    yield "kid is a number", make(header={"kid": 1})
    yield "kid is long", make(header={"kid": "k" * 2000})
    yield "crit", make(header={"crit": ["exp"]})
    yield "b64", make(header={"b64": False})
    yield "jwk of one's own", make(header={"jwk": {"kty": "oct", "k": "AA"}})
    yield "jku", make(header={"jku": "http://127.0.0.1/keys"})
    yield "typ", make(header={"typ": "JWS"})
    yield "alg twice", raw('{"alg":"none","alg":"%s"}' % ALGORITHM,
                           claims_text())
    yield "claim twice", raw(header_text(), claims_text(',"role":"viewer"'))
    yield "exp twice", raw(header_text(), claims_text(',"exp":9999999999'))
    yield "header is no object", raw('["alg"]', claims_text())
    yield "claims are no object", raw(header_text(), '["role"]')
    yield "claims are no JSON", raw(header_text(), claims_text() + "x")
    yield "comment", raw(header_text(), claims_text("/**/"))
    yield "nested", raw(header_text(), claims_text(
        ',"x":' + "[" * 400 + "]" * 400))
    yield "nested header", raw(header_text(
        ',"x":' + "[" * 400 + "]" * 400), claims_text())
    yield "NUL in a name", raw(header_text(), claims_text(
        ',"role\\u0000":"admin"'))
    yield "NUL in the subject", make({"sub": "a\0b"})
    yield "newline in the subject", make({"sub": "a\nb"})
    yield "expired", make(exp=-600)
    yield "no exp", make({"exp": None})
    yield "exp is a string", make({"exp": str(now + 600)})
    yield "exp is a fraction", make({"exp": now + 600.5})
    yield "exp is huge", make({"exp": 10 ** 30})
    yield "exp is in ten years", make({"exp": now + 315360000})
    yield "exp is negative", make({"exp": -1})
    yield "exp is null", raw(header_text(), json.dumps(
        {**ADMIN, "exp": None}))
    yield "not yet", make({"nbf": now + 3000}, exp=6000)
    yield "nbf is a string", make({"nbf": "0"})
    yield "issued in the future", make({"iat": now + 3000}, exp=6000)
    yield "another issuer", make({"iss": "omnitron2"})
    yield "no issuer", make({"iss": None})
    yield "issuers", make({"iss": ["omnitron"]})
    yield "another audience", make({"aud": "omnitro"})
    yield "no audience", make({"aud": None})
    yield "audiences of others", make({"aud": ["a", "b"]})
    yield "audience is an object", make({"aud": {"omnitron": 1}})
    yield "space before", " " + good
    yield "space after", good + " "
    yield "space inside", head + " ." + body + "." + sig
    yield "empty", ""
    yield "dots", ".."
    yield "one letter", "x"
    yield "1 MiB less a little", "A" * 500000 + "." + body + "." + sig
    yield "over 4096", make({"x": "y" * 4000})
    for i, part in enumerate((head, body, sig)):
        other = noncanonical(part)
        if other is not None and other != part:
            parts = [head, body, sig]
            parts[i] = other
            yield "non-canonical part %d" % i, ".".join(parts)
    if PUBLIC:
        for name in ("HS256", "HS384", "HS512"):
            yield name + " by the public key", make(key=PUBLIC,
                                                    algorithm=name)
    else:
        yield "HS512 by the key", make(algorithm="HS512")
        yield "HS384 by the key", make(algorithm="HS384")


def roleless():
    """Accepted, as somebody without a role"""
    for what, role in (("unknown", "root"), ("upper case", "ADMIN"),
                       ("empty", ""), ("blank", "admin ")):
        yield "role %s" % what, make({"role": role})
    yield "no role", make({"role": None})
    yield "roles unknown", make({"role": None, "roles": ["root", "x"]})
    yield "roles empty", make({"role": None, "roles": []})


def cpu(pid):
    with open("/proc/%d/stat" % pid) as f:
        field = f.read().rsplit(")", 1)[1].split()
    return (int(field[11]) + int(field[12])) / TICK


def refused_tcp(port, token):
    c = planes.tcp(port, token, planes.elsewhere())
    said, then = c.said, None
    if said is not None and "error" in said:
        then = c.call("OmnitronDaemon.list", {})
    c.close()
    if said is None:
        return "closed"
    code = said.get("error", {"code": 0})["code"]
    if code == TOO_LARGE and then is None and len(token) > 10000:
        return None    # of a stranger not even read to its end
    return None if code == UNAUTHORIZED and then in (UNAUTHORIZED, None) \
        else "%s, then %s" % (code, then)


def refused_http(port, token):
    if any(ord(c) < 33 or ord(c) > 126 for c in token):
        return None    # no header can say it
    status, code, _ = planes.http_call(port, token, "OmnitronDaemon.list", {},
                                       source=planes.elsewhere())
    # over the limit of a header is no token at all
    return None if status == 401 and code == UNAUTHORIZED or (
        status in (400, 431) and len(token) > 8192) else \
        "%s %s" % (status, code)


def main():
    global ALGORITHM, KEY, OTHER, PUBLIC
    ALGORITHM, KEY, OTHER, PUBLIC = sys.argv[1:5]
    tcp, http, pid = (int(a) for a in sys.argv[5:8])
    bad, n = [], 0
    for what, token in [("a good one", make()),
                        ("audiences with ours", make({"aud": ["x",
                                                              "omnitron"]})),
                        ("roles", make({"role": None,
                                        "roles": ["viewer", "admin"]})),
                        ("without kid", make(header={"kid": None}))]:
        if refused_tcp(tcp, token) is None or \
                refused_http(http, token) is None:
            bad.append("refused: " + what)
    for what, token in abuses():
        n += 1
        for name, how, port in (("tcp", refused_tcp, tcp),
                                ("http", refused_http, http)):
            why = how(port, token)
            if why is not None:
                bad.append("%s: %s: %s" % (name, what, why))
    for what, token in roleless():
        status, code, _ = planes.http_call(http, token, "OmnitronDaemon.list",
                                           {}, source=planes.elsewhere())
        if (status, code) != (403, -32003):
            bad.append("%s: %s %s" % (what, status, code))
    before, rounds = cpu(pid), 3
    worst = [t for _, t in abuses() if len(t) < 10000]
    for _ in range(rounds):
        for token in worst:
            refused_tcp(tcp, token)
    spent = 1000 * (cpu(pid) - before) / (rounds * len(worst))
    if spent > 1:
        bad.append("a refusal took %.2f ms" % spent)
    print("\n".join(bad))
    print("%d abuses, %d wrong, %.2f ms each with its connection" % (
        n, len(bad), spent))
    sys.exit(1 if bad or n < 60 else 0)


main()
