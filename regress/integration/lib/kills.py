#!/usr/bin/env python3
"""kills.py kills HOME WORK: many random kills under load.

After each kill one of the two state files must be whole; at no time may an
app run twice; at the end everything is as it was told to be.
"""
import os
import random
import signal
import threading
import time

import state
from daemon import Answer, Failed, check, gone, main, until

KILLS = int(os.environ.get("OMNITRON_KILLS", "200"))
STEADY = ["steady%d" % n for n in range(3)]
TOLD = ["told%d" % n for n in range(4)]
CRASHERS = ["crasher%d" % n for n in range(2)]


class Operator(threading.Thread):
    """Tells the apps of TOLD to start, stop and restart, over and over."""

    def __init__(self, d, seed):
        super().__init__(daemon=True)
        self.d = d
        self.random = random.Random(seed)
        self.over = False
        self.calls = self.errors = 0

    def run(self):
        while not self.over:
            method = self.random.choice(("startApp", "stopApp", "restartApp"))
            self.calls += 1
            try:
                self.d.call(method, {"name": self.random.choice(TOLD)},
                            timeout=5)
            except (Answer, OSError, ValueError):
                self.errors += 1
                time.sleep(0.01)


def whole(d):
    """One of the two files is, whatever was cut off."""
    why = []
    for name in (d.state, d.state + ".bak"):
        try:
            return state.load(name)
        except (OSError, ValueError) as e:
            why.append(str(e))
    raise Failed("no whole state: %s" % "; ".join(why))


def copies(d):
    """Processes of each app that live, by the command line."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/cmdline" % name, "rb") as f:
                args = f.read().split(b"\0")
        except OSError:
            continue
        if args[0] == d.sole.encode() and len(args) > 2 and \
                not gone(int(name)):
            found.setdefault(args[1].decode(), []).append(int(name))
    return found


def kill_one(d, rnd, done):
    if rnd.randrange(6) == 0:
        # Its processes may live for a moment yet: up has to bear that.
        parent = d.pid()
        os.kill(parent, signal.SIGKILL)
        until(5, lambda: gone(parent), "the parent is gone")
        done["parent"] = done.get("parent", 0) + 1
        whole(d)
        d.up()
        return
    parent = d.pid()
    alive = until(20, lambda: d.children(parent), "any process of the daemon")
    kind = rnd.choice(sorted(alive))
    os.kill(alive[kind], signal.SIGKILL)
    done[kind] = done.get(kind, 0) + 1
    whole(d)


def settle(d, name, method):
    """Tell it until it is said to be done; the daemon is whole by now."""
    def told():
        try:
            d.call(method, {"name": name})
        except Answer as e:
            return e.code == "FAILED"
        return True
    until(20, told, "%s %s" % (method, name))


def check_intents(d, intents):
    document = state.load(d.state)
    for name, intent in intents.items():
        check(state.app(document, name)["intent"] == intent,
              "intent of %s on disk is not %s" % (name, intent))
        info = d.info(name)
        check(info["intent"] == intent, "intent of %s" % name)
        check(info["status"] == ("online" if intent == "run" else "stopped"),
              "%s is %s" % (name, info["status"]))
        check((info["pid"] is None) == (intent == "stop"), "pid of " + name)


def kills(d):
    seed = int(os.environ.get("OMNITRON_SEED", time.time_ns() % 1000000))
    print("seed %d" % seed)
    rnd = random.Random(seed)
    done = {}
    for name in STEADY + TOLD:
        d.app(name)
    for name in CRASHERS:
        d.app(name, "150:1", "initial 50ms max 50ms max-restarts 64 window 2s")
    d.app("loud", "flood")
    d.up()
    until(20, lambda: all(d.is_status(n, "online") for n in STEADY),
          "all run")
    steady = d.identity(*STEADY)
    operators = [Operator(d, seed + n) for n in (1, 2)]
    for o in operators:
        o.start()
    begin = time.monotonic()
    for _ in range(KILLS):
        kill_one(d, rnd, done)
        time.sleep(rnd.random() * 0.2)     # a random point, not a wait
        d.no_reports()
    for o in operators:
        o.over = True
    for o in operators:
        o.join(30)
    until(30, d.all_there, "all processes are back")
    until(30, lambda: d.call("list"), "they answer")
    print("%d kills in %.1f s: %s; %d calls, %d of them failed" % (
        sum(done.values()), time.monotonic() - begin, done,
        sum(o.calls for o in operators), sum(o.errors for o in operators)))
    check(d.identity(*STEADY) == steady, "a steady app was touched")
    intents = {name: "run" for name in STEADY}
    for n, name in enumerate(TOLD):
        intents[name] = "stop" if n % 2 else "run"
        settle(d, name, "stopApp" if n % 2 else "startApp")
    until(10, lambda: check_intents(d, intents) is None, "intents hold")
    # once more, with all of it dead and only the disk to remember
    d.kill_parent()
    d.up()
    until(10, lambda: check_intents(d, intents) is None, "intents on disk")
    check(d.identity(*STEADY) == steady, "a steady app was touched at last")
    for path, pids in copies(d).items():
        check(len(pids) == 1, "%s has processes %s" % (path, pids))
    for name in TOLD[1::2]:
        check(d.work + "/" + name + ".lock" not in copies(d), name + " runs")
    d.down()
    until(5, lambda: not copies(d), "down leaves nothing")


if __name__ == "__main__":
    main({"kills": kills})
