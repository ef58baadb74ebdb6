/* A request as a command line for curl, to be pasted into a POSIX shell. Private to executor/. */
#ifndef EXECUTOR_CURL_LINE_H
#define EXECUTOR_CURL_LINE_H

#include "executor/mask.h"
#include "executor/policy.h"
#include "executor/request.h"

/* mask has its marks: secrets with a name become "$NAME", others REDACTED. auth names the header that carries
 * authentication, or is NULL. Caller frees. */
char *curl_line(const struct request *request, const struct policy *policy, const struct mask *mask,
	const char *auth);

#endif
