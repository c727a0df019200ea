# Is a text in the memory of a process?  memory.py TEXT PID...: prints the
# pids that have it, and where; exits 1 if any has, 2 if one cannot be read.
import sys


def regions(pid):
    with open("/proc/%s/maps" % pid) as f:
        for line in f:
            field = line.split()
            name = field[5] if len(field) > 5 else ""
            if field[1].startswith("r") and name not in ("[vvar]",
                                                         "[vsyscall]"):
                low, high = (int(x, 16) for x in field[0].split("-"))
                yield low, high, name


def found(pid, text):
    with open("/proc/%s/mem" % pid, "rb", 0) as mem:
        read = 0
        for low, high, name in regions(pid):
            try:
                mem.seek(low)
                data = mem.read(high - low)
            except (OSError, ValueError, OverflowError):
                continue
            read += len(data)
            if text in data:
                yield name or "anonymous memory"
        if read < 100000:
            sys.exit("pid %s: only %d bytes could be read" % (pid, read))


def main():
    # the text itself is not to be found in this process's own arguments
    text = sys.stdin.buffer.read()
    bad = [(pid, where) for pid in sys.argv[1:] for where in found(pid, text)]
    for pid, where in bad:
        print("pid %s: in %s" % (pid, where))
    sys.exit(1 if bad else 0)


main()
