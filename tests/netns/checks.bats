#!/usr/bin/env bats
# Check scripts and what their results do.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

runs() {
	wc -l <"$LAB/r1/scratch/runs"
}

@test "S01 fall and rise: one failure is nothing, the second is a fault; three successes end it" {
	local broken zero first repaired since
	start_vrrpd r2 "$(conf r2 100)"
	start_vrrpd r1 "$(conf_check r1 150 $'interval: 2s\nfall: 2\nrise: 3')"
	wait_state r1 web master 6
	wait_state r2 web backup 2
	watch_addresses r1
	broken=$(now_us)
	set_check r1 1
	zero=$(wait_advert 6 from=r1 prio=0)
	assert_between 'break to fault' $((zero - broken)) 1950000 $((4200000 + ${VRRPD_SLACK_MS:-60} * 1000))
	wait_state r1 web fault 1
	assert_equal "$(instance r1 web '.faults | join(",")')" 'check probe'
	assert_equal "$(awk -v t="$broken" '$1 > t && $2 == 1' "$LAB/r1/scratch/runs" | wc -l)" 2
	wait_for 1 address_seen r1 removed
	((zero < $(address_event r1 removed)))
	wait_for 1 hook_seen r1 'INSTANCE web FAULT 150'
	((STATUS_FAULT = $(hook_time r1 'INSTANCE web FAULT 150')))
	((STATUS_FAULT > $(address_event r1 removed) - 1000))
	first=$(wait_advert 2 from=r2 after="$zero")
	assert_on_time 'takeover' $((first - zero)) "$(skew_us 100)"

	set_check r1 0
	repaired=$(now_us)
	wait_state r1 web backup 9
	since=$(since_us r1 web)
	assert_equal "$(awk -v t="$repaired" '$1 > t && $2 == 0' "$LAB/r1/scratch/runs" | wc -l)" 3
	first=$(wait_advert 5 from=r1 after="$repaired")
	assert_on_time 'preemption' $((first - since)) "$(down_us 150)"
	assert_hooks r1 'INSTANCE web %s 150' BACKUP MASTER FAULT BACKUP MASTER
}

@test "S02 a flapping check never falls with fall 2, and never rises with rise 3" {
	local next
	# Fails every other time; after it was told to break, two successes and a failure in turn.
	next=$(script r1 flap <<-SCRIPT
		#!/bin/sh
		dir=$LAB/r1/scratch
		echo x >>\$dir/runs
		n=\$(wc -l <\$dir/runs)
		read -r mode <$LAB/r1/result
		case \$mode in
		0) exit \$((n % 2)) ;;
		1) exit 1 ;;
		*) [ \$((n % 3)) -ne 0 ] ;;
		esac
	SCRIPT
	)
	start_vrrpd r1 "$(conf_check r1 250 $'interval: 100ms\ntimeout: 5s\nfall: 2\nrise: 3\ninitial: up' "$next")"
	wait_state r1 web master 6
	holds 3 in_state r1 web master
	set_check r1 1
	wait_state r1 web fault 2
	set_check r1 2
	holds 3 in_state r1 web fault
	wait_for 2 hook_count r1 FAULT 1
}

@test "S06 nothing happens before the first result; one success is enough" {
	local command started since first
	command=$(script r1 slow <<-'SCRIPT'
		#!/bin/sh
		sleep 3
	SCRIPT
	)
	start_vrrpd r1 "$(conf_check r1 150 $'interval: 5s\ntimeout: 4s\nrise: 3' "$command")"
	wait_state r1 web init 2
	holds 2 in_state r1 web init
	[[ ! -e $LAB/r1/scratch/hooks ]]
	wait_state r1 web backup 3
	since=$(since_us r1 web)
	started=$(date -d "$(ctl r1 -j show | jq -r '.checks[0].last_run')" +%s%6N)
	assert_on_time 'first result' $((since - started)) 3000000
	first=$(wait_advert 5 from=r1)
	assert_on_time 'first advert' $((first - since)) "$(down_us 150)"
	assert_equal "$(hooks_of r1 | head -1)" 'INSTANCE web BACKUP 150'
}

@test "S07 a first result that is bad is a fault at once, and never BACKUP first" {
	set_check r1 1
	start_vrrpd r1 "$(conf_check r1 150 $'interval: 5s\nfall: 5')"
	wait_state r1 web fault 2
	assert_equal "$(runs)" 1
	wait_for 1 hook_seen r1 'INSTANCE web FAULT 150'
	assert_hooks r1 'INSTANCE web FAULT 150'
}

@test "S07 initial: down needs rise successes" {
	start_vrrpd r1 "$(conf_check r1 150 $'interval: 500ms\nrise: 3\ninitial: down')"
	wait_state r1 web fault 1
	wait_state r1 web backup 3
	assert_between 'runs before backup' "$(runs)" 3 4
}

@test "S11 what cannot be run, or dies, is a failure" {
	local command
	for command in 'exit 127' 'kill -9 $$' 'exit 126'; do
		printf '#!/bin/sh\n%s\n' "$command" | script r1 bad
		start_vrrpd r1 "$(conf_check r1 150 'interval: 1s' "$LAB/r1/bin/bad")"
		wait_state r1 web fault 2
		check_is r1 probe broken
		stop_vrrpd r1
	done
}

@test "an interpreter outside its sandbox: broken, and the sandbox is named" {
	mkdir "$LAB/r1/elsewhere"
	cp /bin/dash "$LAB/r1/elsewhere/sh"
	printf '#!%s\nexit 0\n' "$LAB/r1/elsewhere/sh" | script r1 far
	start_vrrpd r1 "$(conf_check r1 150 'interval: 1s' "$LAB/r1/bin/far")"
	wait_state r1 web fault 2
	check_is r1 probe broken
	[[ $(ctl r1 -j show checks | jq -r '.checks[0].output') == *'its strict sandbox executes only'* ]]
	log_of r1 | grep -q 'exec: Permission denied.*its strict sandbox'
}

@test "S11 a script that vanishes while the daemon runs is broken, not fine" {
	cp "$LAB/r1/bin/check" "$LAB/r1/bin/mortal"
	start_vrrpd r1 "$(conf_check r1 250 'interval: 200ms' "$LAB/r1/bin/mortal")"
	wait_state r1 web backup 2
	rm "$LAB/r1/bin/mortal"
	wait_state r1 web fault 2
	wait_for 2 check_is r1 probe broken
}

@test "S11 a script that others may write meanwhile is not run: broken, and the repair is named" {
	start_vrrpd r1 "$(conf_check r1 150 $'interval: 200ms')"
	wait_state r1 web backup 3
	chmod 777 "$LAB/r1/bin/check"
	wait_for 3 check_is r1 probe broken
	[[ $(ctl r1 -j show | jq -r '.checks[0].output') == *"chmod go-w $LAB/r1/bin/check"* ]]
	chmod 755 "$LAB/r1/bin/check"
	wait_for 3 check_is r1 probe up
}

@test "S12 C06 scripts run as the script user, without privileges, descriptors or surprises" {
	local command
	command=$(script r1 look <<-SCRIPT
		#!/bin/sh
		dir=$LAB/r1/scratch
		cp /proc/self/status \$dir/status
		env >\$dir/environment
		umask >\$dir/umask
		pwd >\$dir/pwd
		echo \$\$ >\$TMPDIR/x && echo yes >\$dir/tmpdir
		{ echo x >$LAB/r1/denied; } 2>/dev/null && echo written >\$dir/escape
		kill -0 \$PPID 2>/dev/null && echo signalled >\$dir/escape
		true
	SCRIPT
	)
	chmod 777 "$LAB/r1"
	chmod 755 "$LAB/r1"
	start_vrrpd r1 "$(conf_check r1 250 $'interval: 1s\nenvironment: {COLOUR: blue}' "$command")"
	wait_for 3 test -s "$LAB/r1/scratch/tmpdir"
	wait_state r1 web backup 2
	cd "$LAB/r1/scratch"
	assert_equal "$(awk '/^Uid:/ { print $2, $3, $4 }' status | tr ' ' '\n' | sort -u)" "$(id -u _vrrpd_script)"
	assert_equal "$(awk '/^(CapInh|CapPrm|CapEff|CapBnd|CapAmb):/ { print $2 }' status | sort -u)" 0000000000000000
	assert_equal "$(awk '/^NoNewPrivs:/ { print $2 }' status)" 1
	assert_equal "$(awk '/^Seccomp:/ { print $2 }' status)" 2
	assert_equal "$(awk '/^SigBlk:/ { print $2 }' status)" 0000000000000000
	assert_equal "$(awk '/^SigIgn:/ { print $2 }' status)" 0000000000000000
	assert_equal "$(cat umask)" 0027
	assert_equal "$(cat pwd)" /
	[[ ! -e escape ]]
	grep -qx 'COLOUR=blue' environment
	grep -qx 'VRRP_CHECK=probe' environment
	grep -qx 'LC_ALL=C.UTF-8' environment
	assert_equal "$(cut -d= -f1 environment | sort | tr '\n' ' ')" 'COLOUR LC_ALL PATH PWD TMPDIR VRRP_CHECK '
}

@test "S12 scripts inherit descriptors 0, 1 and 2 and no other" {
	start_vrrpd r1 "$(conf_check r1 250 'interval: 1s' '[/bin/ls, /proc/self/fd]')"
	wait_for 3 check_is r1 probe up
	# 3 is the directory that ls reads.
	assert_equal "$(ctl r1 -j show | jq -r '.checks[0].output' | tr -s ' \n' ' ' | sed 's/ $//')" '0 1 2 3'
}
