#!/usr/bin/env python3
"""Cases of state_test: the state on disk, whatever happens to it."""
import glob
import os
import re
import shutil
import signal
import subprocess
import time

import state
from daemon import check, main, until

# ---- files that are damaged or gone ----------------------------------------


def two_apps(d):
    """`off` was told to stop, `on` to run, against their configuration."""
    d.app("off")
    d.app("on", more="autostart no")
    d.up()
    d.call("stopApp", {"name": "off"})
    d.call("startApp", {"name": "on"})
    # once more, so that the backup says the same
    d.call("restartApp", {"name": "on"})
    until(5, lambda: all(state.app(state.load(f), "on")["intent"] == "run" and
                         state.app(state.load(f), "off")["intent"] == "stop"
                         for f in (d.state, d.state + ".bak")),
          "both files know")


def remembers(d):
    d.wait_status("on", "online")
    check(d.is_status("off", "stopped"), "off: %s" % d.info("off"))


def forgets(d):
    d.wait_status("off", "online")
    check(d.is_status("on", "stopped"), "on: %s" % d.info("on"))


def said(d, pattern):
    with open(d.home + "/logs/omnitrond.log") as f:
        return re.search(pattern, f.read())


def names(d, pattern):
    return glob.glob(d.statedir + "/" + pattern)


DAMAGES = {
    "a byte": lambda b: b[:80] + bytes([b[80] ^ 1]) + b[81:],
    "the end": lambda b: b[:-30],
    "all": lambda b: b"",
    "noise": lambda b: os.urandom(len(b)),
    "more": lambda b: b + b[-40:],
}


def damage(path, how):
    """Of this file alone: a cut can leave one file with both names."""
    st = os.stat(path)
    with open(path, "rb") as f:
        data = f.read()
    os.unlink(path)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600),
              "wb") as f:
        f.write(DAMAGES[how](data))
        os.fchown(f.fileno(), st.st_uid, st.st_gid)


def damaged(d):
    two_apps(d)
    for n, how in enumerate(DAMAGES, 1):
        d.down()
        damage(d.state, how)
        d.up()
        remembers(d)
        until(5, lambda: len(names(d, "state.json.corrupt-*")) == n,
              "%s: moved aside" % how)
        until(5, lambda: state.load(d.state), "a whole file is back")
        # so that the next round's backup knows as well
        d.call("restartApp", {"name": "on"})
        until(5, lambda: state.load(d.state + ".bak"), "a whole backup")
    check(said(d, "warn store state.json is damaged .*state.json.bak"),
          "no warning about the backup")
    # the daemon that was killed, too
    d.kill_parent()
    damage(d.state, "the end")
    before = len(names(d, "state.json.corrupt-*"))
    d.up()
    remembers(d)
    check(len(names(d, "state.json.corrupt-*")) > before, "moved aside")


def both_damaged(d):
    two_apps(d)
    d.down()
    with open(d.state, "rb") as f:
        good = f.read()
    damage(d.state, "a byte")
    damage(d.state + ".bak", "the end")
    d.up()
    forgets(d)
    until(5, lambda: state.load(d.state), "a new state is written")
    aside = names(d, "*.corrupt-*")
    check(len(aside) == 2, "moved aside: %s" % aside)
    check(DAMAGES["a byte"](good) in [open(f, "rb").read() for f in aside],
          "the damaged file itself is kept")
    check(said(d, "error.*state"), "no error line")


def missing(d):
    two_apps(d)
    d.down()
    os.unlink(d.state)
    d.up()
    forgets(d)
    check(names(d, "state.json.bak-*"), "the backup is not moved aside")
    check(said(d, "warn.*state"), "no warning")
    # neither is there: a first start, nothing to say
    d.down()
    for path in names(d, "state.json*"):
        os.unlink(path)
    d.up()
    forgets(d)
    check(not names(d, "*-[0-9]*"), "something was moved aside")


# ---- a folder that cannot be written ---------------------------------------


def unwritable(d, spoil, mend):
    d.app("a")
    d.app("off", more="autostart no")
    d.up()
    d.wait_status("a", "online")
    until(5, lambda: state.app(state.load(d.state), "a")["status"] ==
          "online", "the state is written")
    spoil()
    try:
        begin = time.monotonic()
        reply = d.call("startApp", {"name": "off"})
        check(time.monotonic() - begin < 3.5, "a start waits")
        check(reply["status"] == "online", "started: %s" % reply)
        check(reply.get("persisted") is False, "persisted: %s" % reply)
        until(5, lambda: d.call("status")["degraded"], "status: degraded")
        print("degraded: %s" % d.call("status")["degraded"])
        old = d.info("a")["pid"]
        os.kill(old, signal.SIGKILL)
        until(5, lambda: d.info("a")["pid"] not in (None, old) and
              d.is_status("a", "online"), "apps go on")
        state.load(d.state)
        until(5, lambda: said(d, "error store"), "an error line")
        with open(d.home + "/logs/omnitrond.log") as f:
            check(len(re.findall("error store", f.read())) == 1,
                  "one line for each cause")
    finally:
        mend()
    reply = d.call("stopApp", {"name": "off"})
    check(reply.get("persisted", True), "persisted again: %s" % reply)
    until(5, lambda: not d.call("status")["degraded"], "not degraded")
    check(state.app(state.load(d.state), "off")["intent"] == "stop",
          "written again")
    until(5, lambda: not names(d, "*.tmp"), "no temporary file is left")


def read_only(d):
    if not d.root:
        os.mkdir(d.home + "/state", 0o700)
        d.statedir = d.home + "/state"
        d.state = d.statedir + "/state.json"
        with open(d.conf, "a") as f:
            f.write('statefile "%s"\n' % d.state)
    unwritable(d, lambda: os.chmod(d.statedir, 0o500),
               lambda: os.chmod(d.statedir, 0o700))


def full(d):
    """The state folder is a small tmpfs: state_test.sh mounted it."""
    filler = d.statedir + "/filler"

    def fill():
        with open(filler, "wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"x" * 4096)
            except OSError:
                pass
    unwritable(d, fill, lambda: os.unlink(filler))


# ---- every prefix of what the store does -----------------------------------

CALL = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


def recorded_calls(path):
    """(name, arguments, strings, result) of each call that succeeded."""
    with open(path) as f:
        for line in f:
            m = CALL.match(line)
            if m is None or int(m.group(3)) < 0:
                continue
            found = TEXT.findall(m.group(2))
            check(not any(cut for _, cut in found), "a cut string")
            strings = [unhex(s) for s, _ in found]
            plain = TEXT.sub('""', m.group(2))
            yield m.group(1), plain, strings, int(m.group(3))


class Replay:
    """Does in a folder what the store did in its own."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}         # descriptor to [name, synced]
        self.synced = {}        # name: all of it is on disk
        self.renames = 0

    def path(self, name):
        name = name.decode()
        check("/" not in name, "a path outside the folder: " + name)
        return os.path.join(self.folder, name)

    def step(self, call, plain, strings, result):
        """Yields after each change that a cut could leave behind."""
        fd = plain.split(",")[0].strip()
        if call == "openat":
            if "O_CREAT" in plain:
                check("O_EXCL" in plain, "created without O_EXCL")
                os.close(os.open(self.path(strings[0]),
                                 os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                self.files[str(result)] = strings[0]
                self.synced[strings[0]] = False
                yield "create"
            else:
                self.files.pop(str(result), None)
        elif call == "write" and fd in self.files:
            name = self.files[fd]
            data = strings[0][:result]
            start = os.path.getsize(self.path(name))
            for cut in sorted({1, len(data) // 2, len(data)}):
                with open(self.path(name), "r+b") as f:
                    f.seek(start)
                    f.write(data[:cut])
                yield "write %d of %d" % (cut, len(data))
            self.synced[name] = False
        elif call in ("fsync", "fdatasync") and fd in self.files:
            self.synced[self.files[fd]] = True
        elif call == "close":
            self.files.pop(fd, None)
        elif call == "linkat":
            os.link(self.path(strings[0]), self.path(strings[1]))
            self.synced[strings[1]] = self.synced.get(strings[0], True)
            yield "link"
        elif call in ("renameat", "renameat2"):
            check(self.synced.get(strings[0], True),
                  "%s is renamed before it is on disk" % strings[0])
            os.rename(self.path(strings[0]), self.path(strings[1]))
            self.synced[strings[1]] = True
            self.renames += strings[1] == b"state.json"
            yield "rename to %s" % strings[1].decode()
        elif call == "unlinkat":
            os.unlink(self.path(strings[0]))
            yield "unlink"


def trace(d, output):
    """strace of the store, attached; None if that is not permitted."""
    p = subprocess.Popen(
        ["strace", "-f", "-p", str(d.children()["store"]), "-xx", "-s",
         "10000000", "-e", "trace=openat,write,fsync,fdatasync,close,linkat,"
         "renameat,renameat2,unlinkat,link,rename,unlink,open,ftruncate,"
         "pwrite64,writev", "-o", output],
        stderr=subprocess.PIPE, text=True)
    line = p.stderr.readline()
    if "attached" not in line:
        p.kill()
        p.wait()
        return None
    return p


def prefixes(d):
    d.app("on", more="autostart no")
    d.app("off")
    d.app("crasher", "30:1", "initial 10ms max 10ms max-restarts 64")
    d.up()
    record, folder = d.work + "/trace", d.work + "/replay"
    d.call("startApp", {"name": "on"})
    d.call("stopApp", {"name": "off"})
    d.call("stopApp", {"name": "crasher"})
    until(5, lambda: state.app(state.load(d.state), "off")["intent"] ==
          "stop", "the state is written")
    # Nothing is written while nothing happens: the folder as it is now.
    p = trace(d, record)
    if p is None:
        print("SKIP")
        return
    try:
        shutil.copytree(d.statedir, folder, ignore=lambda _, names: [
            n for n in names if not n.startswith("state.json")])
        d.call("startApp", {"name": "crasher"})
        for _ in range(5):
            d.call("restartApp", {"name": "on"})
        d.call("stopApp", {"name": "crasher"})
        d.call("restartApp", {"name": "on"})
        d.recorded("on")
        until(5, lambda: state.app(state.load(d.state), "on")["status"] ==
              "online", "the last of it is written")
    finally:
        p.send_signal(signal.SIGINT)
        p.wait()
        p.stderr.close()
    replay, count, kinds = Replay(folder), 0, {}
    for call in recorded_calls(record):
        for what in replay.step(*call):
            count += 1
            check_prefix(folder, what)
            keep_prefix(d, folder, what, kinds)
    check(replay.renames >= 10, "only %d writes" % replay.renames)
    print("%d prefixes of %d writes" % (count, replay.renames))
    with open(folder + "/state.json", "rb") as a, open(d.state, "rb") as b:
        check(a.read() == b.read(), "the replay ends as the state did")
    d.down()
    for what, kept in kinds.items():
        boot_prefix(d, kept, what)


def check_prefix(folder, what):
    check(os.path.exists(folder + "/state.json"), what + ": no primary")
    document = state.load(folder + "/state.json")
    check(state.app(document, "on")["intent"] == "run" and
          state.app(document, "off")["intent"] == "stop", what + ": intents")


def keep_prefix(d, folder, what, kinds):
    kind = what if what.startswith("rename") else what.split()[0]
    if kind not in kinds:
        kinds[kind] = "%s/kept%d" % (d.work, len(kinds))
        shutil.copytree(folder, kinds[kind])


def boot_prefix(d, kept, what):
    """A real daemon starts on it."""
    for path in names(d, "state.json*"):
        os.unlink(path)
    owner = os.stat(d.statedir)
    for name in os.listdir(kept):
        to = os.path.join(d.statedir, name)
        shutil.copy(os.path.join(kept, name), to)
        os.chmod(to, 0o600)
        os.chown(to, owner.st_uid, owner.st_gid)
    d.up()
    remembers(d)
    check(not names(d, "*.corrupt-*"), "after a %s: damaged" % what)
    d.down()


main({f.__name__: f for f in (
    damaged, both_damaged, missing, read_only, full, prefixes)})
