#!/usr/bin/env python3
"""state.json as the integration tests read it.

load(path) verifies the checksum and returns the document; it raises
ValueError with the reason.  As a program:

    state.py FILE               exit 0 if the file is whole, else 1 and why
    state.py FILE APP [KEY]     also print the record of an app, or one member
"""
import json
import re
import sys

TAIL = re.compile(rb',"crc32c":"([0-9a-f]{8})"}\n\Z')


def _table():
    table = []
    for i in range(256):
        for _ in range(8):
            i = (i >> 1) ^ (0x82F63B78 if i & 1 else 0)
        table.append(i)
    return table


TABLE = _table()


def crc32c(data):
    c = 0xFFFFFFFF
    for byte in data:
        c = (c >> 8) ^ TABLE[(c ^ byte) & 0xFF]
    return c ^ 0xFFFFFFFF


def load(path):
    with open(path, "rb") as f:
        data = f.read()
    tail = TAIL.search(data)
    if tail is None:
        raise ValueError("%s: does not end in a checksum" % path)
    if int(tail.group(1), 16) != crc32c(data[:tail.start()]):
        raise ValueError("%s: the checksum does not hold" % path)
    return json.loads(data.decode("utf-8"))


def save(path, document):
    """In place, so that owner and mode stay."""
    document.pop("crc32c", None)
    data = json.dumps(document, separators=(",", ":")).encode()[:-1]
    tail = b',"crc32c":"%08x"}\n' % crc32c(data)
    with open(path, "r+b") as f:
        f.write(data + tail)
        f.truncate()


def app(document, name):
    for record in document["apps"]:
        if record["name"] == name:
            return record
    raise ValueError("no app %s" % name)


def main(argv):
    if len(argv) not in (2, 3, 4):
        sys.exit("usage: state.py file [app [key]]")
    try:
        value = load(argv[1])
        if len(argv) > 2:
            value = app(value, argv[2])
        if len(argv) > 3:
            value = value[argv[3]]
    except (OSError, ValueError, KeyError) as e:
        sys.exit("state.py: %s" % e)
    if len(argv) > 2:
        print(value if isinstance(value, str) else json.dumps(value))


if __name__ == "__main__":
    main(sys.argv)
