/* The table of orchestrators: a new one is its file and one line here. */
#include "orchestrator/orchestrators.h"

#include <string.h>

const struct orchestrator_ops *const orchestrators[] = {
	&orchestrator_testpanel,
	&orchestrator_system,
	&orchestrator_voice,
	&orchestrator_remote,
	NULL,
};

const struct orchestrator_ops *orchestrator_find(const char *name)
{
	for (size_t i = 0; orchestrators[i]; i++)
		if (strcmp(orchestrators[i]->name, name) == 0)
			return orchestrators[i];
	return NULL;
}

const char *orchestrator_missing(const struct orchestrator_ops *orchestrator, const struct workflow *workflow)
{
	return orchestrator->missing ? orchestrator->missing(workflow) : NULL;
}
