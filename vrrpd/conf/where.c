/*
 * Where in the configuration a value is, and complaining about it; config role and `vrrpd -n`.
 */
#include "vrrpd/conf/where.h"

#include <stdarg.h>
#include <stdio.h>

#include "vrrpd/conf/problem.h"
#include "vrrpd/conf/value.h"

const char *
where_path(const struct where *w)
{
	if (w->up == NULL)
		return "";
	if (w->up->up == NULL)
		return w->word;
	return config_format(w->config, "%s.%s", where_path(w->up), w->word);
}

void
where_error(const struct where *w, struct config_at at, const char *format, ...)
{
	char what[PROBLEM_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	problem_error(w->config, at, where_path(w), "%s", what);
}

bool
where_expect(const struct where *w, const struct node *n, enum node_kind kind, const char *wanted)
{
	if (n->kind == NODE_BAD)
		return false;
	if (value_is_null(n)) {
		where_error(w, n->key != NULL ? n->key_at : n->at, "has no value; write %s%s",
		    wanted, kind == NODE_SCALAR ? "" : ", or remove the line");
		return false;
	}
	if (n->kind == kind)
		return true;
	if (kind == NODE_LIST && n->kind == NODE_SCALAR)
		where_error(w, n->at, "must be %s: write [%.80s]", wanted, n->text);
	else
		where_error(w, n->at, "must be %s, not %s", wanted, value_kind(n));
	return false;
}
