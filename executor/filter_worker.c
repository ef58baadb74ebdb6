/* Both ends of the socket to a jq process. A message is its head and a text: a request's is [arguments, data]
 * as JSON, an answer's the value or what went wrong. See filter_worker.h. */
#include "executor/filter_worker.h"
#include "executor/filter_program.h"
#include "executor/filter_value.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is out of memory in there is no fault to report. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#define SILENCE_SANITIZER() __sanitizer_set_report_fd((void *)2)
#else
#define SILENCE_SANITIZER() ((void)0)
#endif

#define SOCKET 3 /* the child's */
#define ERROR_MAX 300
/* To compile takes 50 ms. A process that was forked beside other threads may find a lock of theirs taken for
 * ever: the sanitizer's allocator has such locks. */
#define BEGIN_MS 5000
#define BEGIN_TRIES 3

struct head {
	size_t len;
	enum filter_outcome outcome; /* of an answer */
	bool first, text;            /* of a request; an answer has a text */
};

static bool send_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool receive_all(int fd, void *bytes, size_t len)
{
	char *p = bytes;

	while (len) {
		ssize_t n = recv(fd, p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool send_message(int fd, struct head head, const char *text)
{
	head.text = text != NULL;
	head.len = text ? strlen(text) : 0;
	return send_all(fd, &head, sizeof head) && send_all(fd, text, head.len);
}

/* *text is NULL where there is none; caller frees. */
static bool receive_message(int fd, struct head *head, char **text)
{
	*text = NULL;
	if (!receive_all(fd, head, sizeof *head))
		return false;
	if (!head->text)
		return true;
	*text = xmalloc(head->len + 1);
	(*text)[head->len] = '\0';
	if (receive_all(fd, *text, head->len))
		return true;
	free(*text);
	*text = NULL;
	return false;
}

/* Takes message. */
static char *describe_error(jv message)
{
	struct filter_numbers none = {0};
	const char *error;
	cJSON *value = filter_value_from_jq(message, &none, &error);
	char *printed = cJSON_IsString(value) ? xstrdup(value->valuestring)
		: value                       ? json_print(value)
					      : xstrdup(error),
	     *text = xasprintf("%.*s", ERROR_MAX, printed);

	free(printed);
	cJSON_Delete(value);
	return text;
}

static void read_answer(struct filter_answer *answer, jv value, const struct filter_numbers *numbers)
{
	const char *error;

	if (jv_is_valid(value)) {
		answer->value = filter_value_from_jq(value, numbers, &error);
		answer->outcome = answer->value ? FILTER_VALUE : FILTER_ERROR;
		if (!answer->value)
			answer->error = xstrdup(error);
	} else if (jv_invalid_has_msg(jv_copy(value))) {
		answer->outcome = FILTER_ERROR;
		answer->error = describe_error(jv_invalid_get_msg(value));
	} else {
		answer->outcome = FILTER_EMPTY;
		jv_free(value);
	}
}

static void look_for_more(jq_state *jq, struct filter_answer *answer)
{
	jv more = jq_next(jq);

	if (jv_is_valid(more)) {
		answer->outcome = FILTER_MORE;
		jv_free(more);
	} else if (jv_invalid_has_msg(jv_copy(more))) {
		answer->outcome = FILTER_ERROR;
		answer->error = describe_error(jv_invalid_get_msg(more));
	} else {
		jv_free(more);
	}
}

static void run(jq_state *jq, const cJSON *input, bool first, struct filter_answer *answer)
{
	struct filter_numbers numbers;

	filter_numbers_collect(&numbers, input);
	jq_start(jq, filter_value_to_jq(input, &numbers), 0);
	read_answer(answer, jq_next(jq), &numbers);
	if (answer->outcome == FILTER_VALUE && !first)
		look_for_more(jq, answer);
	filter_numbers_done(&numbers);
}

static bool serve_one(jq_state *jq)
{
	struct filter_answer answer = {0};
	struct head head;
	cJSON *input;
	char *text;

	if (!receive_message(SOCKET, &head, &text) || !text)
		return false;
	input = json_parse(text, head.len, NULL);
	free(text);
	if (!input)
		return false;
	run(jq, input, head.first, &answer);
	head.outcome = answer.outcome;
	text = answer.error ? answer.error : answer.value ? json_print(answer.value) : NULL;
	if (!send_message(SOCKET, head, text))
		return false;
	cJSON_Delete(input);
	cJSON_Delete(answer.value);
	free(text);
	return true;
}

/* Its memory is this process's, copied when written to, and some more. */
static void limit_memory(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
	rlim_t has = n > 0 ? strtoul(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) : 0;
	struct rlimit memory = {has + FILTER_MAX_BYTES, has + FILTER_MAX_BYTES}, none = {0, 0};

	close(fd);
	if (has)
		setrlimit(RLIMIT_AS, &memory);
	setrlimit(RLIMIT_CORE, &none);
}

/* Of the terminal, the network and the signals of the process it comes from it keeps nothing. */
static void leave_parent(int fd)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	int null = open("/dev/null", O_RDWR);
	sigset_t all;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, &standard, NULL);
	sigfillset(&all);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	limit_memory();
	for (int i = 0; i < 3; i++)
		dup2(null, i);
	if (fd != SOCKET)
		dup2(fd, SOCKET);
	close_range(SOCKET + 1, ~0U, 0);
	SILENCE_SANITIZER();
}

static void serve(int fd, const char *program)
{
	char *error;
	jq_state *jq;

	leave_parent(fd);
	jq = filter_compile(program, &error);
	send_message(SOCKET, (struct head){.outcome = jq ? FILTER_EMPTY : FILTER_INVALID}, error);
	while (jq && serve_one(jq))
		;
	_exit(0);
}

static bool spawn(struct filter_worker *worker, const char *program, char **error)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		*error = xasprintf("no process for jq: %s", strerror(errno));
		return false;
	}
	worker->pid = fork();
	if (!worker->pid)
		serve(pair[1], program);
	close(pair[1]);
	worker->socket = pair[0];
	if (worker->pid < 0) {
		*error = xasprintf("no process for jq: %s", strerror(errno));
		worker->pid = 0;
		close(pair[0]);
		return false;
	}
	return true;
}

/* Has it said anything, its end included? */
static bool has_begun(const struct filter_worker *worker)
{
	struct pollfd fd = {worker->socket, POLLIN, 0};
	int n;

	while ((n = poll(&fd, 1, BEGIN_MS)) < 0 && errno == EINTR)
		;
	return n > 0;
}

bool filter_worker_start(struct filter_worker *worker, const char *program, bool *wrong, char **error)
{
	struct head head = {0};

	*wrong = false;
	*error = NULL;
	for (int tries = 0; tries < BEGIN_TRIES; tries++) {
		if (!spawn(worker, program, error))
			return false;
		if (has_begun(worker))
			break;
		filter_worker_stop(worker);
	}
	if (!worker->pid) {
		*error = xasprintf("jq's process does not begin");
		return false;
	}
	if (receive_message(worker->socket, &head, error) && !*error)
		return true;
	*wrong = *error != NULL;
	if (!*error)
		*error = xstrdup("jq's process ended before it began");
	filter_worker_stop(worker);
	return false;
}

bool filter_worker_run(
	struct filter_worker *worker, const cJSON *arguments, bool first, struct filter_answer *answer)
{
	char *data = json_print(answer->input), *given = arguments ? json_print(arguments) : NULL,
	     *text = xasprintf("[%s,%s]", given ? given : "null", data);
	struct head head = {.first = first};
	bool good = send_message(worker->socket, head, text);

	free(text);
	free(given);
	free(data);
	if (!good || !receive_message(worker->socket, &head, &text))
		return false;
	answer->outcome = head.outcome;
	if (head.outcome == FILTER_ERROR)
		answer->error = text;
	else if (text && !(answer->value = json_parse(text, head.len, NULL)))
		good = false;
	if (head.outcome != FILTER_ERROR)
		free(text);
	return good;
}

void filter_worker_kill(const struct filter_worker *worker)
{
	kill(worker->pid, SIGKILL);
}

void filter_worker_stop(struct filter_worker *worker)
{
	if (!worker->pid)
		return;
	kill(worker->pid, SIGKILL);
	while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(worker->socket);
	worker->pid = 0;
}
