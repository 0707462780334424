#!/usr/bin/env bats
# Runs of check scripts that misbehave: timeouts, children, overlap, many at once.

load ../lib/lab

setup() {
	lab_up r1
}

teardown() {
	lab_down
}

# at_most_one PATTERN SECONDS: never two such scripts in r1, sampled. (What a script is about to start is
# called like it for a moment, but is in its session.)
at_most_one() {
	local end
	end=$(($(now_us) + $2 * 1000000))
	while (($(now_us) < end)); do
		assert_between "scripts \"$1\"" "$(marked "$1" | sessions | sort -u | wc -l)" 0 1 >/dev/null
		sleep 0.1
	done
}

# sessions: of the processes on standard input, as far as they still are.
sessions() {
	local pid line session
	while read -r pid; do
		{ read -r line <"/proc/$pid/stat"; } 2>/dev/null || continue
		read -r _ _ _ session _ <<<"${line##*) }"
		echo "$session"
	done
}

# The processes of r1 whose command line contains that.
marked() {
	local pid
	for pid in $(ip netns pids "$(ns r1)"); do
		if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q -e "$1"; then
			echo "$pid"
		fi
	done
}

any_marked() {
	[[ -n $(marked "$1") ]]
}

none_marked() {
	[[ -z $(marked "$1") ]]
}

@test "S08 a check that ignores TERM is killed; its failure counts at the deadline, never two at once" {
	local command started
	command=$(script r1 stubborn <<-SCRIPT
		#!/bin/sh
		trap '' TERM
		date +%s%6N >>$LAB/r1/scratch/starts
		while :; do sleep 60; done
	SCRIPT
	)
	start_vrrpd r1 "$(conf_check r1 150 $'interval: 2s\ntimeout: 1s' "$command")"
	wait_state r1 web fault 3
	started=$(date -d "$(ctl r1 -j show | jq -r '.checks[0].last_run')" +%s%6N)
	assert_on_time 'verdict' $(($(since_us r1 web) - started)) 1000000
	at_most_one bin/stubborn 9
	assert_between 'runs' "$(wc -l <"$LAB/r1/scratch/starts")" 2 6
	[[ $(ctl r1 -j show | jq '.checks[0].failures') -ge 2 ]]
	stop_vrrpd r1
	none_marked 'sleep 60'
}

@test "S09 a timeout ends every descendant" {
	local command
	command=$(script r1 parent <<-'SCRIPT'
		#!/bin/sh
		sleep 101 &
		setsid sleep 102 &
		(setsid sh -c 'sleep 103 & exec sleep 104' &)
		sleep 105
	SCRIPT
	)
	start_vrrpd r1 "$(conf_check r1 150 $'interval: 60s\ntimeout: 1s' "$command")"
	wait_for 3 any_marked 'sleep 10[1-5]'
	wait_state r1 web fault 3
	wait_for 3.5 none_marked 'sleep 10[1-5]'
	wait_for 2 no_zombie "$(pid_of r1)"
}

@test "S10 a check slower than its interval does not overlap itself" {
	local command gap
	command=$(script r1 long <<-SCRIPT
		#!/bin/sh
		date +%s%6N >>$LAB/r1/scratch/starts
		sleep 2.5
	SCRIPT
	)
	start_vrrpd r1 "$(conf_check r1 150 $'interval: 1s\ntimeout: 4s' "$command")"
	at_most_one bin/long 10
	for gap in $(intervals <"$LAB/r1/scratch/starts"); do
		assert_between 'start to start' "$gap" 2500000 $((3200000 + ${VRRPD_SLACK_MS:-60} * 1000))
	done
	in_state r1 web master
}

@test "S13 fifty slow checks delay no advert" {
	local i command text
	command=$(script r1 busy <<-'SCRIPT'
		#!/bin/sh
		sleep 0.9
	SCRIPT
	)
	text=$(
		conf r1 250 "track: [$(printf 'c%s,' {1..49})c50]"
		echo checks:
		for i in {1..50}; do
			printf '  c%s: {command: %s, interval: 1s, timeout: 5s}\n' "$i" "$command"
		done
	)
	start_vrrpd r1 "$text"
	wait_state r1 web master 15
	enough() { (($(advert_count from=r1) >= 12)); }
	wait_for 20 enough
	assert_on_schedule 1000000 50000 from=r1
}
