#!/bin/sh
# The http check against servers of all manners on loopback: http.sh PROGRAM
set -u

check=$1
dir=$(mktemp -d)
failed=0
server=

cleanup() {
	[ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# One port answers by path, one never accepts, one says nothing for ever, one talks nonsense.
cat >"$dir/server.py" <<'PY'
import http.server, os, socket, sys, threading, time

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/host/"):
            code = 200 if self.headers["Host"] == self.path[6:] else 404
        elif self.path in ("/", "/?q"):
            code = 200
        else:
            code = int(self.path[1:4])
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass

def listener():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(8)
    return s

def serve(s, answer):
    while True:
        c, _ = s.accept()
        threading.Thread(target=answer, args=(c,), daemon=True).start()

def nonsense(c):
    c.recv(1000)
    c.sendall(b"\x00\xffSSH-2.0\n" * 200)
    c.close()

def drip(c):
    try:
        while True:
            c.sendall(b"x")
            time.sleep(0.05)
    except OSError:
        pass

def hang_up(c):
    c.recv(1000)
    c.close()

web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
web6 = None
try:
    class Six(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6
    web6 = Six(("::1", 0), Handler)
    threading.Thread(target=web6.serve_forever, daemon=True).start()
except OSError:
    pass
silent = listener()
others = [listener() for _ in range(3)]
for s, answer in zip(others, (nonsense, drip, hang_up)):
    threading.Thread(target=serve, args=(s, answer), daemon=True).start()
closed = socket.socket()
closed.bind(("127.0.0.1", 0))
ports = [web.server_port, web6.server_port if web6 else 0, silent.getsockname()[1]]
ports += [s.getsockname()[1] for s in others] + [closed.getsockname()[1]]
with open(sys.argv[1] + ".new", "w") as f:
    f.write(" ".join(map(str, ports)) + "\n")
os.rename(sys.argv[1] + ".new", sys.argv[1])
web.serve_forever()
PY
python3 "$dir/server.py" "$dir/ports" &
server=$!
tries=0
while [ ! -s "$dir/ports" ]; do
	if ! kill -0 "$server" 2>/dev/null || [ $tries -ge 200 ]; then
		echo "no server"
		exit 1
	fi
	tries=$((tries + 1))
	sleep 0.05
done
read -r web web6 silent nonsense drip hang_up closed <"$dir/ports"

# expect EXIT TEXT ARGUMENT...: exit status, and what the one line on stderr contains ("" = no line)
expect() {
	status=$1 text=$2
	shift 2
	timeout 10 "$check" "$@" >"$dir/out" 2>"$dir/err"
	got=$?
	lines=$(wc -l <"$dir/err")
	if [ $got -ne "$status" ]; then
		echo "http $*: exit $got, not $status: $(cat "$dir/err")"
		failed=1
	elif [ -z "$text" ] && [ "$lines" -ne 0 ]; then
		echo "http $*: says $(cat "$dir/err")"
		failed=1
	elif [ -n "$text" ] && { [ "$lines" -ne 1 ] || ! grep -qF "$text" "$dir/err"; }; then
		echo "http $*: says not \"$text\" but: $(cat "$dir/err")"
		failed=1
	fi
}

# within LOW HIGH ARGUMENT...: ends by its timeout, in milliseconds
within() {
	low=$1 high=$2 start=$(date +%s%N)
	shift 2
	expect "$@"
	took=$((($(date +%s%N) - start) / 1000000))
	if [ $took -lt "$low" ] || [ $took -gt "$high" ]; then
		echo "http $*: took $took ms, not $low to $high"
		failed=1
	fi
}

url=http://127.0.0.1:$web
expect 0 "" "$url"
expect 0 "" "$url/"
expect 0 "" "$url?q"
expect 0 "" "$url/204"
expect 0 "" "$url/302#fragment"
expect 1 "$url/404: the server answers 404" "$url/404"
expect 1 "$url/500: the server answers 500" "$url/500"
expect 0 "" "http://localhost:$web/"
expect 0 "" "$url/host/127.0.0.1:$web"
expect 0 "" -h www.example.org "$url/host/www.example.org"
expect 1 "answers 404" -h www.example.org "$url/host/127.0.0.1:$web"
[ "$web6" -eq 0 ] || expect 0 "" "http://[::1]:$web6/"

expect 1 "http://127.0.0.1:$closed/: connect: Connection refused" "http://127.0.0.1:$closed/"
expect 1 "the answer is no HTTP" "http://127.0.0.1:$nonsense/"
expect 1 "closed the connection without an answer" "http://127.0.0.1:$hang_up/"
within 300 1500 1 "waiting for the answer: timed out" -t 300ms "http://127.0.0.1:$silent/"
within 300 1500 1 "waiting for the answer: timed out" -t 300ms "http://127.0.0.1:$drip/"
within 1000 2000 1 "timed out" -t 1s "http://127.0.0.1:$silent/"

expect 2 "begins with http://" "https://127.0.0.1/"
expect 2 "']' is missing" "http://[::1"
expect 2 "1 to 65535" "http://127.0.0.1:65536/"
expect 2 "1 to 65535" "http://127.0.0.1:/"
expect 2 "a host is due" "http:///path"
expect 2 "not supported" "http://user@127.0.0.1/"
expect 2 "control" "$(printf 'http://127.0.0.1/a\r\nX: y')"
expect 2 "blanks" -h "a b" "$url"
expect 2 "500ms or 2s" -t 0 "$url"
expect 2 "500ms or 2s" -t 1d "$url"
expect 2 "500ms or 2s" -t 99999999999999999999 "$url"
expect 0 "" --help
grep -q "^usage: http" "$dir/out" || { echo "--help shows no usage"; failed=1; }

exit $failed
