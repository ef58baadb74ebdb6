/* Folders are watched, not files: what editors rename over a file is another file. An event says only that
 * something may have changed; after it has been quiet for a moment, the text itself says whether it did. */
#include "tui/reload.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct watched {
	uv_fs_event_t handle;
	struct reload *reload;
	char *folder, *name;
};

struct reload {
	struct engine *engine;
	struct reload_listener listener;
	struct watched files[4]; /* the workflow, its variant, and both again where they are links */
	size_t file_count;
	uv_timer_t settle;
	struct workflow *next; /* checked, NULL for none */
	bool refused;          /* the file, as it was read last */
	size_t open_handles;
};

static void refuse(struct reload *reload, const char *line, size_t number)
{
	reload->refused = true;
	log_error(reload->engine->logger, NULL, "workflow", "%s", line);
	reload->listener.refused(reload->listener.ctx, line, number);
}

static void refuse_faults(struct reload *reload, const struct faults *faults, const char *path)
{
	size_t number = 0;

	for (size_t i = 0; i < faults->count; i++) {
		char *line;

		if (faults->items[i].severity != FAULT_ERROR)
			continue;
		line = fault_format(&faults->items[i], path);
		refuse(reload, line, number++);
		free(line);
	}
}

static bool is_same_variant(const struct variant *a, const struct variant *b)
{
	return a == b || (a && b && a->len == b->len && !memcmp(a->text, b->text, a->len));
}

static bool is_same(const struct workflow *a, const struct workflow *b)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len) &&
		is_same_variant(a->variant, b->variant);
}

static const char *variant_path(const struct workflow *workflow)
{
	return workflow->variant ? workflow->variant->path : NULL;
}

/* What stands in the files now replaces what has waited so far. */
static void read_files(struct reload *reload)
{
	struct engine *engine = reload->engine;
	const char *path = engine->workflow->path, *variant = variant_path(engine->workflow);
	struct faults faults, variant_faults;
	bool refused = reload->refused;
	struct workflow *workflow;
	char *error = NULL;

	faults_init(&faults);
	faults_init(&variant_faults);
	workflow = workflow_load_variant(path, variant, &faults, &variant_faults, &error);
	workflow_free(reload->next);
	reload->next = NULL;
	reload->refused = false;
	if (error)
		refuse(reload, error, 0);
	else if (!workflow && variant_faults.errors)
		refuse_faults(reload, &variant_faults, variant);
	else if (!workflow)
		refuse_faults(reload, &faults, path);
	else if (refused || !is_same(workflow, engine->workflow))
		reload->next = workflow;
	else
		workflow_free(workflow);
	free(error);
	faults_done(&variant_faults);
	faults_done(&faults);
}

static void on_settled(uv_timer_t *timer)
{
	read_files(timer->data);
}

/* Some systems give no name: then it may have been ours. */
static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
	struct watched *watched = handle->data;

	(void)events;
	if (status < 0 || !name || !strcmp(name, watched->name))
		uv_timer_start(&watched->reload->settle, on_settled, RELOAD_SETTLE_MS, 0);
}

static void split(struct watched *watched, const char *path)
{
	const char *slash = strrchr(path, '/');

	watched->name = xstrdup(slash ? slash + 1 : path);
	watched->folder = !slash ? xstrdup(".")
		: slash == path  ? xstrdup("/")
				 : xstrndup(path, (size_t)(slash - path));
}

static int watch(struct reload *reload, const char *path)
{
	struct watched *watched = &reload->files[reload->file_count++];

	split(watched, path);
	watched->reload = reload;
	watched->handle.data = watched;
	uv_fs_event_init(reload->engine->loop, &watched->handle);
	return uv_fs_event_start(&watched->handle, on_event, watched->folder, 0);
}

/* path, and where it is a link what it points at. 0, or a status of libuv; also where there is nothing to
 * watch.
 */
static int watch_file(struct reload *reload, const char *path)
{
	char *real = path && strcmp(path, "-") != 0 ? realpath(path, NULL) : NULL, target;
	int status = 0;

	if (!real)
		return 0;
	status = watch(reload, real);
	if (status == 0 && readlink(path, &target, 1) > 0)
		status = watch(reload, path);
	free(real);
	return status;
}

struct reload *reload_new(struct engine *engine, const struct reload_listener *listener)
{
	const char *path = engine->workflow->path;
	struct reload *reload;
	int status;

	/* A document that came from standard input cannot be read again. */
	if (!path || !strcmp(path, "-") ||
		(engine->workflow->variant && !strcmp(engine->workflow->variant->path, "-")))
		return NULL;
	reload = xcalloc(1, sizeof *reload);
	reload->engine = engine;
	reload->listener = *listener;
	uv_timer_init(engine->loop, &reload->settle);
	reload->settle.data = reload;
	status = watch_file(reload, path);
	if (status == 0)
		status = watch_file(reload, variant_path(engine->workflow));
	if (status == 0)
		return reload;
	log_warn(engine->logger, NULL, "workflow",
		"%s cannot be watched (%s): what is saved counts at the "
		"next start",
		path, uv_strerror(status));
	reload_free(reload);
	return NULL;
}

bool reload_waits(const struct reload *reload)
{
	return reload && reload->next;
}

/* A model is opened anew only where its settings changed: it may hold connections. */
static bool use_model(struct engine *engine, const struct workflow *next, char **error)
{
	const char *name = engine->model->name;
	const cJSON *before = json_get(engine->workflow->settings, name),
		    *settings = json_get(next->settings, name);

	if (before == settings || cJSON_Compare(before, settings, true))
		return true;
	return engine_use_model(engine, engine->model, settings, error);
}

bool reload_swap(struct reload *reload)
{
	struct workflow *next = reload ? reload->next : NULL;
	const char *saved;
	char *error = NULL;

	if (!next)
		return false;
	reload->next = NULL;
	if (!use_model(reload->engine, next, &error)) {
		refuse(reload, error, 0);
		free(error);
		workflow_free(next);
		return false;
	}
	saved = is_same_variant(reload->engine->workflow->variant, next->variant) ? next->path
										  : next->variant->path;
	engine_use_workflow(reload->engine, next);
	log_info(reload->engine->logger, NULL, "workflow", "%s was saved: it is used from now on", saved);
	return true;
}

static void closed(struct reload *reload)
{
	if (--reload->open_handles)
		return;
	for (size_t i = 0; i < reload->file_count; i++) {
		free(reload->files[i].folder);
		free(reload->files[i].name);
	}
	free(reload);
}

static void on_settle_closed(uv_handle_t *handle)
{
	closed(handle->data);
}

static void on_watch_closed(uv_handle_t *handle)
{
	closed(((const struct watched *)handle->data)->reload);
}

void reload_free(struct reload *reload)
{
	if (!reload)
		return;
	workflow_free(reload->next);
	reload->next = NULL;
	reload->open_handles = 1 + reload->file_count;
	for (size_t i = 0; i < reload->file_count; i++)
		uv_close((uv_handle_t *)&reload->files[i].handle, on_watch_closed);
	uv_close((uv_handle_t *)&reload->settle, on_settle_closed);
}
