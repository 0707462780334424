/*
 * Checks of the kinds tcp and http: up, down, broken, timed out, and up again.
 * The real checker in a network of its own; needs root and the users of the daemon.
 *
 * 198.51.100.2 is a neighbour that never answers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bsd/string.h>
#include <cmocka.h>

#include "tests/boundary/checker_lab.h"

#define SILENT "198.51.100.2"

static struct addr
address(const char *text)
{
	struct addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return addr;
}

/* ---- servers ---- */

/* A listening socket on loopback; port 0 = any, which is returned. */
static int
listen_on(const char *text, uint16_t *port)
{
	const struct addr addr = address(text);
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(*port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(*port)};
	const bool ipv4 = addr.family == ADDR_IPV4;
	const int one = 1;
	socklen_t size = ipv4 ? sizeof(in) : sizeof(in6);
	int fd = socket(ipv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(&in.sin_addr, addr.bytes, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, addr.bytes, sizeof(in6.sin6_addr));
	assert_int_not_equal(fd, -1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(
	    bind(fd, ipv4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6, size), 0);
	assert_int_equal(listen(fd, 128), 0);
	getsockname(fd, ipv4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6, &size);
	*port = ntohs(ipv4 ? in.sin_port : in6.sin6_port);
	return fd;
}

/* By the path asked for: a status, or bad manners. What was asked goes to the pipe. */
static void
answer(int fd, int asked)
{
	char request[4096] = "", reply[256];
	ssize_t n = read(fd, request, sizeof(request) - 1);

	if (n <= 0)
		return;
	n = write(asked, request, (size_t)n);
	if (strncmp(request, "GET /silent ", 12) == 0)
		pause();
	if (strncmp(request, "GET /nothing ", 13) == 0)
		return;
	if (strncmp(request, "GET /nonsense ", 14) == 0) {
		n = write(fd, "\0\377SSH-2.0\r\n\r\n", 14);
		return;
	}
	snprintf(reply, sizeof(reply), "HTTP/1.1 %.3s x\r\nContent-Length: 1000000000\r\n\r\n",
	    strncmp(request, "GET /endless ", 13) == 0 ? "200" : &request[5]);
	n = write(fd, reply, strlen(reply));
	for (int i = 0; strncmp(request, "GET /endless ", 13) == 0 && n > 0; i++)
		n = write(fd, reply, sizeof(reply));
}

/* A process that answers each connection; *asked is the reading end of what it was asked. */
static pid_t
serve(int fd, int *asked)
{
	int pipes[2], client;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		signal(SIGCHLD, SIG_IGN);
		close(pipes[0]); /* nobody reads: that is no reason to wait */
		while ((client = accept(fd, NULL, NULL)) != -1) {
			if (fork() == 0) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				answer(client, pipes[1]);
				_exit(0);
			}
			close(client);
		}
		_exit(1);
	}
	close(pipes[1]);
	*asked = pipes[0];
	return pid;
}

static void
end_server(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* From which ports connections may be made: what is missing there says nothing of a server. */
static void
set_ports(unsigned first, unsigned last)
{
	char command[128];

	snprintf(command, sizeof(command), "echo %u %u >/proc/sys/net/ipv4/ip_local_port_range",
	    first, last);
	assert_int_equal(system(command), 0);
}

static void
leave_no_ports(int *taken)
{
	uint16_t port = 40001;

	*taken = listen_on("0.0.0.0", &port);
	set_ports(40001, 40001);
}

static void
give_ports_back(int taken)
{
	set_ports(32768, 60999);
	close(taken);
}

static unsigned
count_descriptors(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	return lab_count_entries(path);
}

/* ---- tcp ---- */

static struct conf_check
tcp_check(const char *text, uint16_t port, uint32_t interval_ms, uint32_t timeout_ms)
{
	return (struct conf_check){.kind = CONF_CHECK_TCP,
	    .addr = address(text),
	    .port = port,
	    .interval_ms = interval_ms,
	    .timeout_ms = timeout_ms};
}

static void
tcp_goes_up_and_down(struct lab *lab, const char *text)
{
	uint16_t port = 0;
	int fd = listen_on(text, &port);
	const struct conf_check kind = tcp_check(text, port, 100, 100);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check check;

	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.state, VRRP_CHECK_UP);
	assert_int_equal(check.exit_status, -1);
	assert_string_equal(check.output, "");
	close(fd);
	check = lab_await_state(lab, id, VRRP_CHECK_DOWN, 2000);
	assert_string_equal(check.output, "connect: Connection refused");
	assert_int_equal(check.error, 0);
	assert_false(check.timed_out);
	fd = listen_on(text, &port);
	lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	close(fd);
	lab_stop(lab);
}

static void
test_tcp_ipv4(void **state)
{
	tcp_goes_up_and_down(*state, "127.0.0.1");
}

static void
test_tcp_ipv6(void **state)
{
	tcp_goes_up_and_down(*state, "::1");
}

static void
test_tcp_times_out_at_the_deadline(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = tcp_check(SILENT, 80, 1000, 250);
	uint32_t id = lab_add_probe(lab, &kind);
	mono_t start = clock_now();
	struct msg_check check;

	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.state, VRRP_CHECK_DOWN);
	assert_true(check.timed_out);
	assert_in_range(check.duration_us, 250000, 500000);
	assert_in_range(mono_since(clock_now(), start), 250 * NS_PER_MS, 800 * NS_PER_MS);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.runs, 2);
	lab_stop(lab);
}

/* Timeout and interval of one length: each time that is due gets its verdict. */
static void
test_tcp_silence_fills_each_interval(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = tcp_check(SILENT, 80, 200, 200);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check first, check;

	lab_commit(lab);
	first = check = lab_await_check(lab, id, 2000);
	for (int i = 0; i < 5; i++)
		check = lab_await_check(lab, id, 2000);
	assert_in_range(check.last_run_ns - first.last_run_ns, 900 * NS_PER_MS, 1300 * NS_PER_MS);
	lab_stop(lab);
}

static void
test_tcp_unreachable_is_down(void **state)
{
	struct lab *lab = *state;
	const struct conf_check kind = tcp_check("203.0.113.1", 80, 1000, 1000);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check check;

	lab_commit(lab);
	check = lab_await_check(lab, id, 2000);
	assert_int_equal(check.state, VRRP_CHECK_DOWN);
	assert_string_equal(check.output, "connect: Network is unreachable");
	lab_stop(lab);
}

/* Nobody listens; the kernel must take just that port for the connection itself. */
static void
test_tcp_does_not_take_itself_for_the_server(void **state)
{
	struct lab *lab = *state;
	struct conf_check kind = tcp_check("127.0.0.1", 40000, 20, 20);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check check;

	set_ports(40000, 40001);
	lab_commit(lab);
	for (int i = 0; i < 20; i++) {
		check = lab_await_check(lab, id, 2000);
		assert_int_not_equal(check.state, VRRP_CHECK_UP);
	}
	set_ports(32768, 60999);
	lab_stop(lab);
}

static void
test_tcp_broken(void **state)
{
	struct lab *lab = *state;
	uint16_t port = 0;
	int fd = listen_on("127.0.0.1", &port), taken;
	const struct conf_check kind = tcp_check("127.0.0.1", port, 100, 100);
	uint32_t id = lab_add_probe(lab, &kind);
	struct msg_check check;

	lab_commit(lab);
	lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	leave_no_ports(&taken);
	check = lab_await_state(lab, id, VRRP_CHECK_BROKEN, 2000);
	assert_int_equal(check.error, EADDRNOTAVAIL);
	assert_string_equal(check.step, "connect");
	give_ports_back(taken);
	lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	close(fd);
	lab_stop(lab);
}

/* ---- http ---- */

static struct conf_check
http_check(const char *path, uint16_t port, uint32_t expect)
{
	struct conf_check check = {.kind = CONF_CHECK_HTTP,
	    .addr = address("127.0.0.1"),
	    .port = port,
	    .expect = expect,
	    .interval_ms = 500};

	snprintf(check.text, sizeof(check.text), "www.example.org%s", path);
	return check;
}

static void
test_http_answers(void **state)
{
	static const struct {
		const char *path;
		uint32_t expect;
		enum vrrp_check_state state;
		const char *output;
	} rows[] = {
	    {"/200", 0, VRRP_CHECK_UP, "status 200"},
	    {"/302", 0, VRRP_CHECK_UP, "status 302"},
	    {"/404", 0, VRRP_CHECK_DOWN, "the server answers 404"},
	    {"/500", 0, VRRP_CHECK_DOWN, "the server answers 500"},
	    {"/404", 404, VRRP_CHECK_UP, "status 404"},
	    {"/200", 204, VRRP_CHECK_DOWN, "the server answers 200"},
	    {"/endless", 0, VRRP_CHECK_UP, "status 200"},
	    {"/nonsense", 0, VRRP_CHECK_DOWN, "the answer is no HTTP, or too long"},
	    {"/nothing", 0, VRRP_CHECK_DOWN, "the server closed the connection without an answer"},
	};
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	struct lab *lab = *state;
	uint16_t port = 0;
	int fd = listen_on("127.0.0.1", &port), asked;
	pid_t server = serve(fd, &asked);
	uint32_t id[ROWS];

	for (size_t i = 0; i < ROWS; i++) {
		const struct conf_check kind = http_check(rows[i].path, port, rows[i].expect);

		id[i] = lab_add_probe(lab, &kind);
	}
	lab_commit(lab);
	for (size_t i = 0; i < ROWS; i++) {
		struct msg_check check = lab_await_check(lab, id[i], 3000);

		assert_int_equal(check.state, rows[i].state);
		assert_string_equal(check.output, rows[i].output);
	}
	end_server(server);
	close(fd);
	close(asked);
	lab_stop(lab);
}

static void
test_http_request(void **state)
{
	struct lab *lab = *state;
	uint16_t port = 0;
	int fd = listen_on("127.0.0.1", &port), asked;
	pid_t server = serve(fd, &asked);
	const struct conf_check kind = http_check("/200?q=1", port, 0);
	uint32_t id = lab_add_probe(lab, &kind);
	char text[4096] = "";

	lab_commit(lab);
	lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	assert_true(read(asked, text, sizeof(text) - 1) > 0);
	assert_int_equal(strncmp(text, "GET /200?q=1 HTTP/1.1\r\n", 23), 0);
	assert_non_null(strstr(text, "\r\nHost: www.example.org\r\n"));
	assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
	assert_non_null(strstr(text, "\r\n\r\n"));
	end_server(server);
	close(fd);
	close(asked);
	lab_stop(lab);
}

static void
test_http_ipv6(void **state)
{
	struct lab *lab = *state;
	uint16_t port = 0;
	int fd = listen_on("::1", &port), asked;
	pid_t server = serve(fd, &asked);
	struct conf_check kind = http_check("/200", port, 0);
	uint32_t id;

	kind.addr = address("::1");
	id = lab_add_probe(lab, &kind);
	lab_commit(lab);
	assert_int_equal(lab_await_check(lab, id, 2000).state, VRRP_CHECK_UP);
	end_server(server);
	close(fd);
	close(asked);
	lab_stop(lab);
}

static void
test_http_down_broken_and_up_again(void **state)
{
	struct lab *lab = *state;
	uint16_t port = 0;
	int fd = listen_on("127.0.0.1", &port), asked, taken;
	pid_t server = serve(fd, &asked);
	struct conf_check kind = http_check("", port, 0);
	struct msg_check check;
	uint32_t id;

	strlcpy(kind.text, "[::1]:8080/200", sizeof(kind.text));
	kind.interval_ms = 100;
	id = lab_add_probe(lab, &kind);
	lab_commit(lab);
	lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	end_server(server);
	close(fd);
	close(asked);
	check = lab_await_state(lab, id, VRRP_CHECK_DOWN, 2000);
	if (!check.timed_out && strncmp(check.output, "the server", 10) == 0)
		check = lab_await_check(lab, id, 2000); /* it ended in the middle of an answer */
	assert_string_equal(check.output, "connect: Connection refused");
	leave_no_ports(&taken);
	check = lab_await_state(lab, id, VRRP_CHECK_BROKEN, 2000);
	assert_int_equal(check.error, EADDRNOTAVAIL);
	assert_string_equal(check.step, "connect");
	give_ports_back(taken);
	fd = listen_on("127.0.0.1", &port);
	server = serve(fd, &asked);
	lab_await_state(lab, id, VRRP_CHECK_UP, 2000);
	end_server(server);
	close(fd);
	close(asked);
	lab_stop(lab);
}

/* In all that can take long: connecting, waiting for the answer. Nothing stays open. */
static void
test_http_times_out(void **state)
{
	struct lab *lab = *state;
	uint16_t port = 0;
	int fd = listen_on("127.0.0.1", &port), asked;
	pid_t server = serve(fd, &asked);
	struct conf_check kinds[3] = {http_check("/silent", port, 0), http_check("/200", 80, 0),
	    http_check("/200", 40000, 0)};
	uint32_t id[3];
	unsigned before;

	kinds[1].addr = address(SILENT);
	for (size_t i = 0; i < 3; i++) {
		kinds[i].interval_ms = kinds[i].timeout_ms = 50;
		id[i] = lab_add_probe(lab, &kinds[i]);
	}
	lab_commit(lab);
	for (size_t i = 0; i < 2; i++) {
		struct msg_check check = lab_await_check(lab, id[i], 2000);

		assert_int_equal(check.state, VRRP_CHECK_DOWN);
		assert_true(check.timed_out);
		assert_in_range(check.duration_us, 50000, 300000);
	}
	before = count_descriptors(lab->checker);
	for (int i = 0; i < 60; i++)
		lab_await_check(lab, id[i % 3], 2000);
	assert_in_range(count_descriptors(lab->checker), before - 3, before + 3);
	end_server(server);
	close(fd);
	close(asked);
	lab_stop(lab);
}

/* ---- both ---- */

static long
resident_kb(pid_t pid)
{
	char path[64];
	long pages = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*d %ld", &pages), 1);
	fclose(f);
	return pages * 4;
}

static void
await_runs(struct lab *lab, uint32_t id, uint64_t runs)
{
	while (lab_await_check(lab, id, 2000).runs < runs)
		;
}

/* Thousands of tries, answered and refused: not a descriptor and hardly a page more than after some. */
static void
test_many_tries_leave_nothing(void **state)
{
	struct lab *lab = *state;
	uint16_t port = 0;
	int fd = listen_on("127.0.0.1", &port), asked;
	pid_t server = serve(fd, &asked);
	struct conf_check kinds[] = {
	    tcp_check("127.0.0.1", 1, 2, 2), http_check("/404", port, 0), http_check("/200", 1, 0)};
	uint32_t id = 0;
	long before;

	for (size_t i = 0; i < 3; i++) {
		kinds[i].interval_ms = i == 1 ? 10 : 2;
		kinds[i].timeout_ms = 1000;
		id = lab_add_probe(lab, &kinds[i]);
	}
	lab_commit(lab);
	close(asked);
	await_runs(lab, id, 200);
	before = resident_kb(lab->checker);
	await_runs(lab, id, 1500);
	if (!LAB_SANITIZED) /* the sanitizer keeps what is freed for a while */
		assert_in_range(resident_kb(lab->checker) - before + 1000, 0, 2000);
	assert_in_range(count_descriptors(lab->checker), 0, 30);
	end_server(server);
	close(fd);
	lab_stop(lab);
}

static void
make_network(void)
{
	assert_int_equal(system("ip link add v0 type veth peer name v1 && ip link set v0 up &&\n"
				"ip link set v1 up && ip addr add 198.51.100.1/24 dev v0"),
	    0);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
	    LAB_TEST(test_tcp_ipv4),
	    LAB_TEST(test_tcp_ipv6),
	    LAB_TEST(test_tcp_times_out_at_the_deadline),
	    LAB_TEST(test_tcp_silence_fills_each_interval),
	    LAB_TEST(test_tcp_unreachable_is_down),
	    LAB_TEST(test_tcp_does_not_take_itself_for_the_server),
	    LAB_TEST(test_tcp_broken),
	    LAB_TEST(test_http_answers),
	    LAB_TEST(test_http_request),
	    LAB_TEST(test_http_ipv6),
	    LAB_TEST(test_http_down_broken_and_up_again),
	    LAB_TEST(test_http_times_out),
	    LAB_TEST(test_many_tries_leave_nothing),
	};
	int code;

	if (!lab_begin(argc, argv, &code))
		return code;
	lab_enter_namespaces();
	make_network();
	return cmocka_run_group_tests_name("checker_net", tests, NULL, NULL);
}
