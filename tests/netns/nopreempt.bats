#!/usr/bin/env bats
# preempt: false leaves a lower master alone, for as long as it lives.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

@test "P03 preempt false: silent for 30 s, then takes over when the master dies" {
	local first
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r2 web master 6
	start_vrrpd r1 "$(conf r1 200 'preempt: false')"
	wait_state r1 web backup 3
	holds 30 no_advert from=r1
	kill_daemon r2
	first=$(wait_advert 6 from=r1)
	assert_on_time 'takeover' $((first - $(advert_last from=r2))) "$(down_us 200)"
}
