"""A service that is replaced, and those who use it meanwhile.

serve DIR     answers HTTP on the socket it is passed, with its pid; drains
              at SIGTERM.  DIR/slow: seconds until it is there; DIR/bad: it
              gives up after that many seconds; DIR/mute: 1, it never says
              that it is there.  DIR/linger: seconds it takes to answer a
              request.
load PORT FILE [THREADS]
              requests without a pause until FILE is there, then a line of
              JSON: how many were answered, failed, refused, and by how many
              processes.
"""
import asyncio
import json
import os
import signal
import socket
import sys
import threading
import time


def number(name):
    try:
        with open(os.path.join(sys.argv[2], name)) as f:
            return float(f.read())
    except OSError:
        return 0.0


async def answer(conn):
    reader, writer = await asyncio.open_connection(sock=conn)
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(number("linger"))
    body = b"%d\n" % os.getpid()
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                 b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def ready():
    """Say that it serves, where there is somebody to be told."""
    path = os.environ.get("NOTIFY_SOCKET")
    if path is None or number("mute"):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(b"READY=1", path)


async def serve():
    if number("bad"):
        await asyncio.sleep(number("bad"))
        print("no good", file=sys.stderr, flush=True)
        sys.exit(3)
    await asyncio.sleep(number("slow"))
    loop = asyncio.get_running_loop()
    listener = socket.socket(fileno=3)
    listener.setblocking(False)
    done = asyncio.Event()
    begun = set()

    def accept():
        """What is accepted is known to be begun before anything else."""
        try:
            conn, _ = listener.accept()
        except BlockingIOError:
            return
        task = loop.create_task(answer(conn))
        begun.add(task)
        task.add_done_callback(begun.discard)

    def stop():
        loop.remove_reader(listener)
        done.set()

    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_reader(listener, accept)
    print("serving as", os.getpid(), os.environ["OMNITRON_INSTANCE"],
          flush=True)
    ready()
    await done.wait()
    while begun:
        await asyncio.wait(begun)
    print("drained", os.getpid(), flush=True)


class Load:
    def __init__(self, port, until):
        self.port = port
        self.until = until
        self.lock = threading.Lock()
        self.served = self.failed = self.refused = 0
        self.pids = set()
        self.why = set()

    def request(self):
        with socket.create_connection(("127.0.0.1", self.port), 20) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            text = b""
            while True:
                part = s.recv(4096)
                if not part:
                    break
                text += part
        head, _, body = text.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 ") or not body.endswith(b"\n"):
            raise OSError("half an answer: %r" % text)
        return int(body)

    def run(self):
        while not os.path.exists(self.until):
            try:
                pid = self.request()
                with self.lock:
                    self.served += 1
                    self.pids.add(pid)
            except ConnectionRefusedError:
                with self.lock:
                    self.refused += 1
            except OSError as e:
                with self.lock:
                    self.failed += 1
                    self.why.add(str(e))


def load(port, until, threads):
    work = Load(port, until)
    began = time.monotonic()
    all_of_them = [threading.Thread(target=work.run) for _ in range(threads)]
    for t in all_of_them:
        t.start()
    for t in all_of_them:
        t.join()
    print(json.dumps({"served": work.served, "failed": work.failed,
                      "refused": work.refused, "processes": len(work.pids),
                      "seconds": round(time.monotonic() - began, 1),
                      "why": sorted(work.why)}))


if sys.argv[1] == "serve":
    asyncio.run(serve())
else:
    load(int(sys.argv[2]), sys.argv[3],
         int(sys.argv[4]) if len(sys.argv) > 4 else 4)
