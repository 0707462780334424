/*
 * From files to lines: comments, continuations, conditions, definitions, loops, included files;
 * vrrpctl, in the importer's child.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vrrpctl/import_part.h"
#include "vrrpctl/text.h"

#define LOOP_MAX 100000 /* turns of one */
#define ROUNDS_MAX 1000 /* replacements in one line */

struct reader {
	struct import *im;
	const char *name;      /* of the file, as it is told */
	const char *directory; /* absolute, unless the current one is not known */
	unsigned line;
	unsigned files;     /* that include each other */
	unsigned expansion; /* definitions and loops within each other */
};

static void read_line(struct reader *, char *);
static void read_file(struct import *, const char *path, unsigned depth, struct import_node *from);

static char *
skip_blanks(const char *p)
{
	p += strspn(p, " \t");
	return (char *)(uintptr_t)p;
}

static char *
copy(struct import *im, const char *text, size_t length)
{
	return (char *)(uintptr_t)import_copy(im, text, length);
}

/* ---- comments ---- */

/* Cuts "\\" off the end, behind a comment too; true when it was there: the line goes on. */
static bool
cut_backslash(char *line)
{
	size_t length = strlen(line);

	while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	if (length == 0 || line[length - 1] != '\\' || (length > 1 && line[length - 2] == '\\'))
		return false;
	line[length - 1] = '\0';
	return true;
}

/* Cuts the comment off; true when the line goes on in the next one. */
static bool
cut_comment(char *line)
{
	const bool more = cut_backslash(line);
	bool quoted = false;

	for (char *p = line; *p != '\0'; p++) {
		if (*p == '"') {
			quoted = !quoted;
		} else if (*p == '\\' && p[1] != '\0') {
			p++;
		} else if (!quoted && (*p == '#' || *p == '!')) {
			*p = '\0';
			break;
		}
	}
	return more;
}

/* ---- definitions ---- */

static size_t
name_length(const char *p)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

	return *p >= '0' && *p <= '9' ? 0 : strspn(p, allowed);
}

static bool
is_definition(const char *p)
{
	const size_t length = *p == '$' ? name_length(p + 1) : 0;

	return length > 0 && p[1 + length] == '=';
}

static void
define(struct reader *r, char *p)
{
	char *value = strchr(p, '=') + 1, *name = p + 1;

	value[-1] = '\0';
	value = skip_blanks(value);
	if (*value == '\n')
		value++;
	import_map_put(r->im, &r->im->variables, name, copy(r->im, value, strlen(value)));
}

/* What keepalived defines by itself; NULL when it is none. */
static const char *
predefined(struct reader *r, const char *name, size_t length)
{
	const char *text = import_copy(r->im, name, length), *value;

	if (strcmp(text, "_PWD") == 0)
		return r->directory;
	if (strcmp(text, "_INSTANCE") == 0)
		return r->im->id;
	if (strcmp(text, "_HASH") == 0)
		return "#";
	if (strcmp(text, "_BANG") == 0)
		return "!";
	if (strncmp(text, "_RANDOM", 7) == 0) {
		value = text + 7 + strspn(text + 7, " \t");
		return import_copy(
		    r->im, *value == '\0' ? "0" : value, strcspn(value, " \t") + (*value == '\0'));
	}
	if (strncmp(text, "_ENV ", 5) == 0) {
		value = getenv(skip_blanks(text + 5));
		return value == NULL ? "" : value;
	}
	return NULL;
}

/* The value of what stands at the "$"; *end is behind it. */
static const char *
find_value(struct reader *r, const char *dollar, const char **end)
{
	const bool braces = dollar[1] == '{';
	const char *name = dollar + 1 + braces, *value;
	const size_t length = braces ? strcspn(name, "}") : name_length(name);

	if (length == 0 || (braces && name[length] != '}'))
		return NULL;
	*end = name + length + braces;
	value = import_map_find(&r->im->variables, import_copy(r->im, name, length));
	return value != NULL ? value : braces ? predefined(r, name, length) : NULL;
}

/*
 * Replaces from the left, until nothing is left to replace or there are several lines, of which
 * each is then read on its own. NULL when there was nothing to replace.
 */
static char *
substitute(struct reader *r, const char *text)
{
	const char *p = text, *end, *value;
	char *line = NULL;
	unsigned rounds = 0;
	size_t size;

	while ((p = strchr(p, '$')) != NULL) {
		value = find_value(r, p, &end);
		if (value == NULL) {
			p++;
			continue;
		}
		size = (size_t)(p - text) + strlen(value) + strlen(end);
		if (++rounds > ROUNDS_MAX || size > IMPORT_LINE_SIZE_MAX)
			import_fail(
			    r->im, "%s:%u: definitions expand without end", r->name, r->line);
		line = import_alloc(r->im, size + 1);
		snprintf(line, size + 1, "%.*s%s%s", (int)(p - text), text, value, end);
		p = line + (p - text);
		text = line;
		if (strchr(value, '\n') != NULL)
			break;
	}
	return line;
}

/* ---- conditions and loops ---- */

/* Behind "@name" or "@^name"; NULL when the line is for another one. */
static char *
check_condition(const struct reader *r, char *p)
{
	const bool negative = p[1] == '^';
	const char *name = p + 1 + negative;
	const size_t length = strcspn(name, " \t\n");
	const bool same = strlen(r->im->id) == length && strncmp(r->im->id, name, length) == 0;

	return same == negative ? NULL : skip_blanks(name + length);
}

static void
turn(struct reader *r, const char *name, const char *value, const char *rest)
{
	import_map_put(r->im, &r->im->variables, name, copy(r->im, value, strlen(value)));
	read_line(r, copy(r->im, rest, strlen(rest)));
}

/* "var, start, step, end" with start and step left out from the left. */
static void
run_sequence(struct reader *r, char *arguments, bool hex, const char *rest)
{
	const char *field[4] = {NULL};
	int64_t number[3] = {0}, value, step;
	char *save = NULL, *word, *name, text[32];
	size_t count = 0;
	unsigned turns = 0;

	for (word = strtok_r(arguments, ", \t", &save); word != NULL && count < 4;
	     word = strtok_r(NULL, ", \t", &save))
		field[count++] = word;
	name = (char *)(uintptr_t)field[0];
	if (count < 2 || name_length(name) != strlen(name))
		return;
	for (size_t i = 1; i < count; i++) {
		number[i - 1] = strtoll(field[i], NULL, 0);
		if (number[i - 1] > INT32_MAX || number[i - 1] < INT32_MIN)
			import_fail(
			    r->im, "%s:%u: a number of the loop is too large", r->name, r->line);
	}
	value = count == 2 ? (number[0] < 0 ? -1 : 1) : number[0];
	number[2] = number[count - 2]; /* the end */
	step = count == 4 ? number[1] : number[2] < value ? -1 : 1;
	for (; step != 0 && (step > 0 ? value <= number[2] : value >= number[2]); value += step) {
		if (++turns > LOOP_MAX)
			import_fail(r->im, "%s:%u: a loop of more than %d turns", r->name, r->line,
			    LOOP_MAX);
		snprintf(text, sizeof(text), hex ? "%" PRIx64 : "%" PRId64, (uint64_t)value);
		turn(r, name, text, rest);
	}
}

/* The next of a list, which may be a list in braces; NULL at the end. */
static char *
next_value(char **p)
{
	char *start = *p + strspn(*p, ", \t"), *end;

	if (*start == '\0')
		return NULL;
	end = start + (*start == '{' ? strcspn(start, "}") : strcspn(start, ","));
	if (*start == '{')
		start++;
	*p = *end == '\0' ? end : end + 1;
	*end = '\0';
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return start;
}

/* "var, value, value" or "{var, var}, {value, value}, …". */
static void
run_list(struct reader *r, char *arguments, const char *rest)
{
	char *names = next_value(&arguments), *values, *name, *value, *n, *v;
	unsigned turns = 0;

	if (names == NULL)
		return;
	while ((values = next_value(&arguments)) != NULL) {
		if (++turns > LOOP_MAX)
			import_fail(r->im, "%s:%u: a loop of more than %d turns", r->name, r->line,
			    LOOP_MAX);
		n = copy(r->im, names, strlen(names));
		v = values;
		while ((name = next_value(&n)) != NULL) {
			value = next_value(&v);
			import_map_put(r->im, &r->im->variables, name,
			    copy(r->im, value == NULL ? "" : value,
				value == NULL ? 0 : strlen(value)));
		}
		read_line(r, copy(r->im, rest, strlen(rest)));
	}
}

static bool
run_loop(struct reader *r, const char *p)
{
	const bool hex = strncmp(p, "~SEQx(", 6) == 0;
	const bool sequence = hex || strncmp(p, "~SEQ(", 5) == 0;
	const char *start, *end;
	char *arguments, *replaced;

	if (!sequence && strncmp(p, "~LST(", 5) != 0)
		return false;
	start = strchr(p, '(') + 1;
	end = strchr(start, ')');
	if (end == NULL)
		return false;
	arguments = copy(r->im, start, (size_t)(end - start));
	replaced = substitute(r, arguments);
	if (replaced != NULL)
		arguments = replaced;
	if (sequence)
		run_sequence(r, arguments, hex, end + 1);
	else
		run_list(r, arguments, end + 1);
	return true;
}

/* ---- included files ---- */

static bool
is_include(const char *p)
{
	const size_t length = strcspn(p, " \t\n");

	return p[length] != '\0' && strncmp(p, "include", 7) == 0 &&
	       (length == 7 || (length == 8 && strchr("rmwba", p[7]) != NULL));
}

static void
include(struct reader *r, char *p)
{
	char *pattern = skip_blanks(p + strcspn(p, " \t")), *end;
	struct import_node *node;
	const char *path;
	glob_t found;
	size_t i, count;
	char **names;

	if (*pattern == '"')
		pattern++;
	end = pattern + strcspn(pattern, "\"");
	while (end > pattern && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	path = *pattern == '/' ? pattern : import_format(r->im, "%s/%s", r->directory, pattern);
	import_line(r->im, r->name, r->line, copy(r->im, "include", 7));
	node = r->im->open->last;
	node->word = import_alloc(r->im, 2 * sizeof(char *));
	node->count = 2;
	node->word[0] = "include";
	node->word[1] = pattern;
	if (r->files >= IMPORT_INCLUDE_DEPTH_MAX)
		import_fail(r->im, "%s:%u: files include each other more than %d deep", r->name,
		    r->line, IMPORT_INCLUDE_DEPTH_MAX);
	if (glob(path, GLOB_BRACE, NULL, &found) != 0) {
		if (strpbrk(path, "*?[{") != NULL)
			import_keep(r->im, node, "no file matches");
		else
			import_drop(r->im, node, true, "the file cannot be read");
		return;
	}
	count = found.gl_pathc;
	names = import_alloc(r->im, (count + 1) * sizeof(*names));
	for (i = 0; i < count; i++)
		names[i] = copy(r->im, found.gl_pathv[i], strlen(found.gl_pathv[i]));
	globfree(&found);
	for (i = 0; i < count; i++)
		read_file(r->im, names[i], r->files + 1, node);
}

/* ---- lines ---- */

static void
read_lines(struct reader *r, char *text)
{
	char *end;

	for (; text != NULL; text = end) {
		end = strchr(text, '\n');
		if (end != NULL)
			*end++ = '\0';
		read_line(r, text);
	}
}

/* What a line is, once its comment is gone; several when a definition made them. */
static void
read_line(struct reader *r, char *text)
{
	char *p = skip_blanks(text), *replaced;

	if (++r->im->lines > IMPORT_LINES_MAX)
		import_fail(r->im, "%s:%u: expands to more than %d lines", r->name, r->line,
		    IMPORT_LINES_MAX);
	if (++r->expansion > IMPORT_EXPANSION_DEPTH_MAX)
		import_fail(r->im, "%s:%u: expands more than %d deep", r->name, r->line,
		    IMPORT_EXPANSION_DEPTH_MAX);
	if (*p == '@')
		p = check_condition(r, p);
	if (p == NULL || *p == '\0' || *p == '#' || *p == '!')
		;
	else if (is_definition(p))
		define(r, p);
	else if (strchr(p, '\n') != NULL)
		read_lines(r, p);
	else if (run_loop(r, p))
		;
	else if ((replaced = substitute(r, p)) != NULL)
		read_line(r, replaced);
	else if (is_include(p))
		include(r, p);
	else
		import_line(r->im, r->name, r->line, p);
	r->expansion--;
}

/* The next line of a file, ended; NULL behind the last one. */
static char *
take_line(struct reader *r, char **rest)
{
	char *line = *rest, *end;

	if (*line == '\0')
		return NULL;
	end = line + strcspn(line, "\n");
	*rest = *end == '\0' ? end : end + 1;
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	*end = '\0';
	r->line++;
	return line;
}

/* Joins the lines that end in "\": with line ends for a definition, else with blanks. */
static char *
join_lines(struct reader *r, char *line, char **rest)
{
	const char *p = skip_blanks(line);
	const char *joint;
	bool more = true;

	if (*p == '@')
		p = skip_blanks(p + strcspn(p, " \t"));
	joint = is_definition(p) ? "\n" : " ";
	while (more) {
		char *next = take_line(r, rest);

		if (next == NULL)
			break;
		more = cut_comment(next);
		if (strlen(line) + strlen(next) > IMPORT_LINE_SIZE_MAX)
			import_fail(r->im, "%s:%u: a line is too long", r->name, r->line);
		line = (char *)(uintptr_t)import_format(r->im, "%s%s%s", line, joint, next);
	}
	return line;
}

static void
read_text(struct reader *r, char *text, size_t size)
{
	char *rest = text, *line;
	unsigned first;
	size_t i;

	for (i = 0; i < size; i++)
		if (text[i] == '\0')
			text[i] = '?';
	if (strncmp(rest, "\xef\xbb\xbf", 3) == 0)
		rest += 3;
	while ((line = take_line(r, &rest)) != NULL) {
		first = r->line;
		if (strlen(line) > IMPORT_LINE_SIZE_MAX)
			import_fail(r->im, "%s:%u: a line is too long", r->name, r->line);
		if (cut_comment(line))
			line = join_lines(r, line, &rest);
		r->expansion = 0;
		if (r->line == first) {
			read_line(r, line);
		} else {
			const unsigned last = r->line;

			r->line = first;
			read_line(r, line);
			r->line = last;
		}
	}
}

/* ---- files ---- */

static const char *
directory_of(struct import *im, const char *path)
{
	const char *slash = strrchr(path, '/');
	char here[4096];

	if (slash == path)
		return "/";
	if (path[0] == '/')
		return import_copy(im, path, (size_t)(slash - path));
	if (getcwd(here, sizeof(here)) == NULL)
		here[0] = '\0';
	if (slash == NULL)
		return import_copy(im, here, strlen(here));
	return import_format(im, "%s/%.*s", here, (int)(slash - path), path);
}

/* The whole file with a NUL; NULL with errno. */
static char *
load(struct import *im, const char *path, size_t *size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	char *text = NULL;
	ssize_t n = 0;

	*size = 0;
	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    im->read + (size_t)st.st_size <= IMPORT_SIZE_MAX) {
		text = import_alloc(im, (size_t)st.st_size + 1);
		while (*size < (size_t)st.st_size &&
		       (n = read(fd, text + *size, (size_t)st.st_size - *size)) > 0)
			*size += (size_t)n;
	} else {
		errno = S_ISREG(st.st_mode) ? EFBIG : S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	}
	close(fd);
	im->read += *size;
	return n < 0 ? NULL : text;
}

static void
read_file(struct import *im, const char *path, unsigned depth, struct import_node *from)
{
	char *name = copy(im, path, strlen(path)), *text;
	struct reader r = {.im = im, .name = name, .files = depth};
	size_t size;

	text_clean(name);
	if (from == NULL)
		im->file = name;
	if (++im->files > IMPORT_FILES_MAX)
		import_fail(im, "%s: more than %d files", name, IMPORT_FILES_MAX);
	r.directory = directory_of(im, path);
	text = load(im, path, &size);
	if (text != NULL)
		read_text(&r, text, size);
	else if (from == NULL || errno == EFBIG)
		import_fail(im, "%s: cannot be read: %s", name, strerror(errno));
	else
		import_drop(im, from, true, "%s cannot be read: %s", name, strerror(errno));
}

void
import_read(struct import *im, const char *file)
{
	read_file(im, file, 0, NULL);
	import_end(im);
}
