/* From text to tree. Private to json.c. */
#ifndef EXECUTOR_JSON_BUILD_H
#define EXECUTOR_JSON_BUILD_H

#include <cjson/cJSON.h>
#include <stddef.h>

/* The tree of one value, which json_scan_value has passed: what it has not seen may not be given here. No
 * white space stands before the value. Never NULL; the caller deletes it. */
cJSON *json_build(const char *text, size_t len);

#endif
