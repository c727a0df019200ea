# An app that notifies as its arguments say, one after another, then sleeps:
#
#	TEXT		sends it ("|" is a newline)
#	sleep=S		waits
#	child=TEXT	has a child send it, which lives on
#	brief=TEXT	has one send it, which ends at once
#	beat=S		sends WATCHDOG=1 every S seconds from now on
#	flood		sends as much as it can
#	wait=FILE	until there is one
import os
import socket
import sys
import time

sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)


def say(text):
    while True:
        try:
            sock.sendto(text.replace("|", "\n").encode(),
                        os.environ["NOTIFY_SOCKET"])
            return
        except OSError:                 # the daemon is away
            time.sleep(0.05)


def fork(text, lives):
    pid = os.fork()
    if pid == 0:
        say(text)
        while lives:
            time.sleep(1000)
        os._exit(0)
    return pid


for arg in sys.argv[1:]:
    word, _, value = arg.partition("=")
    if word == "sleep":
        time.sleep(float(value))
    elif word == "child":
        fork(value, True)
    elif word == "brief":
        os.waitpid(fork(value, False), 0)
    elif word == "beat":
        while True:
            say("WATCHDOG=1")
            time.sleep(float(value))
    elif word == "flood":
        while True:
            say("STATUS=flood|READY=1|WATCHDOG=1|MAINPID=1234567")
    elif word == "wait":
        while not os.path.exists(value):
            time.sleep(0.02)
    else:
        say(arg.replace("PID", str(os.getpid()))
            if arg.startswith("STATUS") else arg)
while True:
    time.sleep(1000)
