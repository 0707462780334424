#!/usr/bin/env bats
# The configuration of the article: a pair of web servers, a check of each, a notify script.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

# article ROUTER PRIORITY
article() {
	cat <<-YAML
		version: 1
		checks:
		  apache:
		    command: [$VRRPD_ROOT/usr/lib/vrrpd/checks/http, "http://127.0.0.1/"]    # exit 0 = fine
		    interval: 2s
		    fall: 2
		    rise: 2$(sanitizer_options)
		instances:
		  web:
		    interface: eth0
		    vrid: 5
		    priority: $2
		    addresses: [192.0.2.10/24]
		    track: [apache]
		    notify: $LAB/$1/bin/notify
	YAML
}

# The sandbox of checks forbids ptrace, which the search for leaks needs.
sanitizer_options() {
	[[ -z ${VRRPD_SANITIZED:-} ]] || printf '\n    environment: {ASAN_OPTIONS: detect_leaks=0}'
}

# serve ROUTER: a web server that says who it is.
serve() {
	mkdir -p "$LAB/$1/www"
	echo "$1" >"$LAB/$1/www/index.html"
	background ip netns exec "$(ns "$1")" python3 -m http.server 80 --directory "$LAB/$1/www"
	wait_for 5 on "$1" curl -sf -m 1 http://127.0.0.1/
}

answers() {
	[[ $(on h1 curl -sf -m 1 http://192.0.2.10/) == "$1" ]]
}

@test "the article's pair: election, a failed web server, fault, takeover, recovery" {
	local server zero first
	serve r2
	serve r1
	server=$BACKGROUND
	start_vrrpd r1 "$(article r1 200)"
	start_vrrpd r2 "$(article r2 100)"
	wait_state r1 web master 8
	wait_state r2 web backup 2
	wait_for 2 answers r1
	wait_for 1 hook_seen r1 'INSTANCE web MASTER 200'

	kill "$server"
	zero=$(wait_advert 8 from=r1 prio=0)
	wait_state r1 web fault 1
	wait_for 1 lacks_address r1
	wait_for 1 hook_seen r1 'INSTANCE web FAULT 200'
	check_is r1 apache down
	first=$(wait_advert 3 from=r2 after="$zero")
	assert_on_time 'takeover' $((first - zero)) "$(skew_us 100)"
	wait_for 2 answers r2
	wait_for 1 hook_seen r2 'INSTANCE web MASTER 100'

	serve r1
	wait_state r1 web backup 6
	wait_state r1 web master 6
	wait_state r2 web backup 2
	wait_for 2 answers r1
	assert_hooks r1 'INSTANCE web %s 200' BACKUP MASTER FAULT BACKUP MASTER
	assert_hooks r2 'INSTANCE web %s 100' BACKUP MASTER BACKUP
}
