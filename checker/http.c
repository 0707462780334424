/*
 * Checks how a web server answers a GET; in the checker.
 *
 * The status line and the header are read, within bounds, and nothing of the body: the connection is
 * closed before it. The library connects for us but loses why that failed, so its event is seen first.
 */
#include <errno.h>
#include <string.h>

#include <bsd/string.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include "checker/probe.h"
#include "checker/sock.h"
#include "common/conf.h"

#define HTTP_HEADER_MAX 65536
#define HTTP_STATUS_CONTINUE 100
#define HTTP_AGENT "vrrpd-check/" VRRPD_VERSION

struct http {
	struct probe probe;
	struct evhttp_connection *connection; /* of this try */
	bufferevent_event_cb on_event;        /* the library's own */
	void *on_event_arg;
	int status; /* as answered, 0 = not yet */
	int error;  /* why there is no connection, 0 */
	bool connected;
	bool refused; /* what was answered is no HTTP, or too long */
};

/* ---- the answer ---- */

static bool
http_is_expected(const struct conf_check *conf, int status)
{
	if (conf->expect != 0)
		return (uint32_t)status == conf->expect;
	return status >= 200 && status <= 399;
}

static void
http_judge(struct http *http)
{
	struct probe *p = &http->probe;

	if (http->status != 0 && http_is_expected(p->conf, http->status))
		probe_up(p, "status %d", http->status);
	else if (http->status != 0)
		probe_down(p, "the server answers %d", http->status);
	else if (http->error != 0)
		probe_failed(p, "connect", http->error);
	else if (http->refused)
		probe_down(p, "the answer is no HTTP, or too long");
	else
		probe_down(p, "the server closed the connection without an answer");
}

/* 100 is followed by another one; after any other we want no more. */
static int
http_on_header(struct evhttp_request *request, void *arg)
{
	struct http *http = arg;
	int status = evhttp_request_get_response_code(request);

	if (status == HTTP_STATUS_CONTINUE)
		return 0;
	http->status = status;
	return -1;
}

static void
http_on_error(enum evhttp_request_error error, void *arg)
{
	struct http *http = arg;

	if (!http->connected && http->error == 0)
		http->error = errno != 0 ? errno : EIO;
	http->refused = error == EVREQ_HTTP_INVALID_HEADER || error == EVREQ_HTTP_DATA_TOO_LONG;
}

static void
http_free(int fd, short what, void *connection)
{
	(void)fd;
	(void)what;
	evhttp_connection_free(connection);
}

/* The last word of a request. Its connection must not be freed in here. */
static void
http_on_done(struct evhttp_request *request, void *arg)
{
	struct http *http = arg;
	const struct timeval now = {0};

	if (http->connection == NULL)
		return;
	if (http->status == 0 && request != NULL)
		http->status = evhttp_request_get_response_code(request);
	event_base_once(http->probe.all->base, -1, EV_TIMEOUT, http_free, http->connection, &now);
	http->connection = NULL;
	http_judge(http);
}

/* ---- the connection ---- */

static void
http_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http *http = arg;
	int error = errno;

	bufferevent_setcb(bev, NULL, NULL, http->on_event, http->on_event_arg);
	http->connected = (what & BEV_EVENT_CONNECTED) != 0;
	if (http->connected && sock_is_to_itself(bufferevent_getfd(bev))) {
		probe_failed(&http->probe, "connect", ECONNREFUSED);
		return;
	}
	if (!http->connected)
		http->error = error != 0 ? error : EIO;
	errno = error;
	http->on_event(bev, what, http->on_event_arg);
}

/* While it connects. Otherwise there is none any more, and on_done was told. */
static void
http_watch(struct http *http)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(http->connection);
	bufferevent_data_cb on_read, on_write;

	bufferevent_getcb(bev, &on_read, &on_write, &http->on_event, &http->on_event_arg);
	bufferevent_setcb(bev, on_read, on_write, http_on_event, http);
}

/* Never before our own deadline. */
static void
http_set_limits(struct http *http)
{
	const uint32_t ms = http->probe.conf->timeout_ms + 1000;
	const struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	evhttp_connection_set_timeout_tv(http->connection, &tv);
	evhttp_connection_set_retries(http->connection, 0);
	evhttp_connection_set_max_headers_size(http->connection, HTTP_HEADER_MAX);
	evhttp_connection_set_max_body_size(http->connection, 0);
}

/* The configuration's text is "host/path". NULL when it cannot be sent. */
static struct evhttp_request *
http_new_request(struct http *http)
{
	struct evhttp_request *request = evhttp_request_new(http_on_done, http);
	struct evkeyvalq *headers;
	char host[CONF_PATH_MAX];

	if (request == NULL)
		return NULL;
	strlcpy(host, http->probe.conf->text, sizeof(host));
	host[strcspn(host, "/")] = '\0';
	evhttp_request_set_header_cb(request, http_on_header);
	evhttp_request_set_error_cb(request, http_on_error);
	headers = evhttp_request_get_output_headers(request);
	if (evhttp_add_header(headers, "Host", host) == 0 &&
	    evhttp_add_header(headers, "User-Agent", HTTP_AGENT) == 0 &&
	    evhttp_add_header(headers, "Connection", "close") == 0)
		return request;
	evhttp_request_free(request);
	return NULL;
}

static void
http_start(struct probe *p)
{
	struct http *http = (struct http *)p;
	const char *path = strchr(p->conf->text, '/');
	const struct evhttp_connection *connection;
	struct evhttp_request *request;
	char host[ADDR_TEXT_MAX];

	http->status = http->error = 0;
	http->connected = http->refused = false;
	http->connection = evhttp_connection_base_new(
	    p->all->base, NULL, addr_format(&p->conf->addr, host), p->conf->port);
	request = http->connection == NULL ? NULL : http_new_request(http);
	if (request == NULL) {
		probe_broken(p, "request", ENOMEM);
		return;
	}
	connection = http->connection;
	http_set_limits(http);
	if (evhttp_make_request(
		http->connection, request, EVHTTP_REQ_GET, path != NULL ? path : "/") == -1)
		probe_broken(p, "request", errno);
	else if (http->connection == connection)
		http_watch(http); /* else it is over already */
}

static void
http_end(struct probe *p)
{
	struct http *http = (struct http *)p;

	if (http->connection != NULL)
		evhttp_connection_free(http->connection);
	http->connection = NULL;
}

const struct probe_ops http_ops = {
    .size = sizeof(struct http),
    .start = http_start,
    .end = http_end,
};
