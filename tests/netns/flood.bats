#!/usr/bin/env bats
# Much rubbish, and adverts of others.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

received() {
	instance r2 web .counters.advertisement_rcvd
}

@test "B10 50000 packets of rubbish a second: no transition, few lines, and the master is still heard" {
	local before lines heard sent elapsed begin
	start_vrrpd r1 "$(conf r1 200 'advertise-interval: 100ms')"
	start_vrrpd r2 "$(conf r2 100 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	wait_state r2 web backup 3
	wait_for 2 have_advert from=r1
	before=$(instance r2 web .since)$(instance r1 web .since)
	lines=$(log_of r2 | wc -l)
	heard=$(received)
	begin=$(now_us)
	read -r sent elapsed < <(on h1 "$VRRPD_TEST_BIN/wire" flood eth0 50000 5)
	heard=$(($(received) - heard))
	echo "# $((sent * 1000 / elapsed)) packets a second; $heard adverts heard"
	assert_equal "$(instance r2 web .since)$(instance r1 web .since)" "$before"
	in_state r2 web backup
	no_advert from=r2 after="$begin"
	assert_between 'adverts heard of 50' "$heard" 25 $(($(advert_count from=r1 after="$begin") + 2))
	assert_between 'lines logged' $(($(log_of r2 | wc -l) - lines)) 0 19
	assert_between 'lines logged by the master' "$(log_of r1 | wc -l)" 0 25
	# Rubbish was seen, and counted.
	(($(instance r2 web '.counters | .packet_length_errors + .checksum_errors + .invalid_type_pkts_rcvd') > 1000))
}

@test "B13 adverts of vrids that are not ours are nothing" {
	local counters
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r2 web backup 3
	counters=$(ctl r2 -j show | jq -c '[.counters, .instances[].counters]')
	inject src=192.0.2.200 vrid=99 prio=200 times=20 gap=100 >/dev/null
	assert_equal "$(ctl r2 -j show | jq -c '[.counters, .instances[].counters]')" "$counters"
	refute logged r2 '192.0.2.200'
	wait_state r2 web master 4
}
