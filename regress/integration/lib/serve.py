# A server to probe, which does what the files in the current folder say:
# `status' (default 200), `body' (default "fine"), `hang' (there: no answer).
# Notes the path of each request in `requests'.
#
#	serve.py PORT [SECONDS]		begins after so long
import http.server
import os
import sys
import threading
import time

most = now = 0
lock = threading.Lock()


def said(name, default):
    try:
        with open(name) as f:
            return f.read().strip()
    except FileNotFoundError:
        return default


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global most, now
        with lock:
            now += 1
            if now > most:
                most = now
                with open("most", "w") as f:
                    f.write(str(most))
        with open("requests", "a") as f:
            f.write(self.path + "\n")
        while os.path.exists("hang"):
            time.sleep(0.05)
        time.sleep(float(said("slow", "0")))
        with lock:
            now -= 1
        body = said("body", "fine").encode()
        self.send_response(int(said("status", "200")))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if len(sys.argv) > 2:
    time.sleep(float(sys.argv[2]))
http.server.ThreadingHTTPServer.request_queue_size = 64
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])),
                                Handler).serve_forever()
