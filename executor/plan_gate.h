/* What a plan says of the way an attempt goes besides its request: what it may wait for, and faults on
 * purpose. Private to executor/. */
#ifndef EXECUTOR_PLAN_GATE_H
#define EXECUTOR_PLAN_GATE_H

#include "executor/execution_state.h"
#include "executor/schedule.h"

/* "gates" of plan.h; url NULL: nothing is sent. */
cJSON *plan_gates(struct executor *executor, const struct integration *integration,
	const struct policy *policy, const char *url);
/* "faults" of plan.h; NULL where there are none. */
cJSON *plan_faults(const struct executor *executor, const struct integration *integration);
/* What both do to the schedule of attempts that take *attempt_ms at most without them. */
struct schedule_delays plan_delays(const struct executor *executor, const struct integration *integration,
	const struct policy *policy, double *attempt_ms);

#endif
