/* Many who need a token at once, and some who no longer do. */
#include "tests/executor/office.h"

#include <criterion/criterion.h>

#define CROWD 50

struct crowd {
	struct office office;
	struct execution *executions[CROWD];
	size_t done, good;
	bool all;
};

static void on_one(struct result *result, void *ctx)
{
	struct crowd *crowd = ctx;

	crowd->good += result->success;
	crowd->all = ++crowd->done == CROWD;
	if (crowd->all)
		uv_stop(&crowd->office.rig.loop);
	result_free(result);
}

static void crowd_start(struct crowd *crowd)
{
	struct rig *rig = &crowd->office.rig;

	office_open(&crowd->office);
	crowd->done = crowd->good = 0;
	crowd->all = false;
	rig->integration = rig_integration(OFFICE_NODE("GET", "}"));
	for (size_t i = 0; i < CROWD; i++)
		crowd->executions[i] = execute(rig->executor, rig->integration, NULL, NULL, on_one, crowd);
}

Test(oauth2_crowd, fifty_wait_for_one_fetch)
{
	struct crowd crowd;
	size_t shared = 0;

	crowd_start(&crowd);
	office_give(&crowd.office, "tok", ",\"expires_in\":0");
	script_answer(crowd.office.rig.server, 200, "application/json", "", "{}");
	rig_wait(&crowd.office.rig, &crowd.all);
	cr_expect_eq(crowd.good, CROWD);
	cr_expect_eq(script_requests(crowd.office.tokens), 1);
	cr_expect_eq(script_requests(crowd.office.rig.server), CROWD);
	for (size_t i = 0; i < CROWD; i++) {
		const struct span *span = rig_span(&crowd.office.rig, "oauth2 token", i);

		cr_assert(span, "everyone's waiting is on the trace");
		shared += span_get(span, "testpanel.oauth2.shared")->value.boolean;
	}
	cr_expect_eq(shared, CROWD - 1);
	office_close(&crowd.office);
}

/* The one that asked leaves; the others get what it asked for. */
Test(oauth2_crowd, the_first_is_cancelled)
{
	struct crowd crowd;

	crowd_start(&crowd);
	office_give(&crowd.office, "tok", "");
	script_answer(crowd.office.rig.server, 200, "application/json", "", "{}");
	execution_cancel(crowd.executions[0]);
	rig_wait(&crowd.office.rig, &crowd.all);
	cr_expect_eq(crowd.good, CROWD - 1);
	cr_expect_eq(script_requests(crowd.office.tokens), 1);
	office_close(&crowd.office);
}

Test(oauth2_crowd, all_are_cancelled)
{
	struct crowd crowd;

	crowd_start(&crowd);
	script_raw(crowd.office.tokens, NULL, SCRIPT_KEEP);
	for (size_t i = 0; i < CROWD; i++)
		execution_cancel(crowd.executions[i]);
	rig_wait(&crowd.office.rig, &crowd.all);
	cr_expect_eq(crowd.good, 0);
	cr_expect_eq(script_requests(crowd.office.rig.server), 0);
	office_close(&crowd.office);
}
