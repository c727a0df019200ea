# The walls of the processes of a running daemon, as the kernel shows them.
# Prints what is wrong; exits 1 if anything.
#
#	running.py HOME ROOT < status.json	(ROOT: 1 if it was started as root)
import collections
import json
import os
import pwd
import re
import sys

ROOT = os.geteuid() == 0        # who looks, not who runs
USERS = {"supervisor": "_omnitron", "store": "_omnistore",
         "control": "_omnictl", "apps": "_omniapp", "egress": "_omniegr",
         "logger": "_omnilog"}
ROOTS = {"supervisor": "run/empty", "store": "state",
         "control": "run/empty", "apps": "run/empty", "egress": "run/empty",
         "logger": "logs"}
# What else than sockets, pipes and the event queue each holds.
FILES = {
    "supervisor": r"/proc/\d+/stat|/sys/fs/cgroup/.*/(memory|cpu)\.[a-z.]*|"
                  r"/sys/fs/cgroup/.*/cgroup\.[a-z]*",
    "store": r"{work}(/state\.json.*)?",
    "control": r"/proc/\d+/statm",
    "apps": r"{home}/run/out/.*\.ready",
    "egress": r"socket:\[\d+\]",
    "logger": r"{home}/logs(/.*)?|{home}/run/out/.*",
}
LIMITS = {
    "supervisor": {"Max processes": 0, "Max file size": 0},
    "store": {"Max processes": 0, "Max file size": 64 << 20},
    "control": {"Max processes": 0, "Max file size": 0,
                "Max address space": 1 << 30},
    "apps": {"Max processes": 0, "Max file size": 0,
             "Max address space": 1 << 30},
    "egress": {"Max processes": 0, "Max file size": 0,
               "Max address space": 256 << 20},
    "logger": {"Max processes": 0},
}


def read(pid, name):
    with open(f"/proc/{pid}/{name}", "rb") as f:
        return f.read().decode("utf-8", "replace")


def status(pid):
    return dict(line.split(":\t", 1) for line in
                read(pid, "status").splitlines() if ":\t" in line)


def descriptors(pid):
    found = {}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        found[int(fd)] = os.readlink(f"/proc/{pid}/fd/{fd}")
    return found


def limits(pid):
    for line in read(pid, "limits").splitlines()[1:]:
        cell = re.split(r"  +", line)
        yield cell[0], cell[1:3]


def user(kind, pid, parent, root):
    uid = str(pwd.getpwnam(USERS[kind]).pw_uid) if root else \
        status(parent)["Uid"].split()[0]
    facts = status(pid)
    if facts["Uid"].split() != [uid] * 4:
        yield f"runs as {facts['Uid']}, not {uid}"
    if root:
        gid = pwd.getpwnam(USERS[kind]).pw_gid
        if facts["Gid"].split() != [str(gid)] * 4:
            yield f"is in the group {facts['Gid']}, not {gid}"
        if set(facts["Groups"].split()) - {str(gid)}:
            yield f"has more groups: {facts['Groups']}"
        if int(facts["CapPrm"], 16) or int(facts["CapEff"], 16):
            yield f"has capabilities: {facts['CapPrm']}"


def places(kind, pid, home, root):
    """What only root may look at"""
    # A user's home is flat (omnitrond(8)): the state lies in it.
    work = home if kind == "store" and not root else f"{home}/{ROOTS[kind]}"
    where = os.readlink(f"/proc/{pid}/root")
    if where != (work if root else "/"):
        yield f"its root is {where}"
    where = os.readlink(f"/proc/{pid}/cwd")
    if where != work:
        yield f"works in {where}"
    if "OMNITRON" in read(pid, "environ"):
        yield "has the environment of the daemon"
    own = re.compile(r"socket:\[\d+\]|pipe:\[\d+\]|/dev/null|"
                     r"anon_inode:\[eventpoll\]|" +
                     FILES[kind].replace("{home}", re.escape(home))
                     .replace("{work}", re.escape(work)))
    for fd, target in descriptors(pid).items():
        if not own.fullmatch(target):
            yield f"holds {target} as {fd}"


def child(kind, pid, parent, home, root):
    yield from user(kind, pid, parent, root)
    if ROOT:
        yield from places(kind, pid, home, root)
    facts = status(pid)
    if facts["NoNewPrivs"] != "1":
        yield "may gain privileges"
    title = read(pid, "cmdline").rstrip("\0")
    if title != f"omnitrond: {kind}":
        yield f"its title is {title!r}"
    expected = dict(LIMITS[kind], **{"Max core file size": 0})
    for name, pair in limits(pid):
        if name in expected and pair != [str(expected[name])] * 2:
            yield f"{name}: {pair}"
        if name == "Max open files" and kind == "control" and \
                int(pair[1]) > 4096:
            yield f"{name}: {pair}"


def dumpable(pid):
    # The files of a process that is not dumpable are root's, and nobody
    # else can follow them.
    if ROOT:
        return os.stat(f"/proc/{pid}/environ").st_uid != 0
    try:
        os.listdir(f"/proc/{pid}/fd")
    except PermissionError:
        return False
    return True


def shared(processes):
    """A channel has one owner at each end, but the log's and listeners."""
    owners = collections.defaultdict(set)
    log = set()
    for kind, pid in processes.items():
        for fd, target in descriptors(pid).items():
            if fd in (1, 2) and kind != "parent":
                log.add(target)
        for fd, target in descriptors(pid).items():
            if target.startswith(("socket:", "pipe:")):
                owners[target].add(kind)
    parents = set(descriptors(processes["parent"]).values())
    for target, kinds in owners.items():
        if len(kinds) == 1 or target in log and target.startswith("pipe:"):
            continue
        if kinds <= {"parent", "control", "apps"} and len(kinds) == 2 and \
                target in parents:
            continue                    # listeners, sockets of apps
        yield f"{target} is shared by {' '.join(sorted(kinds))}"


def main(home, root):
    reply = json.load(sys.stdin)
    processes = {p["kind"]: p["pid"]
                 for p in reply.get("result", reply)["processes"]}
    if set(processes) != {"parent"} | set(USERS):
        yield f"the processes are {sorted(processes)}"
    parent = processes["parent"]
    if status(parent)["NoNewPrivs"] != "0":
        yield "parent: no app could be setuid"
    for kind, pid in processes.items():
        if kind != "parent":
            yield from (f"{kind}: {text}"
                        for text in child(kind, pid, parent, home, root))
        if dumpable(pid):
            yield f"{kind}: can be traced and dumped"
    if ROOT:
        yield from shared(processes)


if __name__ == "__main__":
    wrong = list(main(os.path.realpath(sys.argv[1]), sys.argv[2] == "1"))
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
