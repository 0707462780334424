#!/usr/bin/env bats
# The kinds of checks besides commands, from the configuration to the wire; a hook that runs units.

load ../lib/lab

setup() {
	lab_up r1
}

teardown() {
	lab_down
}

# What a check says of itself.
said_by() {
	ctl "$1" -j show checks | jq -r --arg name "$2" '.checks[] | select(.name == $name) | .output'
}

# stand_in NAME: a process of that name, whose pid is in $STAND_IN.
stand_in() {
	cp "$(command -v sleep)" "$LAB/$1"
	"$LAB/$1" 1000 3>&- </dev/null >/dev/null 2>&1 &
	STAND_IN=$!
}

listen_on_r1() {
	ip netns exec "$(ns r1)" python3 -m http.server --bind 127.0.0.1 --directory "$LAB/www" 8080 \
		3>&- </dev/null >/dev/null 2>&1 &
	SERVER=$!
}

effective() {
	[[ $(instance r1 web .effective_priority) == "$1" ]]
}

@test "each kind is up, goes down for its reason, and shows it" {
	mkdir "$LAB/www" "$LAB/disk"
	mount -t tmpfs -o size=8m none "$LAB/disk"
	echo '-30' >"$LAB/number"
	touch "$LAB/flag"
	stand_in stand-in-daemon
	listen_on_r1
	start_vrrpd r1 "$(conf r1 150 'track:
  - {check: process, weight: -10}
  - {check: tcp, weight: -10}
  - {check: http, weight: -10}
  - {check: ping, weight: -10}
  - {check: ping6, weight: -10}
  - {check: file, weight: -10}
  - {check: disk, weight: -10}')
checks:
  process: {process: stand-in-daemon, interval: 200ms}
  tcp: {tcp: \"127.0.0.1:8080\", interval: 200ms}
  http: {http: \"http://127.0.0.1:8080/\", interval: 200ms}
  ping: {ping: $(ip_of h1), interval: 200ms}
  ping6: {ping: $(ip -n "$(ns h1)" -6 -o address show dev eth0 scope link | awk '{ sub("/.*", "", $4); print $4 }'),
    device: eth0, interval: 200ms}
  file: {file: $LAB/flag, interval: 200ms}
  disk: {disk: {path: $LAB/disk, free: 50%}, interval: 200ms}"
	for check in process tcp http ping ping6 disk; do
		wait_for 10 check_is r1 "$check" up
	done

	kill "$STAND_IN"
	kill "$SERVER"
	rm "$LAB/flag"
	head -c 6M /dev/zero >"$LAB/disk/much"
	ip -n "$(ns h1)" link set eth0 down
	for check in process tcp http ping ping6 file disk; do
		wait_for 5 check_is r1 "$check" down
	done
	assert_equal "$(said_by r1 process)" 'not running'
	assert_equal "$(said_by r1 tcp)" 'connect: Connection refused'
	assert_equal "$(said_by r1 http)" 'connect: Connection refused'
	assert_equal "$(said_by r1 file)" 'No such file or directory'
	assert_equal "$(said_by r1 disk)" '25% free, too little'
	ctl r1 show | grep -q 'check tcp down for .* ("connect: Connection refused")'
	wait_for 2 logged r1 'check tcp: up -> down (connect: Connection refused)'
	umount -l "$LAB/disk"
}

@test "a process dies: priority 0 at once, and not at the next interval" {
	local killed zero
	stand_in stand-in-daemon
	start_vrrpd r1 "$(conf r1 200 $'advertise-interval: 100ms\ntrack: [daemon]')
checks:
  daemon: {process: stand-in-daemon, interval: 60s}"
	wait_state r1 web master 6
	killed=$(now_us)
	kill -9 "$STAND_IN"
	zero=$(wait_advert 6 from=r1 prio=0 after="$killed")
	echo "# priority 0 after $((zero - killed)) us" >&3
	assert_between 'death to priority 0' $((zero - killed)) 0 $((20000 + ${VRRPD_SLACK_MS:-60} * 1000))
	wait_state r1 web fault 1
}

@test "the number in a file moves the priority, as soon as it is written" {
	echo -30 >"$LAB/number"
	start_vrrpd r1 "$(conf r1 150 'track: [{check: load, weight: 2}]')
checks:
  load: {file: $LAB/number, interval: 60s}"
	wait_for 10 effective 90
	echo 5 >"$LAB/number"
	wait_for 2 effective 160
	echo 1000000 >"$LAB/number.new"
	mv "$LAB/number.new" "$LAB/number"
	wait_for 2 effective 254
	echo many >"$LAB/number"
	wait_for 2 check_is r1 load down
	assert_equal "$(said_by r1 load)" 'not a number: many'
}

@test "who pings has no more authority than who does not" {
	start_vrrpd r1 "$(conf r1 150 'track: [gateway]')
checks:
  gateway: {ping: $(ip_of h1), interval: 200ms}"
	wait_for 10 check_is r1 gateway up
	grep -qx $'CapEff:\t0000000000000000' "/proc/$(child_of r1 checker)/status"
	grep -qx $'CapBnd:\t0000000000000000' "/proc/$(child_of r1 checker)/status"
	# CHOWN and the rest are gone: KILL SETGID SETUID SETPCAP NET_ADMIN NET_RAW SYS_CHROOT
	grep -qx $'CapEff:\t00000000000431e0' "/proc/$(pid_of r1)/status"
}

@test "units run on the master only: the hook that is shipped, as root" {
	local stub
	install -d "$LAB/stub" "$LAB/units"
	stub=$LAB/stub/systemctl
	cat >"$stub" <<-SH
		#!/bin/sh
		case \$1 in start) echo active ;; stop) echo inactive ;; esac >$LAB/units/\$3
	SH
	chmod 755 "$stub"
	start_vrrpd r1 "$(conf r1 200 'advertise-interval: 100ms' | grep -v notify:)
    notify:
      all:
        command: [$VRRPD_ROOT/usr/lib/vrrpd/hooks/systemd-units, apache2.service, strongswan.service]
        run-as: root
        sandbox: off
        environment: {PATH: \"$LAB/stub:/usr/bin:/bin\"}"
	unit_is() { [[ $(cat "$LAB/units/$1" 2>/dev/null) == "$2" ]]; }
	wait_state r1 web master 6
	wait_for 2 unit_is apache2.service active
	wait_for 2 unit_is strongswan.service active
	grep -qx $'CapEff:\t00000000000431e0' "/proc/$(child_of r1 'checker (root)')/status"
	grep -qx $'CapBnd:\t00000000000431e0' "/proc/$(child_of r1 'checker (root)')/status"
	stop_vrrpd r1
	assert_equal "$STATUS" 0
	unit_is apache2.service inactive
	unit_is strongswan.service inactive
}
