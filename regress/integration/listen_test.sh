# Sockets that are bound for apps and passed to them.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# server: $work/server, which checks what it was passed and answers with its
# pid on the first socket, of either kind
server()
{
	cat > "$work/server" <<-'END'
	import os, socket, stat
	fds = sorted(int(n) for n in os.listdir("/proc/self/fd"))
	n = int(os.environ["LISTEN_FDS"])
	assert int(os.environ["LISTEN_PID"]) == os.getpid()
	passed = [f for f in fds if f >= 3 and f < 3 + n and
	    stat.S_ISSOCK(os.fstat(f).st_mode)]
	print("passed", len(passed), os.environ["LISTEN_FDNAMES"], flush=True)
	s = socket.socket(fileno=3)
	while True:
	    c, _ = s.accept()
	    c.sendall(b"%d\n" % os.getpid())
	    c.close()
	END
	chmod 644 "$work/server"
	served="command \"$(command -v python3)\" \"-IS\" \"$work/server\""
}

# asks ADDRESS [PORT]: connects to a TCP or, with a path, a Unix socket, and
# prints the answer
asks()
{
	python3 -IS -c 'import socket, sys
if len(sys.argv) > 2:
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
else:
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(sys.argv[1])
print(s.recv(100).decode().strip())' "$@"
}

# answers PID ADDRESS [PORT]
answers()
{
	_want=$1
	shift
	[ "$(asks "$@")" = "$_want" ]
}

atf_test_case passed cleanup
passed_head()
{
	atf_set timeout 60
}
passed_body()
{
	omni_init
	server
	port=$(free_port)
	udp=$(free_port)
	omni_app web "$served
	listen tcp on 127.0.0.1 port $port name \"http\"
	listen unix \"$work/sock\" mode 0660
	listen udp on 127.0.0.1 port $udp name \"stats\""
	omni_up
	wait_for 10 logged web "passed 3 http:web:stats"
	wait_for 5 answers "$(pid_of web)" 127.0.0.1 "$port"
	equal "$(stat -c '%A %U' "$work/sock")" "srw-rw---- $app_user" socket
	ctl env web | grep -q '^LISTEN_FDNAMES=http:web:stats$' ||
	    atf_fail "the sockets are not in env"
	ctl env web | grep LISTEN_PID && atf_fail "LISTEN_PID of nobody shown"
	works stop web
	works start web
	wait_for 5 answers "$(pid_of web)" 127.0.0.1 "$port"
}
passed_cleanup() { omni_cleanup; }

# While an instance is replaced, connections wait; none is refused.
atf_test_case kept cleanup
kept_head()
{
	atf_set timeout 90
}
kept_body()
{
	omni_init
	server
	port=$(free_port)
	omni_app web "$served listen tcp on 127.0.0.1 port $port"
	omni_up
	wait_for 10 answers "$(pid_of web)" 127.0.0.1 "$port"
	# asked without a pause until it is told to end
	python3 -IS -c 'import os, socket, sys
n = 0
while not os.path.exists(sys.argv[2]):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
    s.recv(100)
    s.close()
    n += 1
print("asked", n)' "$port" "$PWD/enough" > asked 2>&1 &
	asker=$!
	for n in 1 2 3; do
		works restart web
	done
	touch enough
	wait "$asker" || atf_fail "refused: $(cat asked)"

	# nor when the daemon dies, and its successor binds the port again
	old=$(pid_of web)
	kill -KILL "$(daemon_pid parent)"
	omni_up
	wait_for 10 answers "$old" 127.0.0.1 "$port"
	works restart web
	wait_for 10 answers "$(pid_of web)" 127.0.0.1 "$port"
}
kept_cleanup() { omni_cleanup; }

atf_test_case taken cleanup
taken_head()
{
	atf_set timeout 60
}
taken_body()
{
	omni_init
	server
	port=$(free_port)
	python3 -IS -c 'import os, socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
open(sys.argv[2], "w").close()
time.sleep(60)' "$port" "$PWD/bound" &
	holder=$!
	wait_for 10 test -e "$PWD/bound"
	omni_app web "$served listen tcp on 127.0.0.1 port $port initial 200ms"
	omni_up
	fails 1 "listen tcp 127.0.0.1:$port: Address already in use, by \
pid $holder \(python3?[0-9.]*\) of uid $(id -u)" start web
	kill -KILL "$holder"
	wait_for 10 status_is web online
	wait_for 10 answers "$(pid_of web)" 127.0.0.1 "$port"
}
taken_cleanup()
{
	omni_cleanup
}

atf_test_case low_port cleanup
low_port_head()
{
	atf_set require.user root
	atf_set timeout 60
}
low_port_body()
{
	omni_init
	server
	omni_app web "$served listen tcp on 127.0.0.77 port 77"
	omni_up
	wait_for 10 answers "$(pid_of web)" 127.0.0.77 77
	equal "$(stat -c %U "/proc/$(pid_of web)")" nobody "user of the app"
}
low_port_cleanup() { omni_cleanup; }

# A change of a socket restarts; one that nobody names any more is closed.
atf_test_case reload cleanup
reload_head()
{
	atf_set timeout 60
}
reload_body()
{
	omni_init
	cp "$conf" base
	server
	port=$(free_port)
	omni_app web "$served listen tcp on 127.0.0.1 port $port"
	omni_up
	wait_for 10 answers "$(pid_of web)" 127.0.0.1 "$port"
	old=$(pid_of web)
	new=$(free_port)
	cp base "$conf"
	omni_app web "$served listen tcp on 127.0.0.1 port $new"
	works reload-config
	wait_for 10 pid_changed web "$old"
	wait_for 10 answers "$(pid_of web)" 127.0.0.1 "$new"
	asks 127.0.0.1 "$port" 2> /dev/null &&
	    atf_fail "the old port is still open"
	cp base "$conf"
	works reload-config
	closed()
	{
		! asks 127.0.0.1 "$new" 2> /dev/null
	}
	wait_for 10 closed
}
reload_cleanup() { omni_cleanup; }

# Another file where the socket should be is not touched.
atf_test_case in_the_way cleanup
in_the_way_head()
{
	atf_set timeout 60
}
in_the_way_body()
{
	omni_init
	server
	echo precious > "$work/sock"
	omni_app web "$served listen unix \"$work/sock\""
	omni_up
	fails 1 "listen unix $work/sock: another file is in its place" start web
	equal "$(cat "$work/sock")" precious "the file"
	rm -f "$work/sock"
	works start web
	wait_for 10 answers "$(pid_of web)" "$work/sock"
}
in_the_way_cleanup() { omni_cleanup; }

# Who takes the port as well would get the datagrams of the app.
atf_test_case udp_is_not_shared cleanup
udp_is_not_shared_head()
{
	atf_set timeout 60
}
udp_is_not_shared_body()
{
	omni_init
	server
	port=$(free_port)
	udp=$(free_port)
	omni_app web "$served listen tcp on 127.0.0.1 port $port
	listen udp on 127.0.0.1 port $udp"
	omni_up
	wait_for 10 status_is web online
	atf_check -o inline:"taken\n" python3 -IS -c 'import os, socket, sys
if os.getuid() == 0:
    os.setuid(65534)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(("127.0.0.1", int(sys.argv[1])))
    print("shared")
except OSError:
    print("taken")' "$udp"
}
udp_is_not_shared_cleanup() { omni_cleanup; }

# Other rights make another socket; one that goes leaves no file.
atf_test_case rights cleanup
rights_head()
{
	atf_set timeout 60
}
rights_body()
{
	omni_init
	cp "$conf" base
	server
	omni_app web "$served listen unix \"$work/sock\" mode 0666"
	omni_up
	wait_for 10 answers "$(pid_of web)" "$work/sock"
	equal "$(stat -c %A "$work/sock")" "srw-rw-rw-" socket
	cp base "$conf"
	omni_app web "$served listen unix \"$work/sock\""
	works reload-config
	tight()
	{
		[ "$(stat -c %A "$work/sock")" = "srw-------" ]
	}
	wait_for 10 tight
	wait_for 10 status_is web online
	wait_for 10 answers "$(pid_of web)" "$work/sock"

	# removed by hand: there again with the next instance
	rm "$work/sock"
	works restart web
	wait_for 10 answers "$(pid_of web)" "$work/sock"
	cp base "$conf"
	works reload-config
	no_socket()
	{
		[ ! -e "$work/sock" ]
	}
	wait_for 10 no_socket
}
rights_cleanup() { omni_cleanup; }

# Root binds nothing where somebody else could exchange folders below it.
atf_test_case not_for_root cleanup
not_for_root_head()
{
	atf_set require.user root
	atf_set timeout 60
}
not_for_root_body()
{
	omni_init
	server
	omni_app web "user root $served listen unix \"$work/sock\""
	omni_up
	fails 1 "listen unix $work/sock: .*is writable by others" start web
	[ ! -e "$work/sock" ] || atf_fail "it was bound"
}
not_for_root_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case udp_is_not_shared
	atf_add_test_case rights
	atf_add_test_case not_for_root
	atf_add_test_case passed
	atf_add_test_case kept
	atf_add_test_case taken
	atf_add_test_case low_port
	atf_add_test_case reload
	atf_add_test_case in_the_way
}
