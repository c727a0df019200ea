# JSON Web Tokens, made here and not by what is tested: RFC 7515, 7518, 7519.
#
#	tokens.py make ALGORITHM KEYFILE [NAME=VALUE ...]
#
# A value is JSON if it can be, else a string; exp, nbf and iat may be +N or
# -N seconds from now; NAME= leaves the claim out.  header.NAME=VALUE changes
# the header.  exp is an hour from now, and kid "one", unless they are said.
import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def raw_ecdsa(der, size):
    """r and s of the DER sequence, each as long as the curve"""
    def integer(at):
        n = der[at + 1]
        value = int.from_bytes(der[at + 2:at + 2 + n], "big")
        return value.to_bytes(size, "big"), at + 2 + n
    start = 2 if der[1] < 0x80 else 3
    r, at = integer(start)
    s, _ = integer(at)
    return r + s


def signature(algorithm, keyfile, data):
    digest = "sha" + algorithm[2:]
    if algorithm.startswith("HS"):
        with open(keyfile, "rb") as f:
            return hmac.new(f.read(), data, getattr(hashlib, digest)).digest()
    sig = subprocess.run(["openssl", "dgst", "-" + digest, "-sign", keyfile],
                         input=data, stdout=subprocess.PIPE,
                         check=True).stdout
    if algorithm.startswith("ES"):
        return raw_ecdsa(sig, {"256": 32, "384": 48, "512": 66}[algorithm[2:]])
    return sig


def token(algorithm, keyfile, claims=None, header=None, exp=3600):
    head = {"alg": algorithm, "typ": "JWT", "kid": "one"}
    head.update(header or {})
    body = {"exp": int(time.time()) + exp}
    body.update(claims or {})
    head, body = ({k: v for k, v in d.items() if v is not None}
                  for d in (head, body))
    return sign(algorithm, keyfile, json.dumps(head).encode(),
                json.dumps(body).encode())


def sign(algorithm, keyfile, head, body):
    data = b64(head) + b"." + b64(body)
    return (data + b"." + b64(signature(algorithm, keyfile, data))).decode()


def value_of(name, text):
    if text == "":
        return None
    if name in ("exp", "nbf", "iat") and text[0] in "+-":
        return int(time.time()) + int(text)
    try:
        return json.loads(text)
    except ValueError:
        return text


def main():
    claims, header = {}, {}
    for arg in sys.argv[4:]:
        name, text = arg.split("=", 1)
        if name.startswith("header."):
            header[name[7:]] = value_of(name, text)
        else:
            claims[name] = value_of(name, text)
    print(token(sys.argv[2], sys.argv[3], claims, header))


if __name__ == "__main__":
    main()
