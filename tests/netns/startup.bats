#!/usr/bin/env bats
# Starting, and refusing to start.

load ../lib/lab

setup() {
	lab_up r1
}

teardown() {
	lab_down
}

# refused ROUTER EXIT-STATUS: the daemon just started ends with that.
refused() {
	wait_exit "$1" 5
	assert_equal "$STATUS" "$2"
	no_process "$1"
	no_advert
}

vrrpd() {
	"$VRRPD_ROOT/usr/sbin/vrrpd" "$@"
}

@test "broken YAML: file, line, column, path, message; exit 1; nothing started" {
	start_vrrpd r1 "$(conf r1 100 'prioritty: 3')"
	refused r1 1
	wait_for 2 logged r1 "vrrpd.yaml:[0-9]*:[0-9]*: instances.web.prioritty: .*priority"
	start_vrrpd r1 'version: 1
instances: ['
	refused r1 1
	wait_for 2 logged r1 'vrrpd.yaml:[0-9]*:[0-9]*: '
	[[ ! -e $LAB/r1/run/vrrpd.sock ]]
}

@test "every error is reported in one run" {
	start_vrrpd r1 "$(conf r1 300 'advertise-interval: 99s' | sed 's/vrid: 51/vrid: 0/')"
	refused r1 1
	wait_for 2 logged r1 'instances.web.priority'
	wait_for 2 logged r1 'instances.web.vrid'
	wait_for 2 logged r1 'instances.web.advertise-interval'
}

@test "a missing script is named" {
	start_vrrpd r1 "$(conf r1 100 | sed 's|bin/notify|bin/nothing|')"
	refused r1 1
	wait_for 2 logged r1 'bin/nothing'
}

@test "a missing user is named, with the repair" {
	start_vrrpd r1 "$(conf r1 100 | sed "s|notify: \(.*\)|notify: {all: {command: \1, run-as: nobody-at-all}}|")"
	refused r1 1
	wait_for 2 logged r1 'nobody-at-all'
}

@test "a script that others may write is refused: the component, its mode, the repair" {
	chmod 777 "$LAB/r1/bin"
	start_vrrpd r1 "$(conf r1 100)"
	refused r1 1
	wait_for 2 logged r1 "$LAB/r1/bin.*0*777"
	wait_for 2 logged r1 'chmod'
}

@test "C05 a second daemon is refused with 3 and the first one untouched; a stale pid file is no obstacle" {
	local first
	start_vrrpd r1 "$(conf r1 250 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	first=$(pid_of r1)
	run on r1 "$VRRPD_ROOT/usr/sbin/vrrpd" -d -f "$LAB/r1/vrrpd.yaml" -r "$LAB/r1/run"
	assert_equal "$status" 3
	holds 0.5 in_state r1 web master
	alive "$first"
	kill_daemon r1
	[[ -e $LAB/r1/run/vrrpd.pid ]]
	start_vrrpd r1
	wait_state r1 web master 3
}

@test "not root: exit 4, and it says so" {
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$VRRPD_ROOT/usr/sbin/vrrpd" -d -f "$LAB/r1/vrrpd.yaml" -r "$LAB/r1/run"
	assert_equal "$status" 4
	[[ $output == *root* ]]
}

@test "X10 checking needs no privileges; its exit status says how it went" {
	conf r1 100 >"$LAB/good.yaml"
	conf r1 100 'nonsense: 1' >"$LAB/bad.yaml"
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$VRRPD_ROOT/usr/sbin/vrrpd" -n -f "$LAB/good.yaml"
	assert_equal "$status" 0
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$VRRPD_ROOT/usr/sbin/vrrpd" -n -f "$LAB/bad.yaml"
	assert_equal "$status" 1
	[[ $output == *bad.yaml:*:*:*nonsense* ]]
	vrrpd -nv -f "$LAB/good.yaml" >"$LAB/normal.yaml"
	vrrpd -nv -f "$LAB/normal.yaml" | diff "$LAB/normal.yaml" -
}

@test "wrong usage: exit 2" {
	run vrrpd --nonsense
	assert_equal "$status" 2
	run vrrpd -R engine </dev/null
	assert_equal "$status" 2
}

@test "no instances: it idles" {
	start_vrrpd r1 'version: 1'
	wait_for 3 ctl r1 -j show
	assert_equal "$(ctl r1 -j show | jq '.instances | length')" 0
}

@test "what the system refuses is no invalid configuration: exit 4 without a capability, 5 without descriptors" {
	conf r1 100 >"$LAB/r1/vrrpd.yaml"
	run on r1 setpriv --bounding-set=-net_admin "$VRRPD_ROOT/usr/sbin/vrrpd" -d -f "$LAB/r1/vrrpd.yaml" -r "$LAB/r1/run"
	assert_equal "$status" 4
	[[ $output == *NET_ADMIN* ]]
	[[ -z ${VRRPD_SANITIZED:-} ]] || return 0 # the sanitizer needs other numbers of them
	run on r1 prlimit --nofile=8 "$VRRPD_ROOT/usr/sbin/vrrpd" -d -f "$LAB/r1/vrrpd.yaml" -r "$LAB/r1/run"
	assert_equal "$status" 5
	[[ $output == *'Too many open files'* ]]
}

@test "C06 privileges of each process are the documented ones" {
	local engine checker
	start_vrrpd r1 "$(conf_check r1 250 $'interval: 1s')"
	wait_state r1 web backup 3
	engine=$(child_of r1 engine)
	checker=$(child_of r1 'checker (_vrrpd_script)')
	of() { awk -v key="$2:" '$1 == key { $1 = ""; print substr($0, 2) }' "/proc/$1/status"; }
	assert_equal "$(of "$(pid_of r1)" CapEff)" 00000000000431e0
	assert_equal "$(of "$(pid_of r1)" CapBnd)" 00000000000431e0
	for pid in "$engine" "$checker"; do
		assert_equal "$(of "$pid" CapEff)" 0000000000000000
		assert_equal "$(of "$pid" CapPrm)" 0000000000000000
		assert_equal "$(of "$pid" CapBnd)" 0000000000000000
		assert_equal "$(of "$pid" NoNewPrivs)" 1
		[[ -n ${VRRPD_SANITIZED:-} ]] || assert_equal "$(of "$pid" Seccomp)" 2
	done
	assert_equal "$(of "$engine" Uid | tr '\t ' '\n' | sort -u)" "$(id -u _vrrpd)"
	assert_equal "$(of "$checker" Uid | tr '\t' ' ')" \
		"$(id -u _vrrpd_checker) $(id -u _vrrpd_script) $(id -u _vrrpd_checker) $(id -u _vrrpd_script)"
	assert_equal "$(readlink "/proc/$engine/root")" "$LAB/r1/run/empty"
	assert_equal "$(stat -c '%a %U' "$LAB/r1/run/empty")" '755 root'
	assert_equal "$(stat -c '%a %U %G' "$LAB/r1/run/vrrpd.sock")" '660 root _vrrpd'
	assert_equal "$(stat -c '%a %U %G' "$LAB/r1/run/tmp")" '1730 root _vrrpd'
	assert_equal "$(child_of r1 'checker (root)')" ''
}
