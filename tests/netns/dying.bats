#!/usr/bin/env bats
# What dies or stands still at a bad moment.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

FAST='advertise-interval: 100ms'

new_child() {
	local pid
	pid=$(child_of r1 "$1") && [[ $pid != "$2" ]]
}

@test "C01 stopping while a new engine starts leaves nothing behind" {
	local i engine
	for i in {1..12}; do
		start_vrrpd r1 "$(conf r1 250 "$FAST")"
		wait_state r1 web master 4
		wait_for 1 holds_address r1
		engine=$(child_of r1 engine)
		kill -KILL "$engine"
		sleep "0.00$((i % 5))"
		stop_vrrpd r1
		assert_equal "$STATUS" 0
		lacks_address r1
		assert_equal "$(adverts from=r1 | tail -n 1 | awk '{ print $9 }')" 0
	done
	LAB_EXCEPT='start spacing log'
}

@test "C01 an engine that was silent for two intervals does not resume: it starts as backup" {
	local engine
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	start_vrrpd r2 "$(conf r2 100 "$FAST")"
	wait_state r1 web master 4
	watch_addresses r1
	engine=$(child_of r1 engine)
	kill -STOP "$engine"
	wait_for 3 have_advert from=r2
	wait_for 3 new_child engine "$engine"
	wait_state r1 web master 4
	assert_equal "$(instance r1 web .reason)" preempted
	wait_for 2 logged r1 'web: init -> backup (startup)'
	wait_for 2 address_seen r1 removed
	wait_state r2 web backup 2
}

@test "C01 an engine that finds a better master waiting does not resume" {
	local engine
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web master 6
	engine=$(child_of r1 engine)
	kill -STOP "$engine"
	inject src=192.0.2.200 prio=200 >/dev/null
	kill -KILL "$engine"
	wait_state r1 web backup 2
	wait_for 1 lacks_address r1
	assert_equal "$(advert_count prio=0)" 0
	LAB_EXCEPT=start
}

checker_is_away() {
	! child_of r1 checker
}

@test "C02 C04 a checker that dies again and again never ends the daemon; gone for too long its checks have failed" {
	local i checker before
	start_vrrpd r1 "$(conf_check r1 250 $'interval: 200ms\nfall: 2' | sed "s/^    vrid/    $FAST\n    vrid/")"
	wait_state r1 web master 4
	before=$(pid_of r1)
	for i in {1..4}; do
		wait_for 6 child_of r1 checker
		checker=$(child_of r1 checker)
		kill -KILL "$checker"
		wait_for 1 gone "$checker"
	done
	wait_for 2 checker_is_away
	wait_state r1 web fault 2
	check_is r1 probe broken
	wait_for 2 logged r1 'check probe: its checker is gone: counts as failed'
	wait_state r1 web master 12
	check_is r1 probe up
	assert_equal "$(pid_of r1)" "$before"
}

@test "a parent that stood still loses no resignation and sends no burst" {
	local stopped count
	start_vrrpd r1 "$(conf_check r1 250 $'interval: 100ms' | sed "s/^    vrid/    advertise-interval: 10ms\n    vrid/")"
	wait_state r1 web master 4
	kill -STOP "$(pid_of r1)"
	set_check r1 1
	wait_for 2 in_state r1 web fault
	sleep 0.5 # while it stands still
	stopped=$(now_us)
	kill -CONT "$(pid_of r1)"
	wait_for 2 have_advert from=r1 prio=0 after="$stopped"
	wait_for 1 lacks_address r1
	count=$(advert_count from=r1 after="$stopped" not-prio=0)
	assert_between 'stale adverts' "$count" 0 3
	refute logged r1 'asks too often'
	wait_for 2 hook_seen r1 'INSTANCE web FAULT 250'
}

stop_all() {
	# shellcheck disable=SC2046 # one argument a process
	kill "-$2" $(tree "$(pid_of "$1")")
}

@test "a backup that stood still hears what waited before it takes over" {
	start_vrrpd r1 "$(conf r1 200)"
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r1 web master 6
	wait_state r2 web backup 2
	stop_all r2 STOP
	sleep 4.5 # longer than the master down interval
	stop_all r2 CONT
	holds 2 in_state r2 web backup
	assert_equal "$(advert_count from=r2)" 0
}

@test "a master that stood still comes back without a burst" {
	local continued
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	start_vrrpd r2 "$(conf r2 100 "$FAST")"
	wait_state r1 web master 4
	wait_state r2 web backup 2
	stop_all r1 STOP
	wait_for 2 in_state r2 web master
	sleep 0.5 # a few intervals more
	continued=$(now_us)
	stop_all r1 CONT
	wait_state r2 web backup 2
	wait_state r1 web master 2
	sleep 0.3 # of adverts to count
	assert_between 'adverts within 300 ms' \
		"$(advert_count from=r1 after="$continued" before=$((continued + 300000)))" 1 8
	wait_for 2 client_sees r1
	LAB_EXCEPT='start spacing'
}

@test "a backup that was master once is withdrawn in silence" {
	local engine i time
	start_vrrpd r2 "$(conf r2 100 "$FAST")"
	wait_state r2 web master 4
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_state r1 web master 4
	wait_state r2 web backup 2
	time=$(now_us)
	for i in 1 2 3 4 5; do
		wait_for 3 child_of r2 engine
		engine=$(child_of r2 engine)
		kill -KILL "$engine"
		wait_for 1 gone "$engine"
	done
	wait_exit r2 5
	assert_equal "$STATUS" 5
	assert_equal "$(advert_count from=r2 after="$time")" 0
}

@test "C03 leftovers of an instance that is disabled now are removed at start" {
	start_vrrpd r1 "$(conf r1 250 "$FAST")"
	wait_state r1 web master 3
	wait_for 1 holds_address r1
	kill_daemon r1
	holds_address r1
	start_vrrpd r1 "$(conf r1 250 'enabled: false')"
	wait_for 2 lacks_address r1
	wait_state r1 web init 1
	wait_for 2 logged r1 'not enabled any more: removed'
}

cause() {
	[[ $(instance r1 web '.faults | join(",")') == *"$1"* ]]
}

@test "an interface that cannot be heard is a fault, never a deaf master; it is tried again" {
	on r1 sysctl -qw net.ipv4.igmp_max_memberships=0
	start_vrrpd r1 "$(conf r1 250 "$FAST")"
	wait_state r1 web fault 3
	cause 'cannot-receive eth0'
	[[ $(ctl r1 show) == *'cannot be received on eth0'* ]]
	holds 1 no_advert
	on r1 sysctl -qw net.ipv4.igmp_max_memberships=20
	wait_state r1 web master 4
	inject src=192.0.2.200 prio=254 >/dev/null
	wait_state r1 web backup 1
}
