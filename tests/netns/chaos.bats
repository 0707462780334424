#!/usr/bin/env bats
# A hundred random kills under traffic.

load ../lib/lab

setup() {
	lab_up r1 r2
	LAB_EXCEPT='start spacing log'
}

teardown() {
	lab_down
}

FAST='advertise-interval: 100ms'

# settled ROUTER: it runs elections, or has ended.
settled() {
	gone "$(pid_of "$1")" || child_of "$1" engine
}

fresh_pair() {
	local router priority=200
	for router in r1 r2; do
		if [[ -s $LAB/$router/pid ]] && running "$router"; then
			wait_for 3 settled "$router" # before that, SIGTERM just ends it
			stop_vrrpd "$router"
			assert_equal "$STATUS" 0
		fi
		start_vrrpd "$router" "$(conf_check "$router" $priority $'interval: 200ms\ntimeout: 2s' |
			sed "s/^    vrid/    $FAST\n    vrid/")"
		priority=100
	done
	wait_state r1 web master 8
	wait_state r2 web backup 8
}

# Exactly one master, with the address, and the client reaches it.
sound() {
	in_state r1 web master && in_state r2 web backup && holds_address r1 && lacks_address r2
}

# One process of the daemon; $KILLED is what it was. A daemon that ended for it is started again: the parent
# was hit, or what it starts with (the reading of the configuration, under any of the names it has).
kill_one() {
	local router=$1 parent pids pid
	running "$router"
	parent=$(pid_of "$router")
	mapfile -t pids < <(tree "$parent" 2>/dev/null)
	pid=${pids[RANDOM % ${#pids[@]}]}
	KILLED=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || KILLED=gone
	[[ $pid != "$parent" ]] || KILLED=parent
	echo "# kill $router: $pid $KILLED"
	kill -KILL "$pid" 2>/dev/null || true
	case $KILLED in
	*engine* | *checker*) return ;;
	parent) wait_for 3 gone "$parent" ;;
	*) wait_for 3 settled "$router" ;;
	esac
	if gone "$parent"; then
		wait_exit "$router" 3
		wait_for 1.5 no_daemon "$router"
		start_vrrpd "$router"
	fi
}

descriptors() {
	find "/proc/$(pid_of "$1")/fd" -mindepth 1 2>/dev/null | wc -l
}

@test "100 random kills: always one master again, no orphan, no zombie, no descriptor lost" {
	local i router engines=0 checkers=0 before
	RANDOM=${VRRPD_SEED:-$$}
	echo "# VRRPD_SEED=$RANDOM repeats nothing exactly, but helps"
	fresh_pair
	background ip netns exec "$(ns h1)" ping -i 0.05 -q "$LAB_VIP"
	before=$(descriptors r1)
	for ((i = 1; i <= ${VRRPD_KILLS:-100}; i++)); do
		router=r$((RANDOM % 2 + 1))
		kill_one "$router"
		case $KILLED in
		*engine*) engines=$((engines + 1)) ;;
		*checker*) checkers=$((checkers + 1)) ;;
		esac
		if ((RANDOM % 2)); then
			wait_for 8 sound
		fi
		# Five engines within a minute would be given up; the fifth checker waits for 8 seconds.
		if ((engines == 4 || checkers == 4)); then
			fresh_pair
			engines=0 checkers=0
			before=$(descriptors r1)
		fi
	done
	wait_for 8 sound
	wait_for 3 no_zombie "$(pid_of r1)"
	wait_for 3 no_zombie "$(pid_of r2)"
	wait_for 3 client_sees r1
	assert_between 'descriptors of the parent' "$(descriptors r1)" 1 $((before + 2))
}
