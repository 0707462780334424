#!/usr/bin/env bats
# vrrpctl, and clients of its socket that behave badly.

load ../lib/lab

setup() {
	lab_up r1
}

teardown() {
	lab_down
}

FAST='advertise-interval: 100ms'

start_master() {
	start_vrrpd r1 "$(conf r1 250 "$FAST")"
	wait_state r1 web master 3
}

assert_undisturbed() {
	assert_on_schedule 100000 10000 from=r1
	in_state r1 web master
}

@test "is-master answers with its exit status" {
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web backup 3
	run ctl r1 is-master web
	assert_equal "$status" 1
	wait_state r1 web master 6
	run ctl r1 is-master web
	assert_equal "$status" 0
	run ctl r1 is-master nobody
	assert_equal "$status" 4
	stop_vrrpd r1
	run ctl r1 is-master web
	assert_equal "$status" 3
	run ctl r1 nonsense
	assert_equal "$status" 2
}

@test "a check script may ask who is master" {
	local command
	command=$(script r1 ask <<-SCRIPT
		#!/bin/sh
		export ASAN_OPTIONS=detect_leaks=0 # would need the ptrace that the sandbox of scripts forbids
		$VRRPD_ROOT/usr/sbin/vrrpctl -r $LAB/r1/run is-master web
		echo \$? >$LAB/r1/scratch/answer
	SCRIPT
	)
	start_vrrpd r1 "$(conf r1 250 "$FAST" | sed "s|notify: .*|notify: $command|")"
	wait_state r1 web master 3
	answered() { [[ $(cat "$LAB/r1/scratch/answer") == 0 ]]; }
	wait_for 3 answered
}

@test "others may not ask" {
	start_master
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$VRRPD_ROOT/usr/sbin/vrrpctl" -r "$LAB/r1/run" show
	[[ $status -eq 3 || $status -eq 5 ]]
}

@test "-j show has every promised key, in every state" {
	start_vrrpd r1 "$(conf_check r1 250 $'interval: 200ms')"
	wait_state r1 web backup 3
	complete
	wait_state r1 web master 6
	complete
	set_check r1 1
	wait_state r1 web fault 3
	complete
	assert_equal "$(instance r1 web '.checks[0].state')" down
	[[ $(ctl r1 -j show | jq '.problems | length') -ge 1 ]]
}

complete() {
	local missing
	missing=$(ctl r1 -j show | jq -r '
		(["schema", "time", "router_name", "generation", "instances", "counters", "groups", "checks", "problems"] - keys) +
		(["name", "family", "interface", "vrid", "version", "state", "priority", "effective_priority",
		  "master_address", "since", "reason", "faults", "addresses", "group", "advertise_interval_ms",
		  "master_advertise_interval_ms", "master_down_interval_us", "skew_time_us", "new_master_reason",
		  "checks", "counters"] - (.instances[0] | keys)) +
		(["advertisement_rcvd", "advertisement_sent", "master_transitions", "priority_zero_pkts_rcvd",
		  "priority_zero_pkts_sent", "interval_errors", "address_list_errors", "packet_length_errors",
		  "ip_ttl_errors", "checksum_errors", "version_errors", "invalid_type_pkts_rcvd", "auth_errors",
		  "own_source_pkts_rcvd", "unicast_source_errors", "delivery_mode_errors"]
		  - (.instances[0].counters | keys)) +
		(["name", "state", "since", "last_run", "duration_us", "exit_status", "signal", "output", "runs",
		  "failures"] - (.checks[0] | keys)) | join(" ")')
	assert_equal "$missing" ''
	assert_equal "$(ctl r1 -j show | jq -r .schema)" vrrpctl/1
}

@test "Q03 Q04 Q05 counters equal the wire, times have their units" {
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web backup 3
	assert_equal "$(instance r1 web '[.advertise_interval_ms, .skew_time_us, .master_down_interval_us] | map(tostring) | join(" ")')" \
		'1000 609375 3609375'
	assert_equal "$(instance r1 web .new_master_reason)" not-master
	wait_state r1 web master 6
	assert_equal "$(instance r1 web .new_master_reason)" no-response
	inject src=192.0.2.200 prio=50
	counted() { [[ $(instance r1 web .counters.advertisement_sent) == "$(advert_count from=r1)" ]]; }
	wait_for 3 counted
	assert_equal "$(instance r1 web .counters.advertisement_rcvd)" 1
	assert_equal "$(instance r1 web .counters.master_transitions)" 1
}

@test "show is a table that a person reads" {
	start_master
	run ctl r1 show
	[[ ${lines[0]} == NAME*STATE*PRIORITY* ]]
	[[ ${lines[1]} == web*eth0*51*master*250* ]]
	[[ $output != *$'\e'* ]]
	run ctl r1 show web
	assert_equal "$status" 0
	run ctl r1 show nobody
	assert_equal "$status" 4
}

# As if it were installed: it runs /usr/sbin/vrrpd.
installed_ctl() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare -m sh -c 'mount --bind "$0" /usr/sbin && exec /usr/sbin/vrrpctl "$@"' \
		"$VRRPD_ROOT/usr/sbin" "$@"
}

@test "config check" {
	conf r1 100 >"$LAB/good.yaml"
	conf r1 100 'nonsense: 1' >"$LAB/bad.yaml"
	run installed_ctl config check "$LAB/good.yaml"
	assert_equal "$status" 0
	run installed_ctl config check "$LAB/bad.yaml"
	assert_equal "$status" 1
	[[ $output == *bad.yaml:*:*nonsense* ]]
}

@test "rubbish on the control socket cuts the client and delays nothing" {
	start_master
	run "$VRRPD_TEST_BIN/pester" rubbish "$LAB/r1/run/vrrpd.sock"
	assert_equal "$status" 0
	holds 1 in_state r1 web master
	assert_undisturbed
}

@test "a client that never reads is cut and delays nothing" {
	start_master
	run "$VRRPD_TEST_BIN/pester" deaf "$LAB/r1/run/vrrpd.sock"
	assert_equal "$status" 0
	assert_undisturbed
}

@test "a client that says nothing is cut, and others are served meanwhile" {
	local i
	start_master
	for i in {1..40}; do
		background "$VRRPD_TEST_BIN/pester" silent "$LAB/r1/run/vrrpd.sock"
	done
	run "$VRRPD_TEST_BIN/pester" silent "$LAB/r1/run/vrrpd.sock"
	assert_equal "$status" 0
	wait_state r1 web master 3
	assert_undisturbed
}
