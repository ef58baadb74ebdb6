/* Whole files in, private files out. Opened without blocking, so that a named pipe given by mistake is an
 * error and not a program that hangs. */
#include "executor/file.h"
#include "executor/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *open_error(const char *path, int code)
{
	switch (code) {
	case ENOENT: return xasprintf("%s: no such file: check the name", path);
	case EACCES:
	case EPERM: return xasprintf("%s: permission denied: make it readable for you", path);
	case EISDIR: return xasprintf("%s: is a directory: name a file in it", path);
	case ENOTDIR: return xasprintf("%s: a part of the path is no directory: check the name", path);
	}
	return xasprintf("%s: %s", path, strerror(code));
}

/* An open descriptor, or -1 with *error. */
static int file_open(const char *path, char **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		*error = open_error(path, errno);
	} else if (S_ISDIR(st.st_mode)) {
		*error = open_error(path, EISDIR);
	} else if (!S_ISREG(st.st_mode)) {
		*error = xasprintf(
			"%s: is not a regular file: to read a pipe or a device, redirect it and name -",
			path);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Reads to the end. False with errno, EFBIG where more came than the buffer may hold. */
static bool read_all(int fd, struct buffer *out)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof chunk))) {
		struct pollfd readable = {.fd = fd, .events = POLLIN};

		if (n < 0 && errno == EAGAIN)
			poll(&readable, 1, -1); /* somebody else made our standard input non-blocking */
		else if (n < 0 && errno != EINTR)
			return false;
		if (n > 0 && !buffer_append(out, chunk, (size_t)n)) {
			errno = EFBIG;
			return false;
		}
	}
	return true;
}

char *file_read(const char *path, size_t max_bytes, size_t *len, char **error)
{
	bool is_stdin = !strcmp(path, "-");
	const char *name = is_stdin ? "standard input" : path;
	int fd = is_stdin ? STDIN_FILENO : file_open(path, error);
	struct buffer content;
	const char *nul;

	*len = 0;
	if (fd < 0)
		return NULL;
	*error = NULL;
	buffer_init(&content, max_bytes);
	if (!read_all(fd, &content)) {
		if (errno == EFBIG)
			*error = xasprintf("%s: too large: at most %zu bytes are read", name, max_bytes);
		else
			*error = xasprintf("%s: cannot be read: %s", name, strerror(errno));
	} else if (content.len && (nul = memchr(content.data, '\0', content.len))) {
		*error = xasprintf("%s: is a binary file (NUL at byte %zu): a text file is needed", name,
			(size_t)(nul - content.data) + 1);
	}
	if (!is_stdin)
		close(fd);
	if (*error) {
		buffer_done(&content);
		return NULL;
	}
	*len = content.len;
	return buffer_take(&content);
}

FILE *file_open_append(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600), code;
	FILE *file;

	if (fd < 0)
		return NULL;
	file = fdopen(fd, "a");
	if (!file) {
		code = errno;
		close(fd);
		errno = code;
	}
	return file;
}
