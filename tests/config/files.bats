#!/usr/bin/env bats
# Configuration files that are not what they should be, and what `vrrpd -n` may do: located messages,
# never a crash; no privileges, no sockets. VRRPD names the program.

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	umask 022
	PRIVILEGES=()
}

# refused MESSAGE: `vrrpd -n` exits 1 and one of its lines is that.
refused() {
	run "${PRIVILEGES[@]}" "$VRRPD" -n -f vrrpd.yaml
	echo "$output"
	[ "$status" -eq 1 ]
	grep -qxF "$1" <<<"$output"
}

accepted() {
	run "$VRRPD" -n -f vrrpd.yaml
	echo "$output"
	[ "$status" -eq 0 ]
}

# absent TEXT: it is nowhere in what was said. (A negation alone would not end a test.)
absent() {
	! grep -qF -- "$1" <<<"$output"
}

# The article's instance with one line more.
instance() {
	printf '%s\n' "version: 1" "instances:" "  web:" "    interface: eth0" "    vrid: 5" \
		"    addresses: [192.0.2.10/24]" "$@" >vrrpd.yaml
}

@test "X04 a missing file" {
	refused "vrrpd.yaml: cannot be read: No such file or directory"
}

@test "X04 a directory" {
	mkdir vrrpd.yaml
	refused "vrrpd.yaml: is a directory; name a file"
}

@test "X04 a file that cannot be read" {
	echo "version: 1" >vrrpd.yaml
	chmod 000 vrrpd.yaml
	# root reads everything, unless it gives that up
	[ "$(id -u)" -ne 0 ] || PRIVILEGES=(setpriv '--bounding-set=-dac_override,-dac_read_search')
	refused "vrrpd.yaml: cannot be read: Permission denied"
}

@test "X04 a device" {
	run "$VRRPD" -n -f /dev/zero
	[ "$status" -eq 1 ]
	[ "$output" = "/dev/zero: is not a regular file" ]
}

@test "X04 NUL bytes" {
	printf 'version: 1\ninstan\0ces: {}\n' >vrrpd.yaml
	refused "vrrpd.yaml:2:7: a NUL byte: this is not a text file, or it is damaged"
}

@test "X04 a byte order mark, and what else is wrong" {
	printf '\357\273\277version: 1\nxyzzy: 1\n' >vrrpd.yaml
	refused "vrrpd.yaml:1:1: the file begins with a byte order mark; remove it: LC_ALL=C sed -i '1s/^...//' vrrpd.yaml"
	refused "vrrpd.yaml:2:1: xyzzy: unknown key"
}

@test "X04 the repair that the message about a byte order mark names" {
	printf '\357\273\277version: 1\n' >vrrpd.yaml
	LC_ALL=C sed -i '1s/^...//' vrrpd.yaml
	accepted
}

@test "X04 UTF-16" {
	printf '\377\376v\0e\0' >vrrpd.yaml
	refused "vrrpd.yaml:1:1: the file is UTF-16; convert it: iconv -f UTF-16 -t UTF-8 vrrpd.yaml"
}

@test "X04 CRLF, once, and what else is wrong" {
	printf 'version: 1\r\nxyzzy: 1\r\n' >vrrpd.yaml
	refused "vrrpd.yaml:1:11: a carriage return: the lines end as on Windows; convert the file: sed -i 's/\\r\$//' vrrpd.yaml"
	[ "$(grep -c "carriage return" <<<"$output")" -eq 1 ]
	refused "vrrpd.yaml:2:1: xyzzy: unknown key"
}

@test "X04 not UTF-8" {
	printf 'version: 1\ninstances: {"a\377": {}}\n' >vrrpd.yaml
	run "$VRRPD" -n -f vrrpd.yaml
	[ "$status" -eq 1 ]
	[[ "$output" == "vrrpd.yaml:2:15: not text: "*"; the file must be UTF-8" ]]
}

@test "X04 a line of 1 MB" {
	{
		printf 'version: 1\n'
		head -c 1000000 /dev/zero | tr '\0' x
		printf ': 1\n'
	} >vrrpd.yaml
	run "$VRRPD" -n -f vrrpd.yaml
	[ "$status" -eq 1 ]
	[[ "$output" == "vrrpd.yaml:2:"* ]]
	[ ${#output} -lt 2000 ]
}

@test "X04 a value of 1 MB" {
	instance "    description: $(head -c 1000000 /dev/zero | tr '\0' x)"
	refused "vrrpd.yaml:7:18: instances.web.description: is longer than 255 bytes"
}

@test "X04 more than 16 MiB" {
	{
		printf 'version: 1\n#'
		head -c 16777216 /dev/zero | tr '\0' x
	} >vrrpd.yaml
	refused "vrrpd.yaml: is larger than 16 MiB"
}

@test "X04 eight million brackets and eight million values" {
	{
		printf 'version: 1\ninstances: '
		head -c 8000000 /dev/zero | tr '\0' '['
	} >vrrpd.yaml
	refused "vrrpd.yaml:2:27: instances: nested deeper than 16 levels"
	{
		printf 'version: 1\ninstances: ['
		yes a, | head -c 12000000 | tr -d '\n'
		printf ']\n'
	} >vrrpd.yaml
	run "$VRRPD" -n -f vrrpd.yaml
	[ "$status" -eq 1 ]
	[[ "$output" == *": more than 1000000 values" ]]
}

@test "thousands of errors: a thousand are told, the rest is counted" {
	{
		printf 'version: 1\n'
		seq -f 'key%g: 1' 3000
	} >vrrpd.yaml
	run "$VRRPD" -n -f vrrpd.yaml
	[ "$status" -eq 1 ]
	[ "$(grep -c "unknown key" <<<"$output")" -eq 1000 ]
	grep -qxF "vrrpd.yaml: and 2000 more" <<<"$output"
}

@test "ten thousand instances, each with an unknown check: nothing is quadratic" {
	generate() {
		awk -v name="$1" 'BEGIN {
			print "version: 1\nchecks:"
			for (i = 0; i < 10000; i++)
				printf "  check%d: {command: [/bin/true, \"%d\"]}\n", i, i
			print "instances:"
			for (i = 0; i < 10000; i++)
				printf "  in%d: {interface: eth%d, vrid: %d, addresses: [10.0.%d.%d], " \
					"track: [%s%d], notify: [/bin/true, in%d]}\n",
					i, i / 200, i % 200 + 1, i / 200, i % 200 + 1, name, i, i
		}' >vrrpd.yaml
	}
	generate check
	run timeout 40 "$VRRPD" -n -f vrrpd.yaml
	[ "$status" -eq 0 ]
	generate chekc
	run timeout 60 "$VRRPD" -n -f vrrpd.yaml
	[ "$status" -eq 1 ]
	grep -qF 'there is no check "chekc7"; did you mean "check7"?' <<<"$output"
}

@test "ten thousand instances with all there is: a second and 200 MB" {
	awk 'BEGIN {
		print "version: 1\nglobal: {include: [groups.yaml]}\nchecks:"
		for (i = 0; i < 10000; i++)
			printf "  check%d: {tcp: \"10.1.%d.%d:80\"}\n", i, i / 250, i % 250 + 1
		print "instances:"
		for (i = 0; i < 10000; i++) {
			printf "  in%d:\n    interface: eth%d\n    vrid: %d\n", i, i / 200, i % 200 + 1
			printf "    addresses: [10.0.%d.%d/24, ", i / 200, i % 200 + 1
			printf "{address: 10.2.%d.%d/24, advertise: false}]\n", i / 200, i % 200 + 1
			printf "    track: [check%d, {interface: eth%d}]\n", i, i / 200 + 100
			printf "    notify: [/bin/true, in%d]\n    before-master: [/bin/true, \"%d\"]\n", i, i
			printf "    routes: [{to: 172.%d.%d.0/24, via: 10.0.0.1, table: %d}]\n", i / 250, i % 250, i + 1
			printf "    rules: [{from: 10.0.%d.%d, table: 100}]\n", i / 200, i % 200 + 1
			printf "    unicast-peers: [192.0.2.1, {address: 192.0.2.2, min-ttl: 255}]\n"
		}
	}' >vrrpd.yaml
	awk 'BEGIN {
		print "sync-groups:"
		for (i = 0; i < 10000; i += 2)
			printf "  g%d: {members: [in%d, in%d], track: [{check: check%d, weight: -10}]}\n",
				i, i, i + 1, (i + 7) % 10000
	}' >groups.yaml
	limits=(prlimit --cpu=1 --as=200000000)
	! grep -q __asan_init "$VRRPD" || limits=() # a sanitizer takes more of both
	run "${limits[@]}" "$VRRPD" -n -f vrrpd.yaml
	[ "$status" -eq 0 ]
	grep -qF 'instances.in0.interface: there is no interface "eth0" now' <<<"$output" ||
		[ -e /proc/sys/net/ipv4/conf/eth0 ]
}

@test "an instance with thousands of addresses, peers and routes: nothing is quadratic" {
	awk 'BEGIN {
		print "version: 1\ninstances:\n  web:\n    interface: nosuchif0\n    vrid: 1\n    addresses:"
		print "      - 192.0.2.1/24"
		for (i = 0; i < 4095; i++)
			printf "      - {address: 10.%d.%d.1, advertise: false}\n", i / 250, i % 250
		print "    unicast-peers:"
		for (i = 0; i < 30000; i++)
			printf "      - 11.%d.%d.1\n", i / 250, i % 250
		print "    routes:"
		for (i = 0; i < 30000; i++)
			printf "      - {to: 12.%d.%d.0/24, via: 192.0.2.2}\n", i / 250, i % 250
		print "    rules:"
		for (i = 0; i < 30000; i++)
			printf "      - {to: 12.%d.%d.0/24, table: 7}\n", i / 250, i % 250
	}' >vrrpd.yaml
	run timeout 10 "$VRRPD" -n -f vrrpd.yaml
	echo "$output"
	[ "$status" -eq 0 ]
	grep -qF "there are 4096 IPv4 addresses on nosuchif0; above 2000 a takeover is slow" <<<"$output"
	sed -i 's|^      - 192.0.2.1/24|&\n      - {address: 192.0.2.2/24, advertise: false}|' vrrpd.yaml
	refused "vrrpd.yaml:7:7: instances.web.addresses: 4097 addresses; vrrpd handles at most 4096 in one instance"
}

@test "X03 above 2000 IPv4 or 500 IPv6 addresses on one interface: a warning" {
	many() { # IPV4 IPV6
		awk -v four="$1" -v six="$2" 'BEGIN {
			print "version: 1\ninstances:"
			for (i = 0; i < 30; i++) {
				printf "  a%d:\n    interface: nosuchif0\n    vrid: %d\n    addresses:\n", i, i + 1
				printf "      - 10.255.0.%d\n", i + 1
				for (k = i; k < four - 30; k += 30)
					printf "      - {address: 10.0.%d.%d, advertise: false}\n", k / 250, k % 250 + 1
				for (k = i; k < six; k += 30)
					printf "      - {address: \"2001:db8::%x\", advertise: false}\n", k + 1
			}
		}' >vrrpd.yaml
		accepted
	}
	many 2000 500
	absent "takeover is slow"
	many 2001 500
	[ "$(grep -c "there are 2001 IPv4 addresses on nosuchif0; above 2000 a takeover is slow" <<<"$output")" -eq 1 ]
	many 2000 501
	[ "$(grep -c "there are 501 IPv6 addresses on nosuchif0; above 500 a takeover is slow" <<<"$output")" -eq 1 ]
}

@test "X04 included files hold more than 16 MiB together" {
	printf 'version: 1\nglobal: {include: ["*.inc"]}\n' >vrrpd.yaml
	for name in a b c; do
		{
			printf 'version: 1\n#'
			head -c 6000000 /dev/zero | tr '\0' x
		} >$name.inc
	done
	refused "c.inc: is too large: all files together hold more than 16 MiB"
	rm c.inc
	accepted
}

@test "X04 an included file that is none, others may write or nobody may read" {
	instance
	sed -i '1a global: {include: ["*.inc"]}' vrrpd.yaml
	mkdir a.inc
	refused "vrrpd.yaml:2:20: global.include: a.inc is a directory; write a.inc/*.yaml"
	rmdir a.inc
	mkfifo a.inc
	refused "vrrpd.yaml:2:20: global.include: a.inc is not a regular file"
	rm a.inc
	ln -s /dev/zero a.inc
	refused "vrrpd.yaml:2:20: global.include: a.inc is not a regular file"
	rm a.inc
	ln -s gone a.inc
	refused "vrrpd.yaml:2:20: global.include: a.inc cannot be read: No such file or directory"
	rm a.inc
	ln -s vrrpd.yaml a.inc
	refused "vrrpd.yaml:2:20: global.include: vrrpd.yaml cannot include itself; narrow the pattern, or remove it"
	rm a.inc
	echo "instances: {}" >a.inc
	accepted
	chmod 666 a.inc
	refused "a.inc: may be written by others than its owner (mode 0666); repair: chmod go-w a.inc"
	chmod 000 a.inc
	[ "$(id -u)" -ne 0 ] || PRIVILEGES=(setpriv '--bounding-set=-dac_override,-dac_read_search')
	refused "vrrpd.yaml:2:20: global.include: a.inc cannot be read: Permission denied"
	chmod 644 a.inc
	mkdir -m 000 closed
	sed -i 's/"\*.inc"/"closed\/*.inc"/' vrrpd.yaml
	refused "vrrpd.yaml:2:20: global.include: closed cannot be searched: Permission denied"
}

@test "X04 included names are relative to the file that includes them" {
	mkdir -p etc/conf.d
	instance
	sed -i '1a global: {include: ["conf.d/*.yaml"]}' vrrpd.yaml
	mv vrrpd.yaml etc/
	echo "checks: {fine: {process: x}, bad: {}}" >etc/conf.d/a.yaml
	run "$VRRPD" -n -f etc/vrrpd.yaml
	echo "$output"
	[ "$status" -eq 1 ]
	grep -qF "etc/conf.d/a.yaml:1:30: checks.bad: does not say what to check" <<<"$output"
	run "$VRRPD" -n -f "$PWD/etc/vrrpd.yaml"
	[ "$status" -eq 1 ]
	grep -qF "$PWD/etc/conf.d/a.yaml:1:30: checks.bad: does not say what to check" <<<"$output"
}

@test "X05 a password is shown by nothing" {
	instance "    version: 2" "    authentication: {type: pass, key: hUsh-123}"
	chmod 600 vrrpd.yaml
	run "$VRRPD" -nv -f vrrpd.yaml
	[ "$status" -eq 0 ]
	grep -qF 'key: "********"' <<<"$output"
	absent "hUsh-123"
	absent "holds a key"
	chmod 644 vrrpd.yaml
	accepted
	grep -qxF 'warning: vrrpd.yaml:8:39: instances.web.authentication.key: vrrpd.yaml holds a key and may be read by others (mode 0644); repair: chmod 600 vrrpd.yaml, or use key-file' <<<"$output"
	# as what it is not
	for wrong in "hUsh-1234" "[hUsh-123]" "{hUsh-123: 1}" "!x hUsh-123" "&x hUsh-123" '"hUsh-123'; do
		instance "    version: 2" "    authentication: {type: pass, key: $wrong}"
		run "$VRRPD" -n -f vrrpd.yaml
		echo "$output"
		[ "$status" -eq 1 ]
		absent "hUsh"
	done
}

@test "X05 a key file that this user may not see is a warning with -n" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to hide a file"
	unshare -m true || skip "no mount namespaces"
	instance "    version: 2" "    authentication: {type: pass, key-file: /mnt/keys/lan}"
	run unshare -m sh -euc "mount -t tmpfs -o mode=755 none /mnt; mkdir -m 700 /mnt/keys
		echo hUsh-123 >/mnt/keys/lan; chmod 600 /mnt/keys/lan
		exec setpriv --reuid 65534 --clear-groups \"\$VRRPD\" -n -f /dev/stdin <vrrpd.yaml"
	echo "$output"
	[ "$status" -eq 0 ] || skip "the program cannot be reached by another user"
	grep -qF "instances.web.authentication.key-file: /mnt/keys/ cannot be passed to look at /mnt/keys/lan" <<<"$output"
}

@test "a file that others may write" {
	echo "version: 1" >vrrpd.yaml
	chmod 664 vrrpd.yaml
	refused "vrrpd.yaml: may be written by others than its owner (mode 0664); repair: chmod go-w vrrpd.yaml"
	chmod 646 vrrpd.yaml
	refused "vrrpd.yaml: may be written by others than its owner (mode 0646); repair: chmod go-w vrrpd.yaml"
	chmod go-w vrrpd.yaml
	accepted
}

@test "a file of somebody else" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to give a file away"
	echo "version: 1" >vrrpd.yaml
	chown 65534 vrrpd.yaml
	refused "vrrpd.yaml: belongs to user 65534, not to root; repair: chown root vrrpd.yaml"
	chown root vrrpd.yaml
	accepted
}

@test "from a pipe, and -nv of -nv is the same" {
	instance
	"$VRRPD" -nv -f vrrpd.yaml >one
	"$VRRPD" -nv -f vrrpd.yaml | "$VRRPD" -nv -f /dev/stdin >two
	[ -s one ]
	cmp one two
}

@test "X10 what is missing here is a warning and exit 0" {
	instance "    notify: {command: /nonexistent/notify, run-as: nobody-of-this-name}"
	sed -i 's/eth0/nosuchif0/' vrrpd.yaml
	accepted
	grep -qxF 'warning: vrrpd.yaml:4:16: instances.web.interface: there is no interface "nosuchif0" now' <<<"$output"
	grep -qF 'warning: vrrpd.yaml:7:23: instances.web.notify: /nonexistent does not exist; install it, or correct the path' <<<"$output"
	grep -qF 'instances.web.notify: there is no user "nobody-of-this-name"; create it: systemd-sysusers, or useradd ' <<<"$output"
}

@test "X10 an interface that is there is no warning" {
	instance
	sed -i 's/eth0/lo/' vrrpd.yaml
	accepted
	! grep -q "no interface" <<<"$output"
}

@test "X10 no sockets, and no writing" {
	type strace >/dev/null 2>&1 || skip "no strace"
	instance "    notify: {command: /bin/true, run-as: \"nobody:nogroup\"}"
	# The leak checker of a sanitized build does not work under strace.
	ASAN_OPTIONS=detect_leaks=0 strace -f -o trace "$VRRPD" -nv -f vrrpd.yaml >out
	grep -q "^version: 1" out
	grep -q 'open.*vrrpd.yaml' trace
	! grep -E '(socket|connect)\(|open.*vrrpd.*O_(WRONLY|RDWR|CREAT)' trace
}

# A directory tree of root's in a mount namespace of its own: what lies below /tmp is rightly refused.
in_safe_tree() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare -m true || skip "no mount namespaces"
	instance "    notify: {command: /mnt/a/run, run-as: nobody}"
	unshare -m sh -euc "mount -t tmpfs -o mode=755 none /mnt; mkdir /mnt/a /mnt/b
		printf '#!/bin/sh\n' >/mnt/a/run; chmod 755 /mnt/a/run
		$1
		exec \"\$VRRPD\" -n -f vrrpd.yaml" >out 2>&1 && status=0 || status=$?
	output=$(grep -v "_vrrpd\|no interface" out || true)
	echo "$output"
}

# unsafe MESSAGE: the only one.
unsafe() {
	[ "$status" -eq 1 ]
	[ "$output" = "vrrpd.yaml:7:23: instances.web.notify: $1" ]
}

@test "a program in directories of root's" {
	in_safe_tree ""
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a program of the run-as user" {
	in_safe_tree "chown nobody /mnt/a /mnt/a/run"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a program of somebody else" {
	in_safe_tree "chown daemon /mnt/a/run"
	unsafe "/mnt/a/run belongs to user $(id -u daemon), who could replace the program; repair: chown root /mnt/a/run"
}

@test "a directory of somebody else" {
	in_safe_tree "chown daemon /mnt/a"
	unsafe "/mnt/a belongs to user $(id -u daemon), who could replace the program; repair: chown root /mnt/a"
}

@test "a program that others may write" {
	in_safe_tree "chmod 775 /mnt/a/run"
	unsafe "/mnt/a/run may be written by others (mode 0775); repair: chmod go-w /mnt/a/run"
}

@test "a directory that others may write, sticky or not" {
	in_safe_tree "chmod 1777 /mnt/a"
	unsafe "/mnt/a may be written by others (mode 1777); repair: chmod go-w /mnt/a"
}

@test "a program that is not executable" {
	in_safe_tree "chmod 644 /mnt/a/run"
	unsafe "/mnt/a/run is not executable (mode 0644); repair: chmod a+x /mnt/a/run"
}

@test "a program that only root may execute" {
	in_safe_tree "chmod 744 /mnt/a/run"
	unsafe "user nobody may not execute /mnt/a/run (mode 0744); repair: chmod a+x /mnt/a/run"
}

@test "a directory that the user may not pass" {
	in_safe_tree "chmod 700 /mnt/a"
	unsafe "user nobody may not pass /mnt/a (mode 0700); repair: chmod a+x /mnt/a"
}

@test "a link to a safe program" {
	in_safe_tree "mv /mnt/a/run /mnt/b/x; ln -s ../b/./x /mnt/a/run"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a link out of an unsafe directory" {
	in_safe_tree "mv /mnt/a/run /mnt/b/x; ln -s /mnt/b/x /mnt/a/run; chmod 777 /mnt/a"
	unsafe "/mnt/a may be written by others (mode 0777); repair: chmod go-w /mnt/a"
}

@test "a link into an unsafe directory" {
	in_safe_tree "mv /mnt/a/run /mnt/b/x; ln -s ../b/x /mnt/a/run; chmod 777 /mnt/b"
	unsafe "/mnt/b may be written by others (mode 0777); repair: chmod go-w /mnt/b"
}

@test "a link to itself" {
	in_safe_tree "rm /mnt/a/run; ln -s run /mnt/a/run"
	unsafe "/mnt/a/run: too many symbolic links"
}

@test "a dangling link" {
	in_safe_tree "rm /mnt/a/run; ln -s gone /mnt/a/run"
	[ "$status" -eq 0 ]
	grep -qF "warning: vrrpd.yaml:7:23: instances.web.notify: /mnt/a/gone does not exist; install it, or correct the path" <<<"$output"
}

@test "not a program at all" {
	in_safe_tree "rm /mnt/a/run; mkfifo -m 755 /mnt/a/run"
	unsafe "/mnt/a/run is not a regular file"
}
