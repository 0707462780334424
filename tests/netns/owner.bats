#!/usr/bin/env bats
# The owner of the addresses: priority 255.

load ../lib/lab

LAB_VIP=192.0.2.10

setup() {
	lab_up r1 r2
	# The owner has another primary address: its adverts do not come from the address it owns.
	ip -n "$(ns r1)" address add "$LAB_VIP/24" dev eth0
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r1/addresses"
}

teardown() {
	lab_down
}

@test "O01 the owner speaks at once, announces, and its address stays untouched" {
	watch_addresses r1
	start_vrrpd r1 "$(conf r1 255)"
	wait_state r1 web master 2
	wait_for 1 have_advert from=r1 prio=255
	assert_between 'first advert after its start' \
		$(($(advert_first from=r1) - $(since_us r1 web))) -5000 $((100000 + ${VRRPD_SLACK_MS:-60} * 1000))
	wait_for 1 have_garp from=r1
	wait_for 1 hook_seen r1 'INSTANCE web MASTER 255'
	assert_hooks r1 'INSTANCE web MASTER 255'
	stop_vrrpd r1
	((STATUS == 0))
	wait_for 2 have_advert from=r1 prio=0
	refute address_seen r1 added
	refute address_seen r1 removed
	holds_address r1
}

@test "O02 the owner comes back: the other one yields and gives its copy away" {
	start_vrrpd r2 "$(conf r2 100 'advertise-interval: 100ms')"
	wait_state r2 web master 3
	wait_for 1 holds_address r2
	start_vrrpd r1 "$(conf r1 255 'advertise-interval: 100ms')"
	wait_state r1 web master 2
	wait_state r2 web backup 2
	wait_for 1 lacks_address r2
	wait_for 2 client_sees r1
}

@test "O03 two owners: one remains, and both say what is wrong" {
	local time
	ip -n "$(ns r2)" address add "$LAB_VIP/24" dev eth0
	ip -n "$(ns r2)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r2/addresses"
	# Both are master before they hear each other, and r1, which has to yield, speaks first.
	partition r1
	start_vrrpd r1 "$(conf r1 255 'advertise-interval: 500ms')"
	start_vrrpd r2 "$(conf r2 255 'advertise-interval: 5s')"
	wait_state r1 web master 2
	wait_state r2 web master 2
	heal r1
	wait_for 3 in_state r1 web backup
	time=$(now_us)
	holds 5 no_advert from=r1 after="$time"
	wait_for 2 have_advert from=r2 after="$time"
	in_state r2 web master
	wait_for 2 logged r1 '192.0.2.2 claims to be owner'
	wait_for 2 logged r2 '192.0.2.1 claims to be owner'
	assert_equal "$(log_of r1 | grep -c 'claims to be owner')" 1
	assert_equal "$(log_of r2 | grep -c 'claims to be owner')" 1
	[[ $(ctl r2 -j show | jq -r '.problems[] | select(.kind == "conflict") | .text') == *192.0.2.1* ]]
}
