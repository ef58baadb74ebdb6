/* A server behind which a simple mind sits that knows the table's answers: a chat-completions model, whole or
 * as a stream as it is asked, and an orchestrator by the contract of `remote`. It calls what the table says
 * of the turn that is being played, an agent's own tools or else the department that has them, and makes its
 * sentences of what the tools gave back. */
#ifndef TESTS_ORCHESTRATOR_TABLE_MODEL_H
#define TESTS_ORCHESTRATOR_TABLE_MODEL_H

#include "tests/executor/script_server.h"
#include "tests/orchestrator/suite.h"

struct table_model {
	struct script_server *server;
	const struct workflow *workflow;
	const cJSON *row; /* that is being played, see tests/suite/dialogues.jsonl */
	unsigned calls;   /* made so far, for their ids */
	/* Answers that are played instead, the last one again and again; "" says nothing, and a connection
	 * stays open where the answer does not close it. NULL: it thinks. */
	const char *const *plays;
	size_t played;
};

void table_model_open(struct table_model *model, struct stage *stage);
void table_model_close(struct table_model *model);
/* As testpanel.openai has its base URL. */
void table_model_url(const struct table_model *model, char *url, size_t size);

#endif
