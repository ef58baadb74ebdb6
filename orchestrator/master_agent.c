/* What only the router does; how it plans and asks others is system_agent.c. See master_agent.h. */
#include "orchestrator/master_agent.h"

#include "orchestrator/agent_loop.h"
#include "orchestrator/engine.h"
#include "orchestrator/guardrail.h"
#include "orchestrator/orchestrators.h"
#include "orchestrator/recall.h"
#include "orchestrator/session.h"

#include <stdlib.h>

struct master_agent {
	struct turn *turn;
	struct system_agent *mind;
	bool heard;
	master_done_cb done;
	void *ctx;
};

static const struct node *master_node(const struct master_agent *master)
{
	return master->turn->workflow->router;
}

static const cJSON *master_recall(const struct master_agent *master, const struct intent *intent)
{
	if (intent->plan.count || intent->plan.dropped || intent->reply)
		return NULL;
	return recall_find(master->turn->session->memory.values, master->turn->utterance,
		json_string(master_node(master)->data, "language", NULL));
}

static void master_say_known(struct master_agent *master, struct system_agent *mind, const cJSON *known)
{
	struct attribute name = attr_str("memory.name", known->string);

	span_add_event(master->turn->root, "answered from memory", &name, 1);
	logger_write(master->turn->session->engine->logger, LOG_INFO, master->turn->root, "agents", &name, 1,
		"%s knows that already", master_node(master)->name);
	system_agent_say(mind, TURN_SUCCESS, recall_say(known));
}

/* What was recognised is known; nothing has been done about it. What memory answers needs no agent; what must
 * not be said gets none. */
static bool master_admit(struct system_agent *mind, void *ctx)
{
	struct master_agent *master = ctx;
	const struct intent *intent = system_agent_intent(mind);
	const cJSON *known = master_recall(master, intent);

	if (guardrail_strikes(master->turn, master_node(master), "utterance", master->turn->utterance)) {
		system_agent_say(mind, TURN_BLOCKED, guardrail_fallback(master_node(master)));
		return false;
	}
	master->heard = true;
	if (known)
		master_say_known(master, mind, known);
	return !known;
}

/* What the caller hears of the four kinds of result is words already; none of them may be banned. What was
 * not heard, or was cancelled, is answered as it is. */
static void master_format(struct master_agent *master, struct task_result *result)
{
	const struct node *router = master_node(master);
	struct span *span;

	if (!master->heard || result->code == ERR_CANCELLED)
		return;
	span = span_begin(master->turn->trace, master->turn->root, "reply", SPAN_INTERNAL);
	if (guardrail_strikes(master->turn, router, "reply", result->text))
		task_result_set(result, TURN_BLOCKED, ERR_NONE, NULL, guardrail_fallback(router));
	span_end(span, SPAN_OK, NULL);
}

static void master_thought(struct task_result *result, void *ctx)
{
	struct master_agent *master = ctx;
	master_done_cb done = master->done;
	void *done_ctx = master->ctx;
	bool heard = master->heard;

	master_format(master, result);
	free(master);
	done(result, heard && result->code != ERR_CANCELLED, done_ctx);
}

struct master_agent *master_agent_new(struct turn *turn, cJSON *known, struct communication *communication,
	struct agent_registry *registry, master_done_cb done, void *ctx)
{
	struct master_agent *master = xcalloc(1, sizeof *master);
	struct system_task task = {
		.turn = turn,
		.node = turn->workflow->router,
		.request = turn->utterance,
		.span = turn->root,
		.known = known,
		.deadline_ns = agent_deadline(turn, turn->workflow->router, 0),
		.communication = communication,
		.registry = registry,
		.admit = master_admit,
		.admit_ctx = master,
	};

	master->turn = turn;
	master->done = done;
	master->ctx = ctx;
	master->mind = system_agent_new(&task, master_thought, master);
	return master;
}

void master_agent_work(struct master_agent *master)
{
	turn_agent_active(master->turn, master_node(master));
	system_agent_work(master->mind);
}

void master_agent_cancel(struct master_agent *master)
{
	system_agent_cancel(master->mind);
}
