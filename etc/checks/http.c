/*
 * A check script: is there a web server that answers 2xx or 3xx? Runs as the script user, in the
 * strict sandbox. Exit 0 yes; 1 no, with one line saying what and where; 2 usage.
 *
 * One alarm ends all of it, the resolver included, which knows no deadline of its own. Of the
 * answer, only the status line is read.
 */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

enum { EXIT_UP = 0, EXIT_DOWN = 1, EXIT_USAGE = 2 };

#define TIMEOUT_MS 2000
#define TIMEOUT_MS_MAX 3600000
#define STATUS_LINE_MAX 512 /* "HTTP/1.1 200 OK" and a reason */

struct request {
	const char *url;
	char host[256];      /* without brackets */
	char authority[300]; /* as written: host and port, for the Host line */
	char port[6];
	const char *path; /* within url: up to '#' */
	int path_length;
};

/* What the alarm finds: where, and in which step. */
static const char *volatile alarm_url;
static const char *volatile alarm_step;

__attribute__((format(printf, 2, 3))) static _Noreturn void
die(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(code);
}

static _Noreturn void
usage(int code)
{
	fprintf(code == EXIT_UP ? stdout : stderr,
	    "usage: http [-h host] [-t timeout] http://host[:port][/path]\n\n"
	    "Exit 0 when the answer is 2xx or 3xx, 1 otherwise.\n"
	    "  -h, --host     what to send as Host instead of the URL's\n"
	    "  -t, --timeout  for all of it: 500ms, 2s; 2s\n"
	    "      --help\n");
	exit(code);
}

static void
on_alarm(int sig)
{
	char line[2048];
	ssize_t n;

	(void)sig;
	/* NOLINTBEGIN(bugprone-signal-handler,cert-sig30-c): these work on their arguments alone */
	strlcpy(line, alarm_url, sizeof(line) - 64);
	strlcat(line, alarm_step, sizeof(line) - 32);
	strlcat(line, ": timed out\n", sizeof(line));
	/* NOLINTEND(bugprone-signal-handler,cert-sig30-c) */
	n = write(STDERR_FILENO, line, strlen(line));
	(void)n; /* nobody to tell */
	_exit(EXIT_DOWN);
}

static void
set_alarm(const char *url, int64_t timeout_ms)
{
	const struct itimerval timer = {.it_value = {timeout_ms / 1000, timeout_ms % 1000 * 1000}};
	sigset_t set;

	alarm_url = url;
	alarm_step = "";
	signal(SIGALRM, on_alarm);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* "500ms", "2s", "2" (seconds). */
static int64_t
parse_timeout(const char *text)
{
	char *unit;
	const long value = strtol(text, &unit, 10);
	const long scale = strcmp(unit, "ms") == 0 ? 1 : 1000;

	if (unit == text || (scale == 1000 && *unit != '\0' && strcmp(unit, "s") != 0) ||
	    value < 1 || value > TIMEOUT_MS_MAX / scale)
		die(EXIT_USAGE, "-t %s: a time such as 500ms or 2s is due, 1 h at most", text);
	return value * scale;
}

static void
parse_authority(struct request *rq, const char *text, size_t length)
{
	const char *error, *end, *port;
	size_t host_length;

	if (length == 0 || length >= sizeof(rq->authority))
		die(EXIT_USAGE, "%s: a host is due after http://", rq->url);
	memcpy(rq->authority, text, length);
	if (strchr(rq->authority, '@') != NULL)
		die(EXIT_USAGE, "%s: users and passwords are not supported", rq->url);
	text = rq->authority[0] == '[' ? rq->authority + 1 : rq->authority;
	end = strchr(text, rq->authority[0] == '[' ? ']' : ':');
	if (end == NULL && rq->authority[0] == '[')
		die(EXIT_USAGE, "%s: the ']' is missing", rq->url);
	host_length = end == NULL ? strlen(text) : (size_t)(end - text);
	port = end == NULL ? "" : *end == ']' ? end + 1 : end;
	if (host_length == 0 || host_length >= sizeof(rq->host))
		die(EXIT_USAGE, "%s: no host, or too long a name", rq->url);
	memcpy(rq->host, text, host_length);
	strlcpy(rq->port, "80", sizeof(rq->port));
	if (*port == '\0')
		return;
	if (*port == ':')
		strtonum(port + 1, 1, 65535, &error);
	if (*port != ':' || error != NULL || strlen(port + 1) >= sizeof(rq->port))
		die(EXIT_USAGE, "%s: the port must be 1 to 65535", rq->url);
	strlcpy(rq->port, port + 1, sizeof(rq->port));
}

static void
parse_url(struct request *rq, const char *url)
{
	static const char scheme[] = "http://";
	const char *rest = url + strlen(scheme);
	size_t length;

	rq->url = url;
	if (strncasecmp(url, scheme, strlen(scheme)) != 0)
		die(EXIT_USAGE, "%s: a URL that begins with http:// is due", url);
	for (const char *c = url; *c != '\0'; c++)
		if (*c <= ' ' || *c == 0x7f)
			die(EXIT_USAGE, "the URL has a blank, control or non-ASCII character");
	length = strcspn(rest, "/?#");
	parse_authority(rq, rest, length);
	rq->path = rest + length;
	rq->path_length = (int)strcspn(rq->path, "#");
}

/* A socket connected to the first address that accepts. */
static int
connect_any(const struct request *rq)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	int fd = -1, error, rc;

	alarm_step = ": looking up the name";
	rc = getaddrinfo(rq->host, rq->port, &hints, &list);
	if (rc != 0)
		die(EXIT_DOWN, "%s: %s: %s", rq->url, rq->host, gai_strerror(rc));
	alarm_step = ": connect";
	for (const struct addrinfo *ai = list; ai != NULL && fd == -1; ai = ai->ai_next) {
		fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd != -1 && connect(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
			error = errno;
			close(fd);
			errno = error;
			fd = -1;
		}
	}
	if (fd == -1)
		die(EXIT_DOWN, "%s: connect: %s", rq->url, strerror(errno));
	freeaddrinfo(list);
	return fd;
}

static void
send_request(const struct request *rq, int fd, const char *host)
{
	const char *slash = rq->path_length > 0 && rq->path[0] == '/' ? "" : "/";
	char *text;
	ssize_t n;
	int length = asprintf(&text,
	    "GET %s%.*s HTTP/1.1\r\nHost: %s\r\nUser-Agent: vrrpd-check/" VRRPD_VERSION
	    "\r\nAccept: */*\r\nConnection: close\r\n\r\n",
	    slash, rq->path_length, rq->path, host != NULL ? host : rq->authority);

	alarm_step = ": send";
	if (length == -1)
		die(EXIT_DOWN, "%s: out of memory", rq->url);
	for (int sent = 0; sent < length; sent += (int)n) {
		n = send(fd, text + sent, (size_t)(length - sent), MSG_NOSIGNAL);
		if (n == -1)
			die(EXIT_DOWN, "%s: send: %s", rq->url, strerror(errno));
	}
	free(text);
}

/* The three digits of the status line. */
static int
read_status(const struct request *rq, int fd)
{
	char line[STATUS_LINE_MAX + 1];
	size_t length = 0;
	int status = 0;
	ssize_t n;

	alarm_step = ": waiting for the answer";
	do {
		n = recv(fd, line + length, STATUS_LINE_MAX - length, 0);
		if (n == -1)
			die(EXIT_DOWN, "%s: receive: %s", rq->url, strerror(errno));
		length += (size_t)n;
	} while (n != 0 && memchr(line, '\n', length) == NULL && length < STATUS_LINE_MAX);
	line[length] = '\0';
	if (length == 0)
		die(EXIT_DOWN, "%s: the server closed the connection without an answer", rq->url);
	if (sscanf(line, "HTTP/%*1d.%*1d %3d", &status) != 1 || status < 100)
		die(EXIT_DOWN, "%s: the answer is no HTTP", rq->url);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"host", required_argument, NULL, 'h'},
	    {"timeout", required_argument, NULL, 't'},
	    {"help", no_argument, NULL, 'H'},
	    {NULL, 0, NULL, 0},
	};
	struct request rq = {0};
	int64_t timeout_ms = TIMEOUT_MS;
	const char *host = NULL;
	int c, status;

	while ((c = getopt_long(argc, argv, "h:t:", longs, NULL)) != -1) {
		if (c == 'h')
			host = optarg;
		else if (c == 't')
			timeout_ms = parse_timeout(optarg);
		else
			usage(c == 'H' ? EXIT_UP : EXIT_USAGE);
	}
	if (optind + 1 != argc)
		usage(EXIT_USAGE);
	if (host != NULL && strpbrk(host, " \r\n\t") != NULL)
		die(EXIT_USAGE, "-h: a host name has no blanks");
	parse_url(&rq, argv[optind]);
	set_alarm(rq.url, timeout_ms);
	c = connect_any(&rq);
	send_request(&rq, c, host);
	status = read_status(&rq, c);
	if (status < 200 || status > 399)
		die(EXIT_DOWN, "%s: the server answers %d", rq.url, status);
	return EXIT_UP;
}
