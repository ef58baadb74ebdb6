/* What is no request, and what it is answered with. */
#include "tests/orchestrator/stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char text[] =
	"{\"nodes\": ["
	"{\"id\": \"desk\", \"type\": \"routerNode\", \"data\": {\"agentName\": \"Desk\"}},"
	"{\"id\": \"a\", \"type\": \"departmentNode\", \"data\": {\"agentName\": \"Stays\"}},"
	"{\"id\": \"b\", \"type\": \"subAgentNode\", \"data\": {\"agentName\": \"Clock\"}},"
	"{\"id\": \"c\", \"type\": \"knowledgeBaseNode\", \"data\": {\"label\": \"Guide\"}},"
	"{\"id\": \"d\", \"type\": \"subAgentNode\", \"data\": {\"agentName\": \"Alone\"}}],"
	"\"edges\": [{\"id\": \"1\", \"source\": \"desk\", \"target\": \"a\"},"
	"{\"id\": \"2\", \"source\": \"desk\", \"target\": \"b\"},"
	"{\"id\": \"3\", \"source\": \"desk\", \"target\": \"c\"},"
	"{\"id\": \"4\", \"source\": \"a\", \"target\": \"d\"}]}";

Test(smalltalk, replies)
{
	static const struct {
		const char *utterance, *reply; /* a part of it; NULL: it is a request */
	} rows[] = {
		{"hello", "this is Desk"},
		{"Hi there!", "this is Desk"},
		{"good morning", "this is Desk"},
		{"hello hello", "this is Desk"},
		{"how are you today", "I am well"},
		{"hello, how are you?", "I am well"},
		{"thank you very much", "You are welcome"},
		{"great, thanks", "You are welcome"},
		{"thanks, bye", "Goodbye"},
		{"that's all for now", "Goodbye"},
		{"good night", "Goodbye"},
		{"who are you", "I am Desk, a program"},
		{"are you a robot?", "a program"},
		{"what can you do", "I can help with Stays, Clock and Guide."},
		{"help", "Gladly."},
		{"I'm sorry", "No harm done"},
		{"yes", "All right"},
		{"yes please", "All right"},
		{"no", "anything else"},
		{"never mind", "All right"},
		{"well then", NULL}, /* nothing but fillers */
		{"please", NULL},
		{"hello, check ABC123", NULL},
		{"help me with my bill", NULL},
		{"thanks for nothing", NULL},
		{"goodbye reservation", NULL},
		{"hell", NULL},
		{"", NULL},
	};
	struct workflow *workflow = stage_parse(text);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *reply = planner_small_talk(workflow->router, rows[i].utterance);

		cr_expect_eq(!reply, !rows[i].reply, "\"%s\": %s", rows[i].utterance, reply ? reply : "none");
		cr_expect(!reply || !rows[i].reply || strstr(reply, rows[i].reply), "\"%s\": %s",
			rows[i].utterance, reply);
		free(reply);
	}
	workflow_free(workflow);
}
