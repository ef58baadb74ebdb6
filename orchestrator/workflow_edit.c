/* Edits splice the file's text: the bytes of the one value change, the builder's formatting of all others
 * stays. What is added copies the spacing of its neighbours. */
#include "orchestrator/variant.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ONE_LINE_MAX 80

struct splice {
	size_t offset, len; /* bytes of the old text that go */
	char *text;         /* that comes */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Length of the white space that begins the line of offset. */
static size_t line_indent(const char *text, size_t offset, const char **start)
{
	size_t n = 0;

	while (offset && text[offset - 1] != '\n')
		offset--;
	*start = text + offset;
	while ((*start)[n] == ' ' || (*start)[n] == '\t')
		n++;
	return n;
}

/* A value as it is to stand on a line with this indentation; small ones and those of a file without line
 * breaks on one line. */
static char *format_value(const cJSON *value, const char *indent, size_t indent_len, bool one_line)
{
	char *text = json_print(value), *pretty;
	struct buffer out;

	if (one_line || strlen(text) <= ONE_LINE_MAX)
		return text;
	free(text);
	pretty = json_print_pretty(value);
	buffer_init(&out, BUFFER_MAX_TEXT);
	for (const char *p = pretty; *p; p++) {
		buffer_append_char(&out, *p);
		if (*p == '\n')
			buffer_append(&out, indent, indent_len);
	}
	free(pretty);
	return buffer_take(&out);
}

static struct splice splice_replace(
	const struct workflow *w, const struct json_place *place, const cJSON *value)
{
	bool one_line = !memchr(w->text, '\n', w->len);
	const char *indent;
	size_t n = line_indent(w->text, place->offset, &indent);

	return (struct splice){place->offset, place->len, format_value(value, indent, n, one_line)};
}

/* A pointer's last token, unescaped; caller frees. */
static char *token_name(const char *token)
{
	char *name = xstrdup(token), *out = name;

	for (const char *p = token; *p; p++) {
		if (*p == '~' && (p[1] == '0' || p[1] == '1'))
			*out++ = *++p == '0' ? '~' : '/';
		else
			*out++ = *p;
	}
	*out = '\0';
	return name;
}

/* Adds value at the end of the container at place; name is NULL for an array. */
static struct splice splice_append(
	const struct workflow *w, const struct json_place *place, const char *name, const cJSON *value)
{
	const char *text = w->text;
	size_t open = place->offset, end = place->offset + place->len - 1, gap = 1, indent_len;
	bool one_line = !memchr(text, '\n', w->len), empty;
	const char *indent;
	struct buffer out;
	char *printed;

	while (is_space(text[open + gap]))
		gap++;
	empty = open + gap >= end;
	while (is_space(text[end - 1]))
		end--;
	if (empty)
		end = open + 1;
	buffer_init(&out, BUFFER_MAX_TEXT);
	if (!empty)
		buffer_append_char(&out, ',');
	/* The space before the first member is that before the new one; on one line there is one after a
	 * comma. */
	if (!empty && gap > 1)
		buffer_append(&out, text + open + 1, gap - 1);
	else if (!empty && !one_line)
		buffer_append_char(&out, ' ');
	if (name) {
		cJSON *key = cJSON_CreateString(name);

		printed = json_print(key);
		buffer_appendf(&out, one_line ? "%s:" : "%s: ", printed);
		free(printed);
		cJSON_Delete(key);
	}
	indent_len = line_indent(text, empty ? open : open + gap, &indent);
	printed = format_value(value, indent, indent_len, one_line);
	buffer_append_str(&out, printed);
	free(printed);
	return (struct splice){end, empty ? place->offset + place->len - 1 - end : 0, buffer_take(&out)};
}

/* The element's index that appends to the array at parent, as a pointer's token? */
static bool is_array_end(const struct workflow *w, const struct json_place *parent, const char *token)
{
	char error[JSON_ERROR_SIZE], *end;
	cJSON *array = json_parse(w->text + parent->offset, parent->len, error);
	long index = strtol(token, &end, 10);
	bool is_end = !strcmp(token, "-") || (*token && !*end && index == cJSON_GetArraySize(array));

	cJSON_Delete(array);
	return is_end;
}

/* Finds where value goes, through as many missing parents as there are. False where it can go nowhere; the
 * pointer of the place where it stopped is left in pointer. */
static bool splice_make(const struct workflow *w, char *pointer, cJSON **value, struct splice *splice)
{
	struct json_place place;

	if (json_locate(w->text, w->len, pointer, &place)) {
		*splice = splice_replace(w, &place, *value);
		return true;
	}
	for (char *slash; (slash = strrchr(pointer, '/'));) {
		char *name = token_name(slash + 1);
		bool done = false, found;

		*slash = '\0';
		found = json_locate(w->text, w->len, pointer, &place);
		if (found && w->text[place.offset] == '{') {
			*splice = splice_append(w, &place, name, *value);
			done = true;
		} else if (found && w->text[place.offset] == '[' && is_array_end(w, &place, name)) {
			*splice = splice_append(w, &place, NULL, *value);
			done = true;
		} else if (!found) {
			cJSON *parent = cJSON_CreateObject();

			cJSON_AddItemToObject(parent, name, *value);
			*value = parent;
		}
		free(name);
		if (found)
			return done;
	}
	return false;
}

static char *splice_apply(const struct workflow *w, const struct splice *splice, size_t *len)
{
	struct buffer out;

	buffer_init(&out, w->len + strlen(splice->text));
	buffer_append(&out, w->text, splice->offset);
	buffer_append_str(&out, splice->text);
	buffer_append(&out, w->text + splice->offset + splice->len, w->len - splice->offset - splice->len);
	*len = out.len;
	return buffer_take(&out);
}

/* Puts a freshly parsed workflow in the place of the old one. */
static void replace_workflow(struct workflow *w, struct workflow *fresh)
{
	struct workflow old = *w;

	*w = *fresh;
	w->path = old.path;
	w->references = old.references;
	old.path = fresh->path;
	*fresh = old;
	fresh->references = 1;
	for (size_t i = 0; i < w->node_count; i++)
		w->nodes[i].workflow = w;
	workflow_free(fresh);
}

/* Where the document says otherwise than the file: whoever edits there edits in vain. */
static void warn_of_variant(
	const struct workflow *w, const char *pointer, const cJSON *value, struct faults *faults)
{
	char *document = json_print(w->json);
	struct json_place place;
	cJSON *there = NULL;

	if (json_locate(document, strlen(document), pointer, &place))
		there = json_parse(document + place.offset, place.len, NULL);
	if (!strstr(pointer, "/-") && (!there || !cJSON_Compare(there, value, true)))
		faults_add(faults, FAULT_WARNING, pointer,
			"the file has it now, and the variant \"%.60s\" says otherwise: edit that, too",
			w->variant->id);
	cJSON_Delete(there);
	free(document);
}

/* Takes workflow, which may be NULL. NULL with the variant's faults, which name it. */
static struct workflow *merge_again(struct workflow *workflow, struct variant *variant, struct faults *faults)
{
	struct workflow *merged = NULL;
	struct faults found;

	if (!workflow || !variant)
		return workflow;
	faults_init(&found);
	merged = workflow_merge(workflow, variant, &found);
	for (size_t i = 0; !merged && i < found.count; i++)
		if (found.items[i].severity == FAULT_ERROR)
			faults_add(faults, FAULT_ERROR, "",
				"the variant \"%.60s\" does not fit any more: %s: %s", variant->id,
				found.items[i].pointer, found.items[i].message);
	faults_done(&found);
	workflow_free(workflow);
	return merged;
}

bool workflow_edit(struct workflow *w, const char *pointer, const cJSON *value, struct faults *faults)
{
	cJSON *added = json_copy(value);
	char *at = xstrdup(pointer), *text = NULL;
	struct workflow *fresh = NULL;
	struct splice splice = {0};
	size_t len;

	if ((*pointer && *pointer != '/') || !splice_make(w, at, &added, &splice)) {
		faults_add(faults, FAULT_ERROR, pointer, "there is no such place in the workflow");
		goto out;
	}
	text = splice_apply(w, &splice, &len);
	fresh = w->path ? workflow_parse_file(text, len, w->path, faults)
			: workflow_parse(text, len, w->stem, faults);
	fresh = merge_again(fresh, w->variant, faults);
	if (fresh && fresh->errors > w->errors) {
		workflow_free(fresh);
		fresh = NULL;
	}
	if (fresh)
		replace_workflow(w, fresh);
	if (fresh && w->variant)
		warn_of_variant(w, pointer, value, faults);
out:
	free(splice.text);
	free(text);
	free(at);
	cJSON_Delete(added);
	return fresh != NULL;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return fsync(fd) == 0;
}

/* The mode a new file at path gets: that of the one which is there, else what the umask leaves. */
static mode_t mode_for(const char *path)
{
	struct stat st;
	mode_t mask;

	if (!stat(path, &st))
		return st.st_mode & 07777;
	mask = umask(022);
	umask(mask);
	return 0666 & ~mask;
}

/* The name is on the disk only when its folder is. Not every file system can; then there is nothing to do. */
static void sync_folder(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

bool workflow_save(const struct workflow *w, const char *path, char **error)
{
	char *real = realpath(path, NULL), *target = real ? real : xstrdup(path);
	char *temporary = xasprintf("%s.XXXXXX", target);
	int fd = mkostemp(temporary, O_CLOEXEC);
	bool ok = fd >= 0;

	*error = NULL;
	ok = ok && fchmod(fd, mode_for(target)) == 0 && write_all(fd, w->text, w->len);
	ok = ok && rename(temporary, target) == 0;
	if (!ok) {
		*error = xasprintf("%s: cannot save: %s", path, strerror(errno));
		if (fd >= 0)
			unlink(temporary);
	}
	if (fd >= 0)
		close(fd);
	if (ok)
		sync_folder(target);
	free(temporary);
	free(target);
	return ok;
}
