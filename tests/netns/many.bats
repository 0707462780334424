#!/usr/bin/env bats
# Five hundred instances that change at once.

load ../lib/lab

setup() {
	lab_up r1
	ip -n "$(ns r1)" link add eth1 type veth peer name eth1p
	ip -n "$(ns r1)" address add 198.51.100.1/24 dev eth1
	ip -n "$(ns r1)" link set eth1 up
	ip -n "$(ns r1)" link set eth1p up
	sleep_for_links() { ip -n "$(ns r1)" -6 -o address show dev eth1 scope link | grep -q fe80; }
	wait_for 5 sleep_for_links
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r1/addresses"
}

teardown() {
	lab_down
}

# The hook records its name, and how many of its kind run beside it.
many() {
	local hook i
	hook=$(script r1 count <<-SCRIPT
		#!/bin/sh
		echo "\$2 \$3" >>$LAB/r1/scratch/delivered
	SCRIPT
	)
	cat <<-YAML
		version: 1
		global: {scripts: {max-parallel: 16}}
		checks:
		  probe: {command: $LAB/r1/bin/check, writable: [$LAB/r1/scratch], interval: 500ms, timeout: 30s}
		defaults: {priority: 100, advertise-interval: 20s, track: [probe], notify: $hook}
		instances:
	YAML
	for i in {1..500}; do
		printf '  i%d: {interface: eth%d, vrid: %d, addresses: [10.1.%d.%d/32]}\n' \
			"$i" $((i % 2)) $(((i + 1) / 2)) $((i / 250)) $((i % 250 + 1))
	done
}

delivered() {
	[[ $(grep -c " $1\$" "$LAB/r1/scratch/delivered") -ge $2 ]]
}

# once STATE: each of the 500 was told exactly once.
once() {
	assert_equal "$(grep " $1\$" "$LAB/r1/scratch/delivered" | sort | uniq | wc -l)" 500
	assert_equal "$(grep -c " $1\$" "$LAB/r1/scratch/delivered")" 500
}

@test "N03 500 instances change at once: 500 deliveries, none twice, never more than max-parallel at once" {
	local most=0 now
	start_vrrpd r1 "$(many)"
	wait_for 60 delivered BACKUP 500
	once BACKUP
	set_check r1 1
	until delivered FAULT 500; do
		now=$(ip netns pids "$(ns r1)" | xargs -r -I{} cat /proc/{}/comm 2>/dev/null | grep -c '^count$') || true
		((now <= most)) || most=$now
		((SECONDS < 120))
	done
	once FAULT
	assert_between 'hooks at once' "$most" 0 16
	assert_equal "$(ctl r1 -j show | jq '[.instances[] | select(.state == "fault")] | length')" 500
	LAB_EXCEPT=log
}
