/* See agent_prompt.h. A prompt that was written for it stands as it is: only what this program alone knows,
 * how to ask back, is added. */
#include "orchestrator/agent_prompt.h"

#include "orchestrator/business_rule.h"

#include <string.h>

bool agent_may_clarify(const struct node *router)
{
	return json_bool(router->data, "bidirectionalEnabled", true) &&
		json_bool(router->data, "allowSubAgentQueries", true);
}

static void prompt_general(struct buffer *prompt, const struct node *department, const struct node *asker)
{
	const char *description = json_string(department->data, "description", "");

	buffer_appendf(prompt,
		"You are %s. %s, who talks to the caller, asks you for advice; you never talk to the caller "
		"yourself.",
		department->name, asker->name);
	if (*description)
		buffer_appendf(prompt, " You are asked about: %s.", description);
	buffer_appendf(prompt,
		"\n\nWhere one of your tools fits, use it before you answer. A tool's result is a JSON "
		"object: "
		"what it "
		"found is in \"data\", and \"summary\" and \"structure\" tell what there is; when "
		"\"success\" is false, \"error\" and \"errorCode\" tell why. Answer with what %s is to tell "
		"the caller: every detail that was found, and none that was not.",
		asker->name);
}

static void prompt_markers(struct buffer *prompt, const struct node *asker, bool may_clarify)
{
	buffer_append_str(prompt, "\n\nAsk back only when you cannot go on. ");
	if (may_clarify)
		buffer_appendf(prompt,
			"What %s may know from the conversation, ask with an answer that is nothing but\n"
			"CLARIFY: your question\n"
			"and you will be told. ",
			asker->name);
	buffer_append_str(prompt,
		"What only the caller can tell, ask with an answer that is nothing but\n"
		"ASK_USER: the question as the caller shall hear it");
}

char *agent_prompt(const struct node *department, const struct node *asker, const struct node *router)
{
	const char *own = json_string(department->data, "systemPrompt", "");
	const char *rules = department->rules ? department->rules->prompt : NULL;
	struct buffer prompt;

	buffer_init(&prompt, BUFFER_MAX_TEXT);
	if (!own[strspn(own, " \t\r\n")])
		prompt_general(&prompt, department, asker);
	else if (!rules)
		buffer_append_str(&prompt, own);
	if (rules) /* behind its own words already */
		buffer_appendf(&prompt, "%s%s", prompt.len ? "\n\n" : "", rules);
	if (!strstr(own, "ASK_USER"))
		prompt_markers(&prompt, asker, agent_may_clarify(router));
	return buffer_take(&prompt);
}
