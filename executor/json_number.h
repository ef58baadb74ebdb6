/* Numbers and their texts. A number that a double cannot give back as it was written (a 64-bit id, 1e999)
 * keeps its text in valuestring, beside the nearest double in valuedouble; cJSON copies and frees it like any
 * other. Private to json*.c and filter*.c. */
#ifndef EXECUTOR_JSON_NUMBER_H
#define EXECUTOR_JSON_NUMBER_H

#include "executor/json.h"

#define JSON_NUMBER_SIZE 40

/* Writes the shortest text that reads back as d, "null" where d is no number; the locale does not count. */
void json_number_print(double d, char text[JSON_NUMBER_SIZE]);
/* The nearest double to a valid JSON number; what lies beyond is +-DBL_MAX. */
double json_number_read(const char *text, size_t len);
/* Makes value the number that a valid text stands for; the text is kept where a double would lose it. */
void json_number_set(cJSON *value, const char *text, size_t len);

#endif
