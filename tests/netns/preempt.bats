#!/usr/bin/env bats
# A better router arrives.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

@test "P01 P02 preemption: after one master down interval, whatever the lower one sends" {
	local since first
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r2 web master 6
	wait_for 2 client_sees r2
	on h1 ping -c 1 -W 1 "$LAB_VIP"
	wait_for 2 client_knows r2
	watch_addresses r2
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web backup 3
	since=$(since_us r1 web)
	first=$(wait_advert 6 from=r1)
	assert_on_time 'first advert' $((first - since)) "$(down_us 200)"
	wait_for 1 address_seen r2 removed
	assert_between 'address removed after it' $(($(address_event r2 removed) - first)) 0 \
		$((100000 + 50000 + ${VRRPD_SLACK_MS:-60} * 1000))
	wait_for 2 client_knows r1
	wait_state r1 web master 1
	wait_state r2 web backup 1
	assert_equal "$(advert_count from=r2 after="$first")" 0
	assert_equal "$(advert_count prio=0)" 0
	assert_equal "$(instance r2 web .reason)" higher-priority
	assert_equal "$(instance r1 web .new_master_reason)" preempted
	holds 2 no_advert from=r2 after="$first"
}

@test "P04 preempt false is not consulted while master" {
	local time
	start_vrrpd r2 "$(conf r2 100 'preempt: false')"
	wait_state r2 web master 6
	watch_addresses r2
	time=$(inject src=192.0.2.200 prio=150)
	wait_state r2 web backup 1
	wait_for 1 lacks_address r2
	assert_between 'address removed' $(($(address_event r2 removed) - time)) 0 \
		$((100000 + 50000 + ${VRRPD_SLACK_MS:-60} * 1000))
	assert_equal "$(advert_count from=r2 after="$time")" 0
}
