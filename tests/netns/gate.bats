#!/usr/bin/env bats
# before-master: what must succeed before an instance becomes master.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

# conf_gate ROUTER PRIORITY LINES: the gate exits with what the check would.
conf_gate() {
	conf "$1" "$2" "$(printf 'before-master: {command: %s, writable: [%s]}\n%s' \
		"$LAB/$1/bin/check" "$LAB/$1/scratch" "$3")"
}

gate_runs() {
	wc -l <"$LAB/$1/scratch/runs"
}

gate_ran() {
	[[ -e $LAB/$1/scratch/runs ]] && (($(gate_runs "$1") >= $2))
}

@test "it stays backup while the gate fails, tries again, and takes over when it succeeds" {
	local ran first
	set_check r1 1
	start_vrrpd r1 "$(conf_gate r1 200 'on-failure: stay')"
	wait_for 6 gate_ran r1 1
	wait_state r1 web backup 1
	wait_for 1 logged r1 'before-master failed'
	assert_equal "$(instance r1 web .reason)" gate
	wait_for 6 gate_ran r1 2
	no_advert from=r1
	lacks_address r1
	set_check r1 0
	wait_for 6 gate_ran r1 3
	ran=$(tail -n 1 "$LAB/r1/scratch/runs" | cut -d' ' -f1)
	first=$(wait_advert 1 from=r1)
	((first > ran))
	wait_for 1 holds_address r1
}

@test "with on-failure: proceed it goes on" {
	set_check r1 1
	start_vrrpd r1 "$(conf_gate r1 200 'on-failure: proceed')"
	wait_state r1 web master 6
	gate_ran r1 1
	wait_for 1 logged r1 'goes on all the same'
}

@test "a master that is heard while the gate runs is the master" {
	local gate
	gate=$(script r1 slow <<-'SCRIPT'
		#!/bin/sh
		sleep 2
	SCRIPT
	)
	start_vrrpd r1 "$(conf r1 100 "before-master: $gate")"
	wait_state r1 web backup 2
	sleep 4.2 # the master down timer ran out 0.6 s ago
	inject src=192.0.2.200 prio=200
	holds 2.5 in_state r1 web backup
	no_advert from=r1
}
