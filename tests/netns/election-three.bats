#!/usr/bin/env bats
# Three routers start at once, and die one after the other.

load ../lib/lab

setup() {
	lab_up r1 r2 r3
}

teardown() {
	lab_down
}

@test "E03 E04 three routers: only the best ever speaks; each death promotes the next one" {
	local last first
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web backup 3 # a slow start would not be an election of three
	start_vrrpd r2 "$(conf r2 150)"
	start_vrrpd r3 "$(conf r3 100)"
	wait_state r1 web master 6
	holds 26 no_advert from=r2
	assert_equal "$(advert_count from=r3)" 0
	assert_hooks r1 'INSTANCE web %s 200' BACKUP MASTER
	assert_hooks r2 'INSTANCE web BACKUP 150'
	assert_hooks r3 'INSTANCE web BACKUP 100'

	unplug r1
	first=$(wait_advert 5 from=r2)
	last=$(advert_last from=r1)
	assert_on_time 'r2 after r1' $((first - last)) "$(down_us 150)"
	wait_state r1 web fault 3
	wait_state r2 web master 1
	assert_equal "$(advert_count from=r3)" 0

	kill_daemon r2
	first=$(wait_advert 6 from=r3)
	last=$(advert_last from=r2)
	assert_on_time 'r3 after r2' $((first - last)) "$(down_us 100)"
	wait_state r3 web master 1
}
