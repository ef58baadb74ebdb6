/* The table of subjects. See subject.h. */
#include "tests/bench/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct subject *subject_find(const char *name)
{
	static const struct subject *const all[] = {
		&subject_floor, &subject_rest, &subject_mock, &subject_system, &subject_testpanel};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	fprintf(stderr, "bench: '%s' is none of floor, rest, mock, system, testpanel\n", name);
	exit(2);
}
