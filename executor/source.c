/* The table of kinds. See source.h. */
#include "executor/source.h"

#include <string.h>

static const struct source_ops *const sources[] = {&source_mock, &source_rest, &source_graphql};

const struct source_ops *source_find(const char *name)
{
	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
		if (!strcmp(sources[i]->name, name))
			return sources[i];
	return NULL;
}
