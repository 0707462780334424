#!/usr/bin/env bats
# `vrrpctl import` on the command line: where it writes, what it leaves alone, how it ends, and files
# that are not what they should be. VRRPCTL and VRRPD name the programs.
# shellcheck disable=SC2016 # variables of keepalived, not of the shell

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	umask 022
	cat >keepalived.conf <<'CONF'
vrrp_instance web {
	state BACKUP
	interface eth0
	virtual_router_id 5
	authentication {
		auth_type PASS
		auth_pass very-secret
	}
	virtual_ipaddress {
		192.0.2.10/24
	}
}
CONF
}

import() {
	run "$VRRPCTL" import "$@"
	echo "$output"
}

# Nothing is left behind but what is named.
leaves() {
	[ "$(ls -A)" = "$(printf '%s\n' "$@")" ]
}

@test "without -o the configuration goes to standard output, the report to standard error" {
	"$VRRPCTL" import keepalived.conf >out.yaml 2>report
	chmod 600 out.yaml
	"$VRRPD" -n -f out.yaml
	grep -q '^keepalived.conf:3: kept: interface eth0$' report
	[ "$(grep -c vrrp_instance out.yaml)" -eq 0 ]
}

@test "with -o it is written for its owner alone, whatever the umask" {
	import keepalived.conf -o out.yaml
	[ "$status" -eq 0 ]
	[ "$(stat -c %a out.yaml)" = 600 ]
	leaves keepalived.conf out.yaml
}

@test "an existing file is left alone unless --force" {
	echo mine >out.yaml
	import keepalived.conf -o out.yaml
	[ "$status" -eq 1 ]
	[ "$(cat out.yaml)" = mine ]
	import --force keepalived.conf -o out.yaml
	[ "$status" -eq 0 ]
	grep -q 'vrid: 5' out.yaml
	leaves keepalived.conf out.yaml
}

@test "a symbolic link is not followed, nor replaced without --force" {
	ln -s nowhere out.yaml
	import keepalived.conf -o out.yaml
	[ "$status" -eq 1 ]
	[ "$(readlink out.yaml)" = nowhere ]
	leaves keepalived.conf out.yaml
}

@test "what affects failover and is dropped makes it exit 1, with the file written" {
	echo "bfd_instance x { neighbor_ip 192.0.2.1 }" >>keepalived.conf
	import keepalived.conf -o out.yaml
	[ "$status" -eq 1 ]
	[[ $output == *"keepalived.conf:13: dropped, affects failover: bfd_instance x "* ]]
	[ -e out.yaml ]
}

@test "no password is in a report" {
	"$VRRPCTL" import keepalived.conf >/dev/null 2>report
	"$VRRPCTL" -j import keepalived.conf >/dev/null 2>report.json
	[ "$(cat report report.json | grep -c secret)" -eq 0 ]
}

@test "-j: the report is one JSON object, on standard output with -o" {
	"$VRRPCTL" import -j keepalived.conf -o out.yaml >report.json 2>errors
	[ ! -s errors ]
	grep -q '"schema": "vrrpctl/1"' report.json
	grep -q '"dropped_affecting_failover": 0' report.json
	if command -v jq; then
		[ "$(jq -r '.directives[] | select(.directive == "state BACKUP") | "\(.line) \(.result) \(.affects_failover)"' report.json)" = "2 dropped false" ]
		[ "$(jq '.kept + .changed + .dropped' report.json)" = "$(jq '.directives | length' report.json)" ]
	fi
}

@test "a file whose name a terminal may not see is reported all the same" {
	mv keepalived.conf $'\xff}\e.conf'
	import $'\xff}\e.conf'
	[ "$status" -eq 0 ]
	[[ $output == *$'\n?}?.conf: '* && $output != *[$'\xff\e']* ]]
	"$VRRPCTL" -j import $'\xff}\e.conf' >/dev/null 2>report.json
	[[ $(<report.json) == *'"file": "?}?.conf",'* ]]
	if command -v jq; then
		jq -e '.directives | length == 9' report.json
	fi
	import $'\e.none'
	[ "$status" -eq 1 ]
	[[ $output == *'?.none: cannot be read: '* && $output != *$'\e'* ]]
}

@test "a report of very many directives takes little memory" {
	limited() { (ulimit -v 65536 && "$VRRPCTL" "$@"); }
	limited --version || skip 'the sanitizer takes more'
	{
		echo 'global_defs {'
		seq -f 'router_id r%.0f' 60000
		echo '}'
	} >keepalived.conf
	limited -j import keepalived.conf >/dev/null 2>report.json
	[ "$(grep -c '"directive": "router_id' report.json)" -eq 60000 ]
	[ "$(tail -n 1 report.json)" = '}' ]
}

@test "a wrong command line exits 2" {
	import
	[ "$status" -eq 2 ]
	import keepalived.conf another.conf
	[ "$status" -eq 2 ]
	run "$VRRPCTL" show --force
	[ "$status" -eq 2 ]
	import --no-such-option keepalived.conf
	[ "$status" -eq 2 ]
	leaves keepalived.conf
}

@test "X04 a missing file, a directory, a device: said, and nothing written" {
	for file in none . /dev/zero; do
		import "$file" -o out.yaml
		[ "$status" -eq 1 ]
		[[ $output == *"$file: cannot be read: "* ]]
	done
	leaves keepalived.conf
}

@test "an output directory that is not there" {
	import keepalived.conf -o none/out.yaml
	[ "$status" -eq 1 ]
	leaves keepalived.conf
}

@test "X04 NUL bytes and a line of a megabyte" {
	printf 'vrrp_instance a\0b {\n}\n' >nul.conf
	import nul.conf
	[ "$status" -eq 1 ]
	head -c 1000000 /dev/zero | tr '\0' x >long.conf
	import long.conf -o out.yaml
	[ "$status" -eq 1 ]
	[[ $output == *"long.conf:1: a line is too long"* ]]
	leaves keepalived.conf long.conf nul.conf
}

@test "more than 16 MiB" {
	truncate -s 17M big.conf
	import big.conf
	[ "$status" -eq 1 ]
	[[ $output == *"big.conf: cannot be read: File too large"* ]]
}

@test "X04 files that include each other end" {
	printf 'include b.conf\n' >a.conf
	printf 'include a.conf\ninclude a.conf\n' >b.conf
	import a.conf
	[ "$status" -eq 1 ]
	[[ $output == *"include each other more than 16 deep"* ]]
}

@test "loops and definitions without end" {
	echo '~SEQ(A, 1, 1000) ~SEQ(B, 1, 1000) ~SEQ(C, 1, 1000) $D=${A}' >loop.conf
	import loop.conf
	[ "$status" -eq 1 ]
	[[ $output == *"expands to more than"* ]]
	echo '~SEQ(A, 1, 1000) ~SEQ(B, 1, 1000) x ${A} ${B}' >loop.conf
	import loop.conf
	[ "$status" -eq 1 ]
	[[ $output == *"more than 300000 directives"* ]]
	printf '$A=$B\n$B=$A\nx $A\n' >definition.conf
	import definition.conf
	[ "$status" -eq 1 ]
	[[ $output == *"definitions expand without end"* ]]
	printf '$A=$A$A\nx ${A}\n' >twice.conf
	import twice.conf
	[ "$status" -eq 1 ]
	printf '$A=\\\n$A \\\n$A\n$A\n' >lines.conf
	import lines.conf
	[ "$status" -eq 1 ]
	printf '~SEQ(A, 9223372036854775807) x\n' >number.conf
	import number.conf
	[ "$status" -eq 1 ]
}

@test "blocks deeper than any" {
	head -c 2000 /dev/zero | tr '\0' '{' >deep.conf
	import deep.conf
	[ "$status" -eq 1 ]
	[[ $output == *"blocks more than 32 deep"* ]]
}

@test "--id chooses the lines of another host" {
	printf '@one $N=1\n@two $N=2\nvrrp_instance a {\ninterface eth0\nvirtual_router_id $N\nvirtual_ipaddress {\n192.0.2.1\n}\n}\n' >host.conf
	import host.conf --id two
	[ "$status" -eq 0 ]
	[[ $output == *"vrid: 2"* ]]
	import --id=one host.conf
	[[ $output == *"vrid: 1"* ]]
}

@test "ten thousand instances of a loop are fast and valid" {
	cat >many.conf <<'CONF'
$ONE= \
vrrp_instance i${A}.${B} { \
 interface eth${A} \
 virtual_router_id ${B} \
 virtual_ipaddress { \
  10.0.${A}.${B} \
 } \
}
~SEQ(A, 1, 50) ~SEQ(B, 1, 200) $ONE
CONF
	timeout 20 "$VRRPCTL" import many.conf -o out.yaml 2>report
	tail -n 1 report
	"$VRRPD" -n -f out.yaml
	[ "$(grep -c 'vrid:' out.yaml)" -eq 10000 ]
}
