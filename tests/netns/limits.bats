#!/usr/bin/env bats
# The shortest and the longest interval; weights on an owner.

load ../lib/lab

setup() {
	lab_up r1
}

teardown() {
	lab_down
}

# owns: r1 has the address itself.
owns() {
	ip -n "$(ns r1)" address add "$LAB_VIP/24" dev eth0
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r1/addresses"
}

@test "T06 an interval of 10 ms: a hundred adverts a second" {
	local first
	start_vrrpd r1 "$(conf r1 254 'advertise-interval: 10ms')"
	first=$(wait_advert 3 from=r1)
	wait_for 5 have_advert from=r1 after=$((first + 3000000))
	# None is made up for: on a busy machine there are fewer.
	assert_between 'adverts in three seconds' \
		"$(advert_count from=r1 after="$first" before=$((first + 3000000)))" \
		$((270 - (${VRRPD_SLACK_MS:-60} - 60) / 2)) 330
	assert_equal "$(adverts from=r1 | awk '{ print $10 }' | sort -u)" 1
}

@test "T06 an interval of 40.95 s is 4095 on the wire" {
	owns
	start_vrrpd r1 "$(conf r1 255 'advertise-interval: 40.95s')"
	wait_advert 3 from=r1
	assert_equal "$(adverts from=r1 | awk '{ print $9, $10 }')" '255 4095'
}

@test "O05 a check with a weight changes nothing for an owner" {
	owns
	start_vrrpd r1 "$(conf_check r1 255 $'interval: 200ms' | sed 's/track: .*/track: [{check: probe, weight: -60}]/')"
	wait_state r1 web master 3
	set_check r1 1
	wait_for 2 check_is r1 probe down
	holds 2 in_state r1 web master
	assert_equal "$(adverts from=r1 | awk '{ print $9 }' | sort -u)" 255
}

@test "O05 a check without a weight is a fault of an owner too" {
	local zero
	owns
	start_vrrpd r1 "$(conf_check r1 255 $'interval: 200ms')"
	wait_state r1 web master 3
	set_check r1 1
	zero=$(wait_advert 2 from=r1 prio=0)
	wait_state r1 web fault 1
	holds_address r1
	holds 2 no_advert from=r1 after="$zero"
	set_check r1 0
	wait_state r1 web master 2
	assert_equal "$(advert_first from=r1 after="$zero")" "$(advert_first from=r1 prio=255 after="$zero")"
}
