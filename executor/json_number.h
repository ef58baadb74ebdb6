/* Numbers and their texts. A number that a double cannot give back as it was written (a 64-bit id, 1e999)
 * keeps its text in valuestring, beside the nearest double in valuedouble; cJSON copies and frees it like any
 * other. Private to json*.c and filter*.c. */
#ifndef EXECUTOR_JSON_NUMBER_H
#define EXECUTOR_JSON_NUMBER_H

#include "executor/json.h"

#define JSON_NUMBER_SIZE 40
#define JSON_NUMBER_CJSON_MAX 63 /* a longer one cJSON tears in two */

/* Writes the shortest text that reads back as d, "null" where d is no number; the locale does not count. */
void json_number_print(double d, char text[JSON_NUMBER_SIZE]);
/* The nearest double to a valid JSON number; what lies beyond is +-DBL_MAX. */
double json_number_read(const char *text, size_t len);
/* May the text be one that a double loses? Cheap; true for more than really do. */
bool json_number_is_suspect(const char *text, size_t len);
/* text with the numbers that cJSON cannot take replaced by 0; the caller frees it. */
char *json_number_shorten(const char *text, size_t len, size_t *out_len);
/* Gives the numbers of value, which was built from text, the texts they need. */
void json_number_keep(cJSON *value, const char *text, size_t len);

#endif
