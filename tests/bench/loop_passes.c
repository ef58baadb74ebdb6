/* Preloaded into a testpanel: how long its loop was away between two waits for events, which is how long a
 * key, a frame or an answer had to wait. At the end one line of JSON is appended to the file that LOOP_PASSES
 * names. A pass counts from the return of epoll_wait or epoll_pwait, as libuv has it, to the next call by the
 * same thread, the first one of the process. */
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define OVER_MS 5.0

/* By the clock, which other threads and programs may hold up, and on the processor. */
static double back_ms, longest_ms, back_cpu_ms, longest_cpu_ms;
static long passes, over;

static double now_ms(clockid_t clock)
{
	struct timespec at;

	clock_gettime(clock, &at);
	return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static bool is_loop(void)
{
	return gettid() == getpid();
}

static void note_pass(void)
{
	double ms, cpu_ms;

	if (!is_loop() || !back_ms)
		return;
	ms = now_ms(CLOCK_MONOTONIC) - back_ms;
	cpu_ms = now_ms(CLOCK_THREAD_CPUTIME_ID) - back_cpu_ms;
	passes++;
	over += ms > OVER_MS;
	longest_ms = ms > longest_ms ? ms : longest_ms;
	longest_cpu_ms = cpu_ms > longest_cpu_ms ? cpu_ms : longest_cpu_ms;
}

static int note_return(int got)
{
	if (is_loop()) {
		back_ms = now_ms(CLOCK_MONOTONIC);
		back_cpu_ms = now_ms(CLOCK_THREAD_CPUTIME_ID);
	}
	return got;
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
	static int (*real)(int, struct epoll_event *, int, int);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "epoll_wait");
	note_pass();
	return note_return(real(fd, events, count, timeout));
}

int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
	static int (*real)(int, struct epoll_event *, int, int, const sigset_t *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "epoll_pwait");
	note_pass();
	return note_return(real(fd, events, count, timeout, mask));
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("LOOP_PASSES");
	FILE *file = path && passes ? fopen(path, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "{\"passes\":%ld,\"over\":%ld,\"longestMs\":%.2f,\"longestCpuMs\":%.2f}\n", passes,
		over, longest_ms, longest_cpu_ms);
	fclose(file);
}
