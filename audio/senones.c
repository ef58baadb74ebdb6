#include "audio/senones.h"

#include "executor/executor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void senones_init(struct senones *senones)
{
	const char *tmp = getenv("TMPDIR");

	*senones = (struct senones){xasprintf("%s/testpanel-XXXXXX", tmp && *tmp ? tmp : "/tmp"), 0, -1};
	if (access("/proc/self/fd", X_OK) != 0 || !mkdtemp(senones->folder)) {
		free(senones->folder);
		senones->folder = NULL;
	}
}

/* As libpocketsphinx names an utterance's log. */
static char *link_path(const struct senones *senones)
{
	return xasprintf("%s/%09u.sen", senones->folder, senones->utterances);
}

/* The decoder has it open until its next utterance, and then writes what it had not yet written. */
void senones_forget(struct senones *senones)
{
	if (senones->fd < 0)
		return;
	(void)!ftruncate(senones->fd, 0);
	close(senones->fd);
	senones->fd = -1;
}

static bool add_link(struct senones *senones)
{
	char *path = link_path(senones), *memory = xasprintf("/proc/self/fd/%d", senones->fd);
	bool added;

	unlink(path);
	added = symlink(memory, path) == 0;
	/* Somebody may have tidied up. */
	if (!added && errno == ENOENT && mkdir(senones->folder, 0700) == 0)
		added = symlink(memory, path) == 0;
	free(memory);
	free(path);
	return added;
}

bool senones_begin(struct senones *senones)
{
	if (!senones->folder)
		return true;
	senones_forget(senones);
	senones->fd = memfd_create("senones", MFD_CLOEXEC);
	return senones->fd >= 0 && add_link(senones);
}

void senones_end(struct senones *senones)
{
	char *path;

	if (!senones->folder)
		return;
	path = link_path(senones);
	unlink(path);
	free(path);
	senones->utterances++;
}

FILE *senones_log(const struct senones *senones)
{
	int fd = senones->fd < 0 ? -1 : fcntl(senones->fd, F_DUPFD_CLOEXEC, 0);
	FILE *log = fd < 0 ? NULL : fdopen(fd, "r");

	if (log)
		rewind(log);
	else if (fd >= 0)
		close(fd);
	return log;
}

void senones_done(struct senones *senones)
{
	if (!senones->folder)
		return;
	senones_forget(senones);
	rmdir(senones->folder);
	free(senones->folder);
	*senones = (struct senones){.fd = -1};
}
