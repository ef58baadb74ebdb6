/* Session files by name. See session_store.h. */
#include "tui/session_store.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".jsonl"

/* NULL where neither variable is set. Caller frees. */
static char *store_folder(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	/* The base directory specification: a relative path is to be ignored. */
	if (state && state[0] == '/')
		return xasprintf("%s/testpanel/sessions", state);
	if (home && home[0] == '/')
		return xasprintf("%s/.local/state/testpanel/sessions", home);
	return NULL;
}

static bool make_folders(const char *folder, char **error)
{
	char *path = xstrdup(folder);
	bool ok = true;

	for (char *slash = path + 1; ok && slash;) {
		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		ok = mkdir(path, 0700) == 0 || errno == EEXIST;
		if (slash)
			*slash++ = '/';
	}
	if (!ok)
		*error = xasprintf("%s: cannot be made: %s: set XDG_STATE_HOME to a folder of yours", folder,
			strerror(errno));
	free(path);
	return ok;
}

static bool has_suffix(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(SUFFIX) && !strcmp(name + len - strlen(SUFFIX), SUFFIX);
}

static bool is_name(const char *name)
{
	if (!*name || *name == '.' || strlen(name) > 200)
		return false;
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return false;
	return true;
}

char *session_store_path(const char *name, bool create, char **error)
{
	char *folder, *path = NULL;

	*error = NULL;
	if (strchr(name, '/') || has_suffix(name))
		return xstrdup(name);
	folder = store_folder();
	if (!is_name(name))
		*error = xasprintf("'%s' is no name for a session: take letters, digits and dashes", name);
	else if (!folder)
		*error =
			xstrdup("neither XDG_STATE_HOME nor HOME says where sessions are: name a file, as in "
				"./NAME" SUFFIX);
	else if (!create || make_folders(folder, error))
		path = xasprintf("%s/%s" SUFFIX, folder, name);
	free(folder);
	return path;
}

bool session_store_check(char **folder, char **error)
{
	char *path, *slash;
	struct stat info;

	*error = NULL;
	*folder = store_folder();
	if (!*folder) {
		*folder = xstrdup("");
		*error = xstrdup("neither XDG_STATE_HOME nor HOME is set: set one to a folder of yours");
		return false;
	}
	path = xstrdup(*folder);
	/* What is not there yet is made in the nearest folder that is. */
	while (stat(path, &info) && errno == ENOENT && (slash = strrchr(path, '/')) && path[1])
		slash[slash == path] = '\0';
	if (stat(path, &info))
		*error = xasprintf("%s: %s", path, strerror(errno));
	else if (!S_ISDIR(info.st_mode))
		*error = xasprintf("%s: is no folder", path);
	else if (access(path, W_OK | X_OK))
		*error = xasprintf("%s: %s", path, strerror(errno));
	free(path);
	return !*error;
}

struct stored {
	char *name;
	struct timespec written;
};

static int newest_first(const void *a, const void *b)
{
	const struct stored *x = a, *y = b;

	if (x->written.tv_sec != y->written.tv_sec)
		return x->written.tv_sec < y->written.tv_sec ? 1 : -1;
	if (x->written.tv_nsec != y->written.tv_nsec)
		return x->written.tv_nsec < y->written.tv_nsec ? 1 : -1;
	return strcmp(x->name, y->name);
}

char **session_store_names(void)
{
	char *folder = store_folder(), **names;
	DIR *dir = folder ? opendir(folder) : NULL;
	struct stored *all = NULL;
	const struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir))) {
		struct stat st;

		if (entry->d_name[0] == '.' || !has_suffix(entry->d_name) ||
			fstatat(dirfd(dir), entry->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
			continue;
		all = xreallocarray(all, n + 1, sizeof *all);
		all[n++] = (struct stored){
			xstrndup(entry->d_name, strlen(entry->d_name) - strlen(SUFFIX)), st.st_mtim};
	}
	if (n)
		qsort(all, n, sizeof *all, newest_first);
	names = xcalloc(n + 1, sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = all[i].name;
	free(all);
	if (dir)
		closedir(dir);
	free(folder);
	return names;
}

int session_store_open(const struct program *program, struct kept_session *kept)
{
	const char *name = options_value(program->options, OPTION_SESSION);
	char *error = NULL;

	*kept = (struct kept_session){0};
	if (!name)
		return STATUS_OK;
	kept->path = session_store_path(name, true, &error);
	kept->file = kept->path ? session_file_open(kept->path, &kept->saved, &error) : NULL;
	return kept->file ? STATUS_OK : complain_take(STATUS_USAGE, error);
}

int session_store_close(const struct program *program, struct kept_session *kept, int status)
{
	if (kept->file && session_file_write_errors(kept->file)) {
		complain("%s: the session could not be written to the end: is the disk full?",
			options_value(program->options, OPTION_SESSION));
		status = STATUS_SYSTEM;
	}
	session_file_close(kept->file);
	cJSON_Delete(kept->saved);
	free(kept->path);
	return status;
}

char *session_store_recordings(const char *path)
{
	size_t len = strlen(path);

	if (has_suffix(path))
		len -= strlen(SUFFIX);
	return xasprintf("%.*s.audio", (int)len, path);
}

struct session *session_store_begin(struct program *program, const struct orchestrator_ops *orchestrator,
	turn_event_cb event, void *ctx, int *status)
{
	struct kept_session kept;
	struct session *session = NULL;

	*status = session_store_open(program, &kept);
	if (*status == STATUS_OK) {
		session = session_resume(program->engine, orchestrator, kept.saved, event, ctx);
		if (kept.file)
			session_file_begin(kept.file, session);
		kept.file = NULL; /* the session's, until its end */
	}
	session_store_close(program, &kept, STATUS_OK);
	return session;
}

int session_store_end(struct program *program, struct session *session, int status)
{
	struct kept_session kept = {.file = session->file};

	session_free(session);
	return session_store_close(program, &kept, status);
}
