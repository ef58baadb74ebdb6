/* The errors of a GraphQL response (spec October 2021, 7.1.2). Private to graphql*.c. */
#ifndef EXECUTOR_GRAPHQL_ERRORS_H
#define EXECUTOR_GRAPHQL_ERRORS_H

#include "executor/result.h"

/* Makes result a failure by errors, a non-empty array that it takes: the first one's message and path, how
 * many more, and all of them in the metadata; "errorPaths" there has the places in the data, and "partial" is
 * true where data is more than null. */
void graphql_fail(struct result *result, cJSON *errors, const cJSON *data);

#endif
