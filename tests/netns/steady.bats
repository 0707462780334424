#!/usr/bin/env bats
# A master keeps time.

load ../lib/lab

setup() {
	lab_up r1
}

teardown() {
	lab_down
}

enough() {
	(($(advert_count from=r1) >= $1))
}

@test "E09 120 adverts at 1 s: no gap, no drift" {
	start_vrrpd r1 "$(conf r1 254)"
	wait_for 130 enough 121
	assert_on_schedule 1000000 20000 from=r1
	assert_equal "$(instance r1 web .counters.advertisement_sent)" "$(advert_count from=r1)"
}

@test "E09 200 adverts at 100 ms" {
	start_vrrpd r1 "$(conf r1 254 'advertise-interval: 100ms')"
	wait_for 30 enough 200
	assert_on_schedule 100000 10000 from=r1
}
