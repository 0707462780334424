#!/usr/bin/env bats
# Notify scripts: how they are called, in which order, and that they cannot hurt.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

FAST='advertise-interval: 100ms'

@test "N01 arguments and environment" {
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_for 3 hook_seen r1 'INSTANCE web MASTER 200'
	assert_hooks r1 'INSTANCE web %s 200' BACKUP MASTER
	wait_for 1 grep -qx VRRP_STATE=MASTER "$LAB/r1/scratch/env"
	cd "$LAB/r1/scratch"
	grep -qx VRRP_TYPE=INSTANCE env
	grep -qx VRRP_NAME=web env
	grep -qx VRRP_PREVIOUS_STATE=BACKUP env
	grep -qx VRRP_PRIORITY=200 env
	grep -qx VRRP_INTERFACE=eth0 env
	grep -qx VRRP_VRID=51 env
	grep -qx VRRP_ADDRESSES=192.0.2.10/24 env
	grep -qx VRRP_REASON=master-down-timer env
	grep -qx LC_ALL=C.UTF-8 env
	refute grep -q '^HOME=' env
}

@test "N02 the hook of the state, as written, then the one for all" {
	local each all
	each=$(script r1 each <<-SCRIPT
		#!/bin/sh
		echo "each \$*" >>$LAB/r1/scratch/order
	SCRIPT
	)
	all=$(script r1 all <<-SCRIPT
		#!/bin/sh
		echo "all \$*" >>$LAB/r1/scratch/order
	SCRIPT
	)
	start_vrrpd r1 "$(conf r1 200 "$FAST" | grep -v notify:)
    notify:
      master: [$each, up, \"two words\"]
      backup: $each
      stop: [$each, down]
      all: [$all, own]"
	wait_state r1 web master 3
	all_seen() { (($(wc -l <"$LAB/r1/scratch/order") >= 4)); }
	wait_for 2 all_seen
	stop_vrrpd r1
	assert_equal "$(cat "$LAB/r1/scratch/order")" "each 
all own INSTANCE web BACKUP 200
each up two words
all own INSTANCE web MASTER 200
each down
all own INSTANCE web STOP 200"
}

heard_hooks() {
	(($(hooks_of r1 | wc -l) >= $1))
}

@test "N03 a whole life, in order" {
	start_vrrpd r1 "$(conf_check r1 200 $'interval: 200ms' | sed "s/^    vrid/    $FAST\n    vrid/")"
	wait_for 3 hook_seen r1 'INSTANCE web MASTER 200'
	inject src=192.0.2.200 prio=250 interval=30
	wait_state r1 web backup 2
	wait_state r1 web master 3
	set_check r1 1
	wait_state r1 web fault 2
	set_check r1 0
	wait_state r1 web master 3
	wait_for 2 heard_hooks 7
	stop_vrrpd r1
	assert_equal "$(hooks_of r1 | awk '{ print $3 }' | tr '\n' ' ')" \
		'BACKUP MASTER BACKUP MASTER FAULT BACKUP MASTER STOP '
}

@test "N03 hooks of one instance never overlap; skipped states are named" {
	local slow
	slow=$(script r1 slow <<-SCRIPT
		#!/bin/sh
		echo "begin \$3 \$VRRP_SKIPPED" >>$LAB/r1/scratch/order
		sleep 2
		echo "end \$3" >>$LAB/r1/scratch/order
	SCRIPT
	)
	start_vrrpd r1 "$(conf r1 200 "$FAST" | sed "s|notify: .*|notify: $slow|")"
	wait_state r1 web master 3
	inject src=192.0.2.200 prio=250 interval=20
	wait_state r1 web backup 1
	wait_state r1 web master 2
	wait_for 8 grep -q 'end MASTER' "$LAB/r1/scratch/order"
	awk '/begin/ { if (open) exit 1; open = 1 } /end/ { open = 0 }' "$LAB/r1/scratch/order"
	grep -q 'begin MASTER .*BACKUP' "$LAB/r1/scratch/order"
	assert_equal "$(grep begin "$LAB/r1/scratch/order" | tail -1 | awk '{ print $2 }')" MASTER
}

@test "N04 staying backup is told once" {
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web backup 3
	inject src=192.0.2.200 prio=200 times=30 gap=100 >/dev/null
	in_state r1 web backup
	assert_hooks r1 'INSTANCE web BACKUP 100'
}

@test "N05 STOP comes after priority 0 and after the addresses are gone; a hook that hangs delays neither" {
	local stopped
	script r1 hang <<-SCRIPT
		#!/bin/sh
		[ "\$3" != STOP ] || { date +%s%6N >$LAB/r1/scratch/stop; sleep 60; }
	SCRIPT
	start_vrrpd r1 "$(conf r1 200 "$FAST" | sed "s|notify: .*|notify: $LAB/r1/bin/hang|")"
	wait_state r1 web master 3
	wait_for 1 holds_address r1
	watch_addresses r1
	stopped=$(now_us)
	stop_vrrpd r1 TERM 12
	assert_between 'priority 0 after TERM' $(($(advert_first from=r1 prio=0) - stopped)) 0 \
		$((100000 + ${VRRPD_SLACK_MS:-60} * 1000))
	(($(address_event r1 removed) > $(advert_first from=r1 prio=0)))
	(($(cat "$LAB/r1/scratch/stop") > $(address_event r1 removed) - 1000))
	assert_between 'daemon ended' $(($(now_us) - stopped)) 0 9000000
}

@test "N06 a slow hook and a crashing one disturb nothing" {
	printf '#!/bin/sh\nsleep 60\n' | script r1 slow
	start_vrrpd r1 "$(conf r1 200 "$FAST" | sed "s|notify: .*|notify: $LAB/r1/bin/slow|")"
	printf '#!/bin/sh\nkill -SEGV $$\n' | script r2 crash
	wait_state r1 web master 3
	enough() { (($(advert_count from=r1) >= 30)); }
	wait_for 6 enough
	assert_on_schedule 100000 10000 from=r1
	inject src=192.0.2.200 prio=250 interval=20
	wait_state r1 web backup 1
	kill_daemon r1
	start_vrrpd r2 "$(conf r2 200 "$FAST" | sed "s|notify: .*|notify: $LAB/r2/bin/crash|")"
	wait_state r2 web master 3
	wait_for 2 logged r2 'signal'
	holds 1 in_state r2 web master
}

@test "a hook's timeout ends every descendant" {
	printf '#!/bin/sh\nsetsid sleep 107 &\nsleep 108\n' | script r1 forks
	start_vrrpd r1 "$(conf r1 200 "$FAST" |
		sed "s|notify: .*|notify: {all: {command: $LAB/r1/bin/forks, timeout: 1s}}|")"
	left() { tree "$(pid_of r1)" | while read -r pid; do tr '\0' ' ' <"/proc/$pid/cmdline"; done | grep -q 'sleep 10[78]'; }
	none_left() { ! left; }
	wait_for 3 left
	wait_state r1 web master 3
	wait_for 8 none_left
	in_state r1 web master
}
