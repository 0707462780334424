#!/usr/bin/env bats
# Processes of the daemon die; the service does not.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

# A pair with r1 as master, and a check on it.
pair() {
	start_vrrpd r1 "$(conf_check r1 200 $'interval: 500ms\ntimeout: 5s')"
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r1 web master 6
	wait_state r2 web backup 2
	wait_for 1 holds_address r1
	wait_for 1 hook_seen r1 'INSTANCE web MASTER 200'
	watch_addresses r1
}

new_child() {
	local pid
	pid=$(child_of r1 "$1") && [[ $pid != "$2" ]]
}

# Nobody noticed: no advert of r2, no priority 0, no address event, no hook, one beat missed at most.
assert_unnoticed() {
	local gap
	assert_equal "$(advert_count from=r2)" 0
	assert_equal "$(advert_count prio=0)" 0
	refute address_seen r1 removed
	assert_hooks r1 'INSTANCE web %s 200' BACKUP MASTER
	for gap in $(adverts from=r1 | intervals); do
		assert_between 'gap' "$gap" 0 $((2020000 + (${VRRPD_SLACK_MS:-60} - 60) * 1000))
	done
}

@test "C01 the engine is killed while master: it resumes, nobody notices" {
	local engine
	pair
	engine=$(child_of r1 engine)
	kill -KILL "$engine"
	wait_for 2 new_child engine "$engine"
	wait_state r1 web master 2
	holds 5 no_advert from=r2
	in_state r1 web master
	assert_unnoticed
	assert_equal "$(instance r1 web .reason)" resume
}

@test "C01 the engine hangs while master: it is replaced, nobody notices" {
	local engine
	pair
	engine=$(child_of r1 engine)
	kill -STOP "$engine"
	wait_for 4 new_child engine "$engine"
	wait_state r1 web master 3
	holds 4 no_advert from=r2
	assert_unnoticed
}

@test "C01 the engine of a backup is killed: it stays a silent backup" {
	local engine
	pair
	engine=$(child_of r2 engine)
	kill -KILL "$engine"
	wait_state r2 web backup 2
	holds 4 no_advert from=r2
	in_state r1 web master
	LAB_EXCEPT=start
}

@test "C02 five engine crashes within a minute: priority 0, withdrawn, exit 5" {
	local engine i
	pair
	for i in 1 2 3 4 5; do
		engine=$(child_of r1 engine)
		kill -KILL "$engine"
		[[ $i == 5 ]] || wait_for 3 new_child engine "$engine"
	done
	wait_exit r1 5
	assert_equal "$STATUS" 5
	wait_for 2 have_advert from=r1 prio=0
	lacks_address r1
	no_daemon r1
	wait_state r2 web master 2
}

@test "C03 the parent is killed: the children go, the addresses stay, the next start takes care of them" {
	local parent before
	pair
	before=$(now_us)
	kill -KILL "$(pid_of r1)"
	wait_for 1.2 no_daemon r1
	wait_exit r1 1
	holds_address r1
	wait_for 6 in_state r2 web master
	# The other one holds it now: the first foreign advert ends the leftover.
	start_vrrpd r1
	wait_for 3 lacks_address r1
	wait_state r1 web master 8
	wait_for 1 holds_address r1
	wait_state r2 web backup 2
}

@test "C03 leftovers of a lone node are adopted when it becomes master again" {
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web master 6
	wait_for 1 holds_address r1
	kill_daemon r1
	holds_address r1
	watch_addresses r1
	start_vrrpd r1
	wait_state r1 web backup 3
	LAB_EXCEPT=addresses
	holds 2 holds_address r1
	wait_state r1 web master 6
	refute address_seen r1 removed
	LAB_EXCEPT=
}

@test "startup-delay is over once: an engine that is replaced later waits for its master down interval only" {
	local text
	text=$(conf r2 100 'advertise-interval: 100ms')
	start_vrrpd r1 "$(conf r1 200 'advertise-interval: 100ms')"
	start_vrrpd r2 "${text/version: 1/version: 1
global: {startup-delay: 4s\}}"
	wait_state r1 web master 3
	wait_state r2 web backup 3
	sleep 4.2 # the delay
	kill -KILL "$(child_of r2 engine)"
	wait_for 2 child_of r2 engine
	wait_state r2 web backup 2
	kill_daemon r1
	wait_state r2 web master 2
}

@test "C03 leftovers that are no longer configured are removed at start" {
	start_vrrpd r1 "$(conf r1 250 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	wait_for 1 holds_address r1
	kill_daemon r1
	start_vrrpd r1 "$(conf r1 250 | sed 's/192.0.2.10/192.0.2.11/')"
	wait_for 2 lacks_address r1
	wait_for 1 logged r1 192.0.2.10
}

@test "an operator's address is left alone and named as a problem" {
	ip -n "$(ns r1)" address add "$LAB_VIP/24" dev eth0
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r1/addresses"
	watch_addresses r1
	LAB_EXCEPT=addresses
	start_vrrpd r1 "$(conf r1 250 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	[[ $(ctl r1 -j show | jq -r '.problems[] | .kind + " " + .object + " " + .text') == *192.0.2.10* ]]
	stop_vrrpd r1
	holds_address r1
	refute address_seen r1 removed
}

@test "our addresses carry our mark" {
	watch_addresses r1
	start_vrrpd r1 "$(conf r1 250 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	wait_for 1 address_seen r1 added
	assert_equal "$(awk '$2 == "added" { print $5; exit }' "$LAB/r1/watch")" 112
}

@test "C04 the checker is killed: results hold, it comes back, nobody notices" {
	local checker
	pair
	checker=$(child_of r1 checker)
	kill -KILL "$checker"
	wait_for 3 new_child checker "$checker"
	holds 3 in_state r1 web master
	assert_unnoticed
	set_check r1 1
	wait_state r1 web fault 3
}

@test "C04 the checker is killed while the check fails: the fault stays until a success" {
	local checker
	pair
	set_check r1 1
	wait_state r1 web fault 3
	checker=$(child_of r1 checker)
	kill -KILL "$checker"
	wait_for 3 new_child checker "$checker"
	holds 2 in_state r1 web fault
	set_check r1 0
	wait_state r1 web backup 4
}

@test "a minder is killed: the run is broken and its script dies" {
	local command script_pid
	command=$(script r1 long <<-SCRIPT
		#!/bin/sh
		[ ! -e $LAB/r1/hang ] || { echo \$\$ >$LAB/r1/scratch/pid; exec sleep 30; }
	SCRIPT
	)
	start_vrrpd r1 "$(conf_check r1 200 $'interval: 500ms\ntimeout: 20s' "$command")"
	wait_state r1 web backup 3
	touch "$LAB/r1/hang"
	wait_for 3 test -s "$LAB/r1/scratch/pid"
	script_pid=$(cat "$LAB/r1/scratch/pid")
	rm "$LAB/r1/hang"
	kill -KILL "$(awk '/^PPid:/ { print $2 }' "/proc/$script_pid/status")"
	wait_for 2 gone "$script_pid"
	wait_for 2 failed_once
}

failed_once() {
	(($(ctl r1 -j show | jq '.checks[0].failures') >= 1))
}
