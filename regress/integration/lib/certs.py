#!/usr/bin/env python3
"""Certificates for tests, made by openssl.

usage: certs.py DIR [NAME ...]

In DIR then, each (or those that are named) as NAME.pem and NAME.key:
  ca, other       two authorities
  good            of ca, for localhost and 127.0.0.1, valid now
  expired, early  as good, but no more, or not yet, valid
  elsewhere       of ca, for another host
  unknown         of other, for localhost
  self            for localhost, signed by itself
  client          of ca, for a client; stranger: of other
"""
import datetime
import os
import subprocess
import sys

CONFIG = """
[ca]
default_ca = it
[it]
dir = .
database = ./index.txt
serial = ./serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
CN = nobody
"""
LOCAL = "DNS:localhost,IP:127.0.0.1"
OTHERS = {
    "expired": ("ca", LOCAL, -20, -10),
    "early": ("ca", LOCAL, 10, 20),
    "elsewhere": ("ca", "DNS:elsewhere.example"),
    "unknown": ("other", LOCAL),
    "client": ("ca", "DNS:client", -1, 30, "clientAuth"),
    "stranger": ("other", "DNS:client", -1, 30, "clientAuth"),
}
DAY = datetime.timedelta(days=1)


def openssl(*args):
    run = subprocess.run(("openssl",) + args, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, universal_newlines=True)
    if run.returncode != 0:
        sys.exit("openssl %s:\n%s" % (" ".join(args), run.stdout))


def key(name):
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-out", name + ".key")
    os.chmod(name + ".key", 0o600)


def self_signed(name, *ext):
    key(name)
    args = ["req", "-x509", "-new", "-config", "ca.cnf", "-key",
            name + ".key", "-subj", "/CN=" + name, "-days", "30", "-out",
            name + ".pem"]
    for e in ext:
        args += ["-addext", e]
    openssl(*args)


def signed(name, ca, names, begin=-1, end=30, use="serverAuth"):
    now = datetime.datetime.utcnow()
    key(name)
    openssl("req", "-new", "-config", "ca.cnf", "-key", name + ".key",
            "-subj", "/CN=" + name, "-addext", "subjectAltName=" + names,
            "-addext", "extendedKeyUsage=" + use, "-out", name + ".csr")
    openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-cert",
            ca + ".pem", "-keyfile", ca + ".key", "-in", name + ".csr",
            "-startdate", (now + begin * DAY).strftime("%Y%m%d%H%M%SZ"),
            "-enddate", (now + end * DAY).strftime("%Y%m%d%H%M%SZ"),
            "-out", name + ".pem")


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])
    with open("ca.cnf", "w") as f:
        f.write(CONFIG)
    with open("index.txt", "w"):
        pass
    with open("serial", "w") as f:
        f.write("01\n")
    authority = ("basicConstraints=critical,CA:TRUE",
                 "keyUsage=critical,keyCertSign,cRLSign")
    self_signed("ca", *authority)
    self_signed("other", *authority)
    self_signed("self", "subjectAltName=" + LOCAL)
    signed("good", "ca", LOCAL)
    for name, how in OTHERS.items():
        if len(sys.argv) == 2 or name in sys.argv[2:]:
            signed(name, *how)


if __name__ == "__main__":
    main()
