#!/usr/bin/env bats
# Debian's keepalived with version 2 as the other router, in both roles: with and without a password.

load ../lib/lab
load peers

setup() {
	command -v keepalived >/dev/null || skip 'keepalived is not installed'
	lab_up r1 r2
	THEIRS=''
}

teardown() {
	lab_down
}

start_theirs() {
	start_keepalived r2 "$(conf_keepalived r2 "$1" "$THEIRS" | sed 's/vrrp_version 3/vrrp_version 2/')"
}

# their_password KEY
their_password() {
	THEIRS="authentication {
	        auth_type PASS
	        auth_pass $1
	    }"
}

PASSWORD='version: 2
authentication: {type: pass, key: secret12}'

@test "I01 version 2, ours is better: one master, theirs takes over at skew after TERM" {
	ours_is_better 'version: 2'
	assert_equal "$(adverts | awk '{ print $7, $10, $12 }' | sort -u)" '2 100 message'
}

@test "I01 version 2, keepalived is better: one master, ours takes over at skew after TERM" {
	theirs_is_better 'version: 2'
	assert_equal "$(adverts | awk '{ print $7, $10, $12 }' | sort -u)" '2 100 message'
}

@test "I01 version 2, keepalived is killed: ours takes over at master down" {
	local last first
	start_theirs 200
	wait_advert 6 from=r2 not-prio=0
	start_ours 100 'version: 2'
	wait_state r1 web backup 3
	wait_advert 3 from=r2 after="$(since_us r1 web)" >/dev/null
	kill_daemon r2
	last=$(advert_last from=r2)
	first=$(wait_advert 6 from=r1)
	assert_on_time 'ours takes over' $((first - last)) "$(down_us 100)"
}

@test "I05 the same password, ours is better: one master, theirs takes over" {
	their_password secret12
	ours_is_better "$PASSWORD"
}

@test "I05 the same password, keepalived is better: one master, ours takes over" {
	their_password secret12
	theirs_is_better "$PASSWORD"
}

@test "I05 another password: both are master, and ours says why" {
	their_password secret13
	start_theirs 200
	wait_advert 6 from=r2 not-prio=0
	start_ours 100 "$PASSWORD"
	wait_state r1 web master 6
	both_masters
	(($(instance r1 web .counters.auth_errors) > 0))
	problem '192.0.2.2 sends another password than ours: both become master'
	wait_for 2 logged r1 '192.0.2.2 sends another password than ours'
	refute grep -rq 'secret1[23]' "$LAB/r1/log"
}

@test "I05 a password where ours has none: both are master, and ours says why" {
	their_password secret12
	start_theirs 200
	wait_advert 6 from=r2 not-prio=0
	start_ours 100 'version: 2'
	wait_state r1 web master 6
	both_masters
	(($(instance r1 web .counters.auth_errors) > 0))
	problem '192.0.2.2 sends a password, we no password: both become master'
}

@test "I07 version 2, other intervals: both are master, and both say so" {
	start_theirs 200
	wait_advert 6 from=r2 not-prio=0
	start_ours 100 $'version: 2\nadvertise-interval: 2s'
	wait_state r1 web master 9
	both_masters
	(($(instance r1 web .counters.interval_errors) > 0))
	problem '192.0.2.2 advertises every 1 s, we every 2 s: both become master'
	wait_for 3 logged r2 '[Aa]dvertisement interval mismatch'
}
