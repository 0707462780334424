#!/usr/bin/env bats
# What another configuration does not have any more goes as what it was; what it has again comes back.

load ../lib/lab

setup() {
	lab_up r1
}

teardown() {
	lab_down
}

FAST='advertise-interval: 100ms'
LAB_EXCEPT='log spacing' # many reloads are many lines; another priority is said at once

# mail [LINES]: a second instance; LINES are more of its keys.
mail() {
	cat <<-YAML
		  mail:
		    interface: eth0
		    vrid: 52
		    priority: 100
		    addresses: [192.0.2.11/24]
		    notify: $LAB/r1/bin/notify
	YAML
	[[ -z ${1:-} ]] || indent "$1"
}

@test "a master whose weights count is removed: it resigns, and the others do not notice" {
	local zero web check
	web=$(conf r1 200 "$FAST")
	check=$'checks:\n  up: {external: true}'
	start_vrrpd r1 "$web
$(mail "$FAST
track: [{check: up, weight: 50}]")
$check"
	wait_state r1 web master 3
	wait_state r1 mail master 3
	ctl r1 check set up up
	wait_for 2 have_advert from=r1 vrid=52 prio=150
	watch_addresses r1
	zero=$(now_us)
	reload_vrrpd r1 "$web"
	wait_for 2 have_advert from=r1 vrid=52 prio=0 after="$zero"
	wait_for 4 lacks_address r1 192.0.2.11
	wait_for 3 forgotten r1 mail
	on_schedule from=r1 vrid=51 after="$zero"
	no_advert from=r1 vrid=51 prio=0
	refute address_seen r1 removed
	refute logged r1 'broke protocol'
}

@test "switched off, it resigns; switched on again, it is master" {
	local web
	web=$(conf r1 200 "$FAST")
	start_vrrpd r1 "$web
$(mail "$FAST")"
	wait_state r1 mail master 3
	reload_vrrpd r1 "$web
$(mail "$FAST
enabled: false")"
	wait_for 4 lacks_address r1 192.0.2.11
	wait_state r1 mail init 3
	reload_vrrpd r1 "$web
$(mail "$FAST")"
	wait_state r1 mail master 3
	wait_for 2 holds_address r1 192.0.2.11
}

@test "the fault of a group ends with the group" {
	local both
	both="$(conf r1 200 "$FAST")
$(mail "$FAST
track: [up]")
checks:
  up: {external: true}"
	start_vrrpd r1 "$both
sync-groups: {pair: {members: [web, mail]}}"
	wait_state r1 web init 2 # until it is set
	ctl r1 check set up up
	wait_state r1 web master 3
	ctl r1 check set up down
	wait_state r1 web fault 2
	reload_vrrpd r1 "$both"
	wait_state r1 web master 3
	in_state r1 mail fault
}

@test "what has gone is forgotten, also when another configuration comes at once" {
	local i checks
	checks=$(printf 'checks:\n' && printf '  c%s: {external: true}\n' {1..20000}) # longer to read than a heartbeat
	for i in 1 2; do
		if ((i == 1)); then
			start_vrrpd r1 "$(conf r1 200 "$FAST")
$(mail)"
		else
			reload_vrrpd r1 "$(conf r1 200 "$FAST")
$(mail)"
		fi
		wait_state r1 mail backup 3
		reload_vrrpd r1 "$(conf r1 199 "$FAST")"
		reload_vrrpd r1 "$(conf r1 198 "$FAST")
$checks"
		wait_for 12 forgotten r1 mail # reloads are spaced after the first ten
	done
}

@test "a group that goes is not hurried by another reload, and is told STOP once" {
	local far
	far=$(conf r1 200 "$FAST")
	start_vrrpd r1 "$far
$(mail 'advertise-interval: 1s')
$(mail 'advertise-interval: 1s' | sed 's/mail/post/; s/52/53/; s/192.0.2.11/192.0.2.12/')
sync-groups: {pair: {members: [mail, post], notify: $LAB/r1/bin/notify}}"
	wait_state r1 mail master 8
	wait_state r1 post master 2
	wait_for 2 holds_address r1 192.0.2.11
	reload_vrrpd r1 "$far"
	reload_vrrpd r1 "${far/200/199}"
	holds_address r1 192.0.2.11 # an interval, for who may take over
	wait_for 4 lacks_address r1 192.0.2.11
	wait_for 4 forgotten r1 mail
	wait_for 2 hook_count r1 'INSTANCE mail STOP' 1
	wait_for 2 hook_count r1 'INSTANCE post STOP' 1
	wait_for 2 hook_count r1 'GROUP pair STOP' 1
	holds 1 hook_count r1 STOP 3
}

@test "who runs hooks for nobody any more ends them and goes; who comes back meanwhile is a fresh one" {
	local slow web with old
	chmod a+rwX "$LAB/r1/scratch"
	slow=$(script r1 slow <<-SCRIPT
		#!/bin/sh
		[ "\$3" != STOP ] || sleep 3
		echo "\$3" >>$LAB/r1/scratch/slow
	SCRIPT
	)
	of_nobody() { pgrep -P "$(pid_of r1)" -f 'vrrpd: checker .nobody.' | xargs; }
	ran() { grep -qx "$1" "$LAB/r1/scratch/slow"; }
	web=$(conf r1 200 "$FAST")
	with="$web
$(mail "$FAST" | sed "s|notify: .*|notify: {all: {command: $slow, run-as: nobody}}|")"
	start_vrrpd r1 "$with"
	wait_state r1 mail master 3
	wait_for 2 ran MASTER
	old=$(of_nobody)
	reload_vrrpd r1 "$web"
	wait_for 2 lacks_address r1 192.0.2.11
	assert_equal "$(of_nobody)" "$old"
	wait_for 5 ran STOP
	wait_for 4 gone "$old"
	wait_for 4 forgotten r1 mail
	reload_vrrpd r1 "$with"
	wait_state r1 mail master 3
	[[ $(of_nobody) == [0-9]* && $(of_nobody) != *' '* && $(of_nobody) != "$old" ]]
	assert_equal "$(grep -c STOP "$LAB/r1/scratch/slow")" 1
	refute logged r1 'checker (nobody): ended'
}

@test "an address that moves to an instance that is switched off is held by nobody" {
	local web
	web=$(conf r1 200 "$FAST")
	start_vrrpd r1 "$web"
	wait_state r1 web master 3
	wait_for 2 holds_address r1
	reload_vrrpd r1 "${web/$LAB_VIP/192.0.2.12}
$(mail 'enabled: false' | sed "s/192.0.2.11/$LAB_VIP/")"
	wait_for 3 lacks_address r1
	wait_for 2 holds_address r1 192.0.2.12
	in_state r1 web master
}
