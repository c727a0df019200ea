#!/usr/bin/env python3
"""Cases of hung_test: processes of the daemon that hang."""
import os
import re
import signal
import subprocess
import time

from daemon import check, gone, main, start_time, until


def numbers(d, name):
    return [int(n) for n in re.findall(r"\bline (\d+)$", d.log(name), re.M)]


def stopped(pid):
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rsplit(")", 1)[1].split()[0] == "T"


def replaced(d, kind, old, seconds):
    until(seconds, lambda: d.children().get(kind, old) != old,
          "another %s" % kind)


def logger(d):
    """It is stopped while an app writes: replaced, and the pipe kept it."""
    d.app("count", "count")
    d.up()
    d.wait_online()
    app = d.identity("count")
    until(10, lambda: len(numbers(d, "count")) > 200, "first lines")
    others = d.children()
    old = others.pop("logger")
    begin = time.monotonic()
    os.kill(old, signal.SIGSTOP)
    replaced(d, "logger", old, 15)
    took = time.monotonic() - begin
    last = numbers(d, "count")[-1]
    until(10, lambda: numbers(d, "count")[-1] > last + 500, "more lines")
    check(4.5 < took < 9, "replaced after %g s" % took)
    got = numbers(d, "count")
    lost = set(range(1, got[-1] + 1)) - set(got)
    print("replaced after %.1f s, %d of %d lines lost" % (
        took, len(lost), got[-1]))
    check(len(lost) <= 16, "lost %s" % sorted(lost)[:50])
    check(d.identity("count") == app, "the app noticed")
    now = d.children()
    check(all(now[k] == pid for k, pid in others.items()),
          "others were replaced as well: %s %s" % (others, now))
    check(gone(old), "the stopped one is left")


def disk(d):
    """The disk of the logs hangs (hung_test.sh mounted it): SIGKILL does
    not end the logger, and another lets the apps go on."""
    path = d.home + "/logs"
    progress = d.work + "/progress"
    text = d.work + "/loud"
    with open(text, "w") as f:
        # more in a second than a pipe holds
        f.write("""#!/bin/sh
n=0
line=$(printf '%%4000s' x)
while :; do
	for i in 1 2 3 4 5 6 7 8 9 10; do echo "$line"; done
	n=$((n + 1))
	echo $n > %s.new
	mv %s.new %s
	echo line $n
	sleep 0.05
done
""" % (progress, progress, progress))
    os.chmod(text, 0o755)

    def written():
        with open(progress) as f:
            return int(f.read())
    d.command("loud", '"%s"' % text)
    d.up()
    d.wait_online()
    until(10, lambda: written() > 5 and numbers(d, "loud"), "it writes")
    app = d.identity("loud")
    old = d.children()["logger"]
    since = start_time(old)
    subprocess.run(["fsfreeze", "-f", path], check=True)
    try:
        replaced(d, "logger", old, 20)
        new = d.children()["logger"]
        check(start_time(old) == since, "the old one could be killed: this "
              "is no hanging disk")
        before = written()
        # far more than all pipes hold together
        until(30, lambda: written() > before + 100, "the app goes on")
        reply = until(5, lambda: d.call("status")["degraded"], "it is told")
        check("disk hangs" in str(reply), "degraded: %s" % reply)
        reply = d.call("getLogs", {"name": "loud", "lines": 5})
        check(reply, "no lines of now")
        # the next one hangs as well and is killed: still one beside it
        check(d.children()["logger"] == new, "it was replaced again")
        check(start_time(old) == since, "the old one is gone")
    finally:
        subprocess.run(["fsfreeze", "-u", path], check=True)
    until(10, lambda: gone(old), "the old one ends")
    until(10, lambda: numbers(d, "loud")[-1] > written() - 5,
          "the file goes on")
    check("lines" in d.log("loud"), "the loss is not told")
    until(5, lambda: not d.call("status")["degraded"], "all is well")
    check(d.children()["logger"] == new, "another logger")
    check(d.identity("loud") == app, "the app noticed")


main({f.__name__: f for f in (logger, disk)})
