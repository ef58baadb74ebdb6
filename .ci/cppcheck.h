/* What cppcheck cannot see because it reads no system headers. */
#define cJSON_ArrayForEach(item, array) for (item = (array) ? (array)->child : 0; item; item = item->next)
