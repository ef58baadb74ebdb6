/* The known name nearest to a mistyped one, for "did you mean". */
#ifndef EXECUTOR_NEAREST_H
#define EXECUTOR_NEAREST_H

#include <stddef.h>

/* The one of count names with the fewest edits (insert, delete, replace, swap of neighbours; ASCII case
 * counts for nothing) from name, the first of equals; NULL when none is near enough: a third of the name's
 * length, three at most. NULL entries are passed over. */
const char *nearest_name(const char *name, const char *const *names, size_t count);

#endif
