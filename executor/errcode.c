/* Error codes and their texts. See errcode.h. */
#include "executor/errcode.h"

#include <stdio.h>

static const struct {
	const char *name, *message;
} errcodes[] = {{"", ""},
#define ERRCODE_ROW(name, message) {#name, message},
	ERRCODES(ERRCODE_ROW)
#undef ERRCODE_ROW
};

char *errcode_format(enum errcode code, long status, char *buf)
{
	if (code == ERR_REST_STATUS)
		snprintf(buf, ERRCODE_SIZE, "REST_%ld", status);
	else if (code == ERR_GRAPHQL_STATUS)
		snprintf(buf, ERRCODE_SIZE, "GRAPHQL_%ld", status);
	else
		snprintf(buf, ERRCODE_SIZE, "%s", errcodes[code].name);
	return buf;
}

const char *errcode_message(enum errcode code)
{
	return errcodes[code].message;
}
