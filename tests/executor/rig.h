/* A loop with everything an execution needs, and a scripted server beside it. */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include "executor/executor.h"
#include "tests/executor/script_server.h"

/* Of the executor's chance. */
#define RIG_SEED 1

struct rig {
	uv_loop_t loop;
	struct redactor *redactor;
	struct tracer *tracer;
	struct logger *logger;
	struct env *env;
	struct executor *executor;
	struct script_server *server;
	struct integration *integration; /* of the last rig_run */
	uv_timer_t guard;
};

/* ${URL} is the server's base. */
void rig_init(struct rig *rig);
/* Makes the executor anew, on another clock. */
void rig_use_clock(struct rig *rig, const struct clock *clock);
void rig_done(struct rig *rig);
/* ${name} is a port. */
void rig_set_port(struct rig *rig, const char *name, unsigned port);
/* Parses a node's data, written with ' for ", executes it, and runs the loop until the result is there.
 * arguments (same writing) may be NULL. The caller frees the result. */
struct result *rig_run(struct rig *rig, const char *data, const char *arguments);
/* The same, and fails the test where it does not end with the code ("": well). */
void rig_expect(struct rig *rig, const char *data, const char *code, const char *comment);
/* The same for one that the caller keeps, with arguments as JSON or NULL. */
struct result *rig_execute(struct rig *rig, const struct integration *integration, const cJSON *arguments);
/* A REST call of ${URL}/ with a method and members of testpanel, and what came of it; and its code alone,
 * valid until the next. */
struct result *rig_call(struct rig *rig, const char *method, const char *testpanel);
const char *rig_call_code(struct rig *rig, const char *method, const char *testpanel);
/* Runs the loop until *flag, whose setter also calls uv_stop, or fails the test after a minute. */
void rig_wait(struct rig *rig, const bool *flag);
/* Lets everything that has been sent arrive. */
void rig_settle(struct rig *rig);
/* Fails the test when the executor keeps the loop from sleeping for ever: nothing runs, no timer is set. The
 * servers and timers of the test's own are gone or hold none. */
void rig_expect_idle(struct rig *rig);
/* To be compared: before rig_init and after rig_done. */
size_t rig_open_files(void);
cJSON *rig_json(const char *text);
struct integration *rig_integration(const char *data);
/* Everything the trace and the log hold, as text. The caller frees it. */
char *rig_record(struct rig *rig);
/* The n-th span named name, in the order of traces and spans; NULL when there is none. */
const struct span *rig_span(struct rig *rig, const char *name, size_t n);

#endif
