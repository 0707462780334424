#!/usr/bin/env bats
# The advertisement interval is learned from the master (RFC 9568), and unlearned.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

@test "T01 a backup learns the master's interval: takeover after three of those" {
	local last first
	start_vrrpd r1 "$(conf r1 200 'advertise-interval: 3s')"
	wait_state r1 web master 14
	start_vrrpd r2 "$(conf r2 100)"
	wait_for 5 learned
	kill_daemon r1
	last=$(advert_last from=r1)
	first=$(wait_advert 14 from=r2)
	assert_on_time 'takeover' $((first - last)) "$(down_us 100 300)"
	wait_advert 2 from=r2 after="$first" >"$LAB/second"
	assert_on_time 'own interval afterwards' $(($(<"$LAB/second") - last)) $(($(down_us 100 300) + 1000000))
	(($(instance r2 web .counters.interval_errors) >= 1))
}

learned() {
	[[ $(instance r2 web .master_advertise_interval_ms) == 3000 ]]
}

@test "T01 after a resignation the learned skew counts" {
	local zero first
	start_vrrpd r1 "$(conf r1 200 'advertise-interval: 3s')"
	wait_state r1 web master 14
	start_vrrpd r2 "$(conf r2 100)"
	wait_for 5 learned
	stop_vrrpd r1
	zero=$(advert_first from=r1 prio=0)
	first=$(wait_advert 4 from=r2)
	assert_on_time 'takeover' $((first - zero)) "$(skew_us 100 300)"
}

@test "T02 a fault makes a backup forget what it learned" {
	local since first
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r2 web backup 3
	inject src=192.0.2.200 prio=200 interval=300
	wait_for 2 learned
	unplug r2
	wait_state r2 web fault 2
	plug r2
	wait_state r2 web backup 3
	since=$(since_us r2 web)
	first=$(wait_advert 6 from=r2)
	assert_on_time 'takeover' $((first - since)) "$(down_us 100)"
}
