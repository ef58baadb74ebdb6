/* What a request holds while it is in flight, what it leaves behind, and what a session keeps.
 *
 *   bench-memory flight SUBJECT C         C in flight at a server that holds its answers back
 *   bench-memory growth SUBJECT URL N C   N of them, C in flight, after a tenth of N that fills what is kept
 *   bench-memory idle SUBJECT C           C sessions that have had their turns and are still there
 *
 * One line of JSON with what was added: heapBytes as malloc has it in use, residentBytes as the kernel sees
 * it. A process measures once, so that nothing freed before stands in for what is needed now. */
#include "executor/executor.h"
#include "tests/bench/hold_server.h"
#include "tests/bench/subject.h"

#include <curl/curl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WARM_UP 10 /* the part of all that comes first */

struct memory {
	double heap_bytes, resident_bytes;
};

static struct memory memory_now(void)
{
	struct mallinfo2 info = mallinfo2();
	struct memory now = {.heap_bytes = (double)(info.uordblks + info.hblkhd)};
	unsigned long pages = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%lu %lu", &pages, &resident) != 2) {
		fprintf(stderr, "bench-memory: cannot read /proc\n");
		exit(1);
	}
	fclose(file);
	now.resident_bytes = (double)resident * (double)sysconf(_SC_PAGESIZE);
	return now;
}

static void print(const char *what, const struct subject *subject, size_t n, size_t width,
	struct memory before, struct memory after, size_t failed)
{
	printf("{\"what\":\"%s\",\"subject\":\"%s\",\"count\":%zu,\"inFlight\":%zu,\"heapBytes\":%.0f,"
	       "\"residentBytes\":%.0f,\"failed\":%zu}\n",
		what, subject->name, n, width, after.heap_bytes - before.heap_bytes,
		after.resident_bytes - before.resident_bytes, failed);
}

static void flight(const struct subject *subject, size_t width)
{
	struct memory before, after;
	struct hold_server server;
	void *state;

	hold_server_start(&server, width);
	before = memory_now();
	state = subject->open(server.url, width);
	subject->start(state, width);
	while (!hold_server_full(&server) && subject->pass(state, false))
		;
	after = memory_now();
	hold_server_release(&server);
	while (subject->pass(state, true))
		;
	print("flight", subject, width, width, before, after, subject->close(state));
	hold_server_stop(&server);
}

static void run(const struct subject *subject, void *state, size_t total)
{
	subject->start(state, total);
	while (subject->pass(state, true))
		;
}

static void growth(const struct subject *subject, const char *url, size_t total, size_t width)
{
	void *state = subject->open(url, width);
	struct memory before, after;

	run(subject, state, total / WARM_UP);
	before = memory_now();
	run(subject, state, total - total / WARM_UP);
	after = memory_now();
	print("growth", subject, total, width, before, after, subject->close(state));
}

/* With what they share: two of different width tell what one of them keeps. */
static void idle(const struct subject *subject, size_t width)
{
	struct memory before = memory_now(), after;
	void *state = subject->open(NULL, width);

	run(subject, state, width * TURNS_A_SESSION);
	after = memory_now();
	print("idle", subject, width * TURNS_A_SESSION, width, before, after, subject->close(state));
}

int main(int argc, char **argv)
{
	size_t width = argc > 3 ? strtoul(argv[argc - 1], NULL, 10) : 0;

	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (argc == 4 && width && !strcmp(argv[1], "flight")) {
		flight(subject_find(argv[2]), width);
	} else if (argc == 4 && width && !strcmp(argv[1], "idle")) {
		idle(subject_find(argv[2]), width);
	} else if (argc == 6 && width && !strcmp(argv[1], "growth")) {
		growth(subject_find(argv[2]), argv[3], strtoul(argv[4], NULL, 10), width);
	} else {
		fprintf(stderr,
			"usage: bench-memory flight SUBJECT C | growth SUBJECT URL N C | idle SUBJECT C\n");
		return 2;
	}
	return 0;
}
