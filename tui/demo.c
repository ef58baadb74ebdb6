/* Where the demo is. See demo.h. */
#include "tui/demo.h"

#include "executor/executor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *demo_folder(void)
{
	static const char *const places[] = {"/../share/testpanel", "/../assets"};
	char program[4096];
	size_t size = sizeof program;
	char *slash;

	if (uv_exepath(program, &size) == 0 && (slash = strrchr(program, '/'))) {
		*slash = '\0';
		for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
			char *file = xasprintf("%s%s/" DEMO_WORKFLOW, program, places[i]);
			bool found = access(file, R_OK) == 0;

			free(file);
			if (found)
				return xasprintf("%s%s", program, places[i]);
		}
	}
	return access("assets/" DEMO_WORKFLOW, R_OK) == 0 ? xstrdup("assets") : NULL;
}
