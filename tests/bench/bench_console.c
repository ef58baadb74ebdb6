/* How soon the console stands and what it costs while nothing happens: starts it on a pty, again and again,
 * and measures from fork to the byte that completes the first frame; then lets the last one idle and counts
 * its bytes and its CPU.
 *
 *   bench-console PROGRAM STARTS IDLE_SECONDS
 *
 * One line of JSON. The frame is complete when the footer, its last row, holds its last key. */
#include "executor/executor.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_KEY "Quit"
#define QUIT_KEY "\033[21~" /* F10 */
#define PATIENCE_MS 5000
#define FRAME_MAX_BYTES ((size_t)1 << 20)

struct console {
	int fd;
	pid_t pid;
	uint64_t start_ns;
	double frame_ms;
	size_t frame_bytes;
};

static void die(const char *what)
{
	fprintf(stderr, "bench-console: %s\n", what);
	exit(1);
}

static struct console start(const char *program)
{
	struct winsize size = {.ws_row = 40, .ws_col = 120};
	struct console c = {.start_ns = clock_monotonic_ns(&clock_system)};

	c.pid = forkpty(&c.fd, NULL, NULL, &size);
	if (c.pid < 0)
		die("forkpty failed");
	if (c.pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	return c;
}

/* Bytes that came within ms, 0 when none did, -1 at the end. */
static ssize_t read_some(struct console *c, char *bytes, size_t size, int ms)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	if (poll(&p, 1, ms) == 0)
		return 0;
	ssize_t n = read(c->fd, bytes, size);
	return n > 0 ? n : -1;
}

static void await_frame(struct console *c)
{
	struct buffer seen;
	char bytes[65536];

	buffer_init(&seen, FRAME_MAX_BYTES);
	while (!strstr(buffer_text(&seen), LAST_KEY)) {
		ssize_t n = read_some(c, bytes, sizeof bytes, PATIENCE_MS);

		if (n <= 0 || !buffer_append(&seen, bytes, (size_t)n))
			die("no frame came");
		/* strstr stops at a NUL, which no terminal needs. */
		for (size_t i = seen.len - (size_t)n; i < seen.len; i++)
			if (!seen.data[i])
				seen.data[i] = ' ';
	}
	c->frame_ms = clock_ms(c->start_ns, clock_monotonic_ns(&clock_system));
	c->frame_bytes = seen.len;
	buffer_done(&seen);
}

static void quit(struct console *c)
{
	char bytes[65536];
	int status;

	if (write(c->fd, QUIT_KEY, strlen(QUIT_KEY)) < 0)
		die("cannot write to the console");
	while (read_some(c, bytes, sizeof bytes, PATIENCE_MS) > 0)
		;
	close(c->fd);
	waitpid(c->pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die("the console did not end well");
}

/* User and system time of a process in clock ticks, from /proc. */
static unsigned long cpu_ticks(pid_t pid)
{
	unsigned long user = 0, kernel = 0;
	char path[64], line[1024] = "";
	const char *end;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (!file || !fgets(line, sizeof line, file))
		die("cannot read /proc");
	fclose(file);
	end = strrchr(line, ')');
	if (!end ||
		sscanf(end + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
		die("cannot understand /proc");
	return user + kernel;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	size_t starts, idle_bytes = 0;
	double *frames, idle_s, cpu_ms;
	unsigned long ticks;
	char bytes[4096];
	struct console c;
	uint64_t from;

	if (argc != 4)
		die("usage: bench-console PROGRAM STARTS IDLE_SECONDS");
	starts = strtoul(argv[2], NULL, 10);
	idle_s = strtod(argv[3], NULL);
	frames = xcalloc(starts + 1, sizeof *frames);
	for (size_t i = 0; i <= starts; i++) {
		c = start(argv[1]);
		await_frame(&c);
		frames[i] = c.frame_ms;
		if (i < starts)
			quit(&c);
	}
	/* What the first frame still has to say after its last row, a cursor's place, is no idle byte. */
	while (read_some(&c, bytes, sizeof bytes, 500) > 0)
		;
	ticks = cpu_ticks(c.pid);
	from = clock_monotonic_ns(&clock_system);
	for (double left = idle_s * 1000; left > 0;
		left = idle_s * 1000 - clock_ms(from, clock_monotonic_ns(&clock_system))) {
		ssize_t n = read_some(&c, bytes, sizeof bytes, (int)left + 1);

		if (n > 0)
			idle_bytes += (size_t)n;
	}
	cpu_ms = (double)(cpu_ticks(c.pid) - ticks) * 1000 / (double)sysconf(_SC_CLK_TCK);
	quit(&c);
	qsort(frames + 1, starts, sizeof *frames, by_size); /* the first warms the caches */
	printf("{\"firstFrameMs\":%.2f,\"firstFrameMsBest\":%.2f,\"starts\":%zu,\"idleBytesPerSecond\":%.2f,"
	       "\"idleCpuMsPerSecond\":%.2f}\n",
		frames[1 + starts / 2], frames[1], starts, (double)idle_bytes / idle_s, cpu_ms / idle_s);
	free(frames);
	return 0;
}
