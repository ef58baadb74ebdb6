/* The table of models. */
#include "orchestrator/model.h"

#include <stdlib.h>
#include <string.h>

const struct model_ops *const models[] = {
	&model_embedded,
	&model_openai,
	NULL,
};

const struct model_ops *model_find(const char *name)
{
	for (size_t i = 0; models[i]; i++)
		if (!strcmp(models[i]->name, name))
			return models[i];
	return NULL;
}

void model_answer_free(struct model_answer *answer)
{
	if (!answer)
		return;
	for (size_t i = 0; i < answer->call_count; i++) {
		free(answer->calls[i].id);
		free(answer->calls[i].name);
		free(answer->calls[i].fault);
		cJSON_Delete(answer->calls[i].arguments);
	}
	free(answer->calls);
	free(answer->text);
	cJSON_Delete(answer->awaiting);
	free(answer);
}
