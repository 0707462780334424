#!/usr/bin/env bats
# A better router that lets routing settle first.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

@test "P05 preempt-delay: a lower master is put up with for that long, then for what is left of its silence" {
	local heard first
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r2 web master 6
	start_vrrpd r1 "$(conf r1 200 'preempt-delay: 10s')"
	wait_state r1 web backup 3
	heard=$(wait_advert 3 from=r2 after="$(since_us r1 web)")
	first=$(wait_advert 16 from=r1)
	assert_between 'first advert after the first one heard' $((first - heard)) 12190000 \
		$((13240000 + ${VRRPD_SLACK_MS:-60} * 1000))
	wait_state r2 web backup 1
	assert_equal "$(instance r1 web .new_master_reason)" preempted
}

@test "P06 preempt-delay does not delay a failover" {
	local last first
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r2 web master 6
	start_vrrpd r1 "$(conf r1 200 'preempt-delay: 60s')"
	wait_state r1 web backup 3
	holds 4 no_advert from=r1
	kill_daemon r2
	last=$(advert_last from=r2)
	first=$(wait_advert 5 from=r1)
	assert_on_time 'takeover' $((first - last)) "$(down_us 200)"
}
